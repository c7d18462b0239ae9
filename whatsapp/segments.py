"""How many SMS a text becomes (3GPP TS 23.038), and how to spell it cheaper. Never changes a meaning."""

import unicodedata

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")  # these take an escape before them
LIKENESS = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u20b9": "Rs ",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2068": "",
        "\u2069": "",
    }
)
# Languages in which a letter without its mark is read as the same: in others, such as Vietnamese or Polish, it is
# another letter, and the word another word.
READ_WITHOUT_MARKS = frozenset(
    {"ca", "da", "de", "en", "es", "fi", "fr", "gl", "id", "it", "ms", "nb", "nl", "pt", "sv", "sw"}
)


def is_gsm(text: str) -> bool:
    return all(character in GSM or character in GSM_TWICE for character in text)


def in_gsm(text: str, *, language: str = "") -> str:
    """The text in the GSM alphabet where typography stands in the way, or marks of letters that `language` is read
    without; as it is where that isn't enough, as in another script.
    """
    plain = unicodedata.normalize("NFC", text).translate(LIKENESS)
    if language in READ_WITHOUT_MARKS:
        plain = "".join(character if is_gsm(character) else _unmarked(character) for character in plain)
    return plain if is_gsm(plain) else text


def _unmarked(character: str) -> str:
    return "".join(
        part for part in unicodedata.normalize("NFD", character) if not unicodedata.combining(part)
    )


def segments(text: str) -> int:
    """What the network makes of it: 160 characters or 153 each; 70 or 67 outside the GSM alphabet."""
    if is_gsm(text):
        septets = [2 if character in GSM_TWICE else 1 for character in text]
        return 1 if sum(septets) <= 160 else _filled(septets, size=153)
    units = [len(character.encode("utf-16-le")) // 2 for character in text]
    return 1 if sum(units) <= 70 else _filled(units, size=67)


def _filled(widths: list[int], *, size: int) -> int:
    """A character that takes two places is never split between two messages."""
    count, used = 1, 0
    for width in widths:
        if used + width > size:
            count, used = count + 1, 0
        used += width
    return count
