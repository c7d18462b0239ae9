"""What a tap or some words mean among the choices that are offered. Never applies anything."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.conversation.calendar_words import Moment, understand_moment
from domain.conversation.words import agreement, key_anywhere, plain
from domain.texts.compose import UNCOUNTED

CUT = "…"
Choices = Sequence[tuple[str, str]]
_KEY_CAP = "\ufe0f\u20e3"  # what makes an emoji of the digit before it
_BEFORE_A_NUMBER = re.compile(r"(?:option|choice|number|no\.?|विकल्प|नंबर|नम्बर)\s*(?=[#\d])")
_UNCOUNTED = {mark: key for key, mark in UNCOUNTED.items()}
NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        [
            "one एक",
            "two दो",
            "three तीन",
            "four चार",
            "five पाँच पांच",
            "six छह छः",
            "seven सात",
            "eight आठ",
            "nine नौ",
        ],
        1,
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Understood:
    """The key of a choice, and the words that are left for the question after it."""

    key: str
    rest: str = ""


def tapped(ref: str, *, revision: int, choices: Choices) -> str | None:
    """The key that `<revision>:<number>` stands for; None for an older revision, or anything else."""
    match = re.fullmatch(r"(\d{1,18}):(\d{1,9}|[a-z])", ref, flags=re.ASCII)
    if match is None or int(match[1]) != revision:
        return None
    return _numbered(int(match[2]), choices) if match[2].isdecimal() else _UNCOUNTED.get(match[2])


def understand(text: str, *, choices: Choices, today: date) -> Understood | None:
    """By number, label, key or a word that works anywhere; then as a day or a time."""
    key = _by_number(text, choices) or named(text, choices=choices) or anywhere(text)
    return Understood(key) if key else understand_when(text, choices=choices, today=today)


def understand_when(text: str, *, choices: Choices, today: date) -> Understood | None:
    """A day or a time among the choices that are days (`day:…`) or times (`slot:…@…`)."""
    moment = understand_moment(plain(latin_digits(text)), today=today)
    if moment is None:
        return None
    return _slot_at(moment, choices) or _day_of(moment, choices)


def named(text: str, *, choices: Choices) -> str | None:
    """The choice that is called so: by its label, its key, or a yes or no."""
    said = plain(text)
    keys = [key for key, _ in choices]
    called = next((key for key, label in choices if said in {plain(label), key}), None) or _cut(said, choices)
    meant = agreement(text)
    return called or (meant if meant in keys else None)


def _cut(said: str, choices: Choices) -> str | None:
    """A label as it's shown where it doesn't fit: some taps come by what their button said."""
    if not said.endswith(CUT):
        return None
    begin_so = [key for key, label in choices if plain(label).startswith(said.removesuffix(CUT).rstrip())]
    return begin_so[0] if len(begin_so) == 1 else None


def anywhere(text: str) -> str | None:
    """What a word means that works in every state."""
    return key_anywhere(latin_digits(text))


def latin_digits(text: str) -> str:
    """Digits of any script as 0-9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _by_number(text: str, choices: Choices) -> str | None:
    """`2`, `2.`, `(2)`, `#2`, `२`, `two`, `option 2`, and the emoji of a key."""
    said = _BEFORE_A_NUMBER.sub("", plain(latin_digits(text).replace(_KEY_CAP, "")))
    match = re.fullmatch(r"[#(]?\s*(\d{1,4})\s*[.):]?", said, flags=re.ASCII)
    number = int(match[1]) if match else NUMBER_WORDS.get(said)
    return None if number is None else _numbered(number, choices)


def _numbered(number: int, choices: Choices) -> str | None:
    if number == 0:
        return "go-back"
    return choices[number - 1][0] if number <= len(choices) else None


def _slot_at(moment: Moment, choices: Choices) -> Understood | None:
    if moment.clock is None:
        return None
    for key, _ in choices:
        if key.startswith("slot:"):
            at = datetime.fromisoformat(key.partition("@")[2])
            if at.time() == moment.clock and (moment.is_day is None or moment.is_day(at.date())):
                return Understood(key)
    return None


def _day_of(moment: Moment, choices: Choices) -> Understood | None:
    """The first such day on offer; a time alone means the first day."""
    rest = f"{moment.clock:%H:%M}" if moment.clock else ""
    for key, _ in choices:
        if key.startswith("day:") and (
            moment.is_day is None or moment.is_day(date.fromisoformat(key.removeprefix("day:")))
        ):
            return Understood(key, rest)
    return None
