"""Words that work anywhere, in every language at once. Never offered where a carrier reserves them (STOP, CANCEL …)."""

import unicodedata

STOP = frozenset({"stop", "unsubscribe", "बंद करो", "बंद करें", "रोकें", "रोको"})
START = frozenset({"start", "शुरू", "शुरू करें"})
GREETING = "go-start"


def plain(text: str) -> str:
    """As words are compared: composed, case-folded, single spaces, without a slash before or punctuation after."""
    composed = unicodedata.normalize("NFC", " ".join(text.split())).casefold()
    return composed.removeprefix("/").rstrip(".!,;।").strip() or composed


_ANYWHERE = {
    GREETING: {"hi", "hello", "hey", "hii", "namaste", "start", "नमस्ते", "नमस्कार", "हेलो", "हाय", "शुरू"},
    "go-menu": {"menu", "home", "main menu", "मेनू", "मेन्यू", "मेनु"},
    "go-back": {"0", "back", "पीछे", "वापस"},
    "go-more": {"more", "next", "और", "और देखें", "आगे"},
    "go-help": {"help", "info", "?", "emergency", "मदद", "सहायता", "आपात"},
    "go-where": {
        "status", "where", "where am i", "my turn", "queue", "track", "स्थिति", "मेरी बारी", "मेरी बारी कब", "क़तार",
    },
    "go-here": {
        "here", "i'm here", "im here", "i am here", "check in",
        "मैं यहाँ हूँ", "यहाँ हूँ", "आ गया", "आ गई", "पहुँच गया", "पहुँच गई",
    },
    "go-late": {"late", "running late", "i'm late", "देर होगी", "देर", "देर हो रही है"},
    "go-leave": {"leave", "leave the line", "क़तार छोड़ें", "छोड़ें"},
    "go-visits": {
        "my", "visits", "visit", "appointments", "appointment", "my appointments", "my visits", "cancel", "confirm",
        "अपॉइंटमेंट", "मेरी अपॉइंटमेंट", "रद्द", "रद्द करें",
    },
    "go-move": {"move", "change", "reschedule", "समय बदलें"},
    "go-book": {"book", "booking", "new", "बुक", "बुकिंग", "समय लें", "समय"},
    "go-privacy": {"privacy", "my data", "निजता", "गोपनीयता"},
    "go-language": {"language", "lang", "languages", "भाषा"},
    "language:en": {"english", "अंग्रेज़ी", "अंग्रेजी", "इंग्लिश"},
    "language:hi": {"hindi", "हिन्दी", "हिंदी"},
}  # fmt: skip
_KEYS = {plain(word): key for key, words in _ANYWHERE.items() for word in words}
_YES_AND_NO = {
    "yes": {
        "yes",
        "y",
        "ok",
        "okay",
        "yes please",
        "agree",
        "i agree",
        "confirm",
        "सहमत",
        "सहमत हूँ",
        "मैं सहमत हूँ",
        "सहमत हूं",
        "हाँ",
        "हां",
        "जी",
        "जी हाँ",
        "ठीक है",
        "haan",
        "ha",
    },
    "no": {"no", "n", "no thanks", "no, thanks", "nahi", "nahin", "नहीं", "जी नहीं", "नहीं, रहने दें", "रहने दें"},
}
_AGREEMENT = {plain(word): key for key, words in _YES_AND_NO.items() for word in words}


def key_anywhere(text: str) -> str | None:
    return _KEYS.get(plain(text))


def agreement(text: str) -> str | None:
    """`yes` or `no`, the key of the choice that such a word means."""
    return _AGREEMENT.get(plain(text))
