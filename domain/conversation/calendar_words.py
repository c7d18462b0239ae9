"""A small grammar of days and times: "tomorrow 10:30", "Monday", "24 Nov", "दोपहर" is not in it. Never a guess.

Every word must be understood, or nothing is: dates that are half understood book the wrong day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

from babel.dates import get_day_names, get_month_names

LANGUAGES = ("en", "hi")
_RELATIVE = {
    "today": 0, "aaj": 0, "आज": 0,
    "tomorrow": 1, "tmrw": 1, "tomorow": 1, "kal": 1, "कल": 1,
    "overmorrow": 2, "parso": 2, "परसों": 2,
}  # fmt: skip
_FILLERS = frozenset({"at", "on", "the", "next", "को", "पर", "के", "लिए", "o'clock"})
_HALVES = {"am": 0, "a.m.": 0, "pm": 12, "p.m.": 12}
_BAJE = frozenset({"बजे", "baje"})


@dataclass(frozen=True, slots=True)
class Moment:
    """What was said: a test for the day, a time, or both. `clock` is the time as it can be said again."""

    is_day: Callable[[date], bool] | None
    clock: time | None


def understand_moment(text: str, *, today: date) -> Moment | None:
    """None unless every word belongs to a day or a time, each said once."""
    words = [word for word in _split(text) if word not in _FILLERS]
    is_day: Callable[[date], bool] | None = None
    clock: time | None = None
    while words:
        taken, found = _clock(words)
        if taken and clock is None:
            words, clock = words[taken:], found
            continue
        taken, found_day = _day(words, today=today)
        if not taken or is_day is not None:
            return None
        words, is_day = words[taken:], found_day
    return Moment(is_day, clock) if is_day or clock else None


def _split(text: str) -> list[str]:
    spaced = re.sub(r"(\d)(am|pm|बजे|baje)\b", r"\1 \2", text.replace("day after tomorrow", "overmorrow"))
    return [word.strip(",;") for word in spaced.split() if word.strip(",;")]


def _clock(words: list[str]) -> tuple[int, time | None]:
    """How many words make a time: `10:30`, `10.30`, `1030`, `5 pm`, `5:30 pm`, `10 बजे`."""
    match = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?|(\d{2})(\d{2})", words[0])
    if match is None:
        return 0, None
    hour, minute = int(match[1] or match[3]), int(match[2] or match[4] or 0)
    after = words[1] if len(words) > 1 else ""
    if after in _HALVES and 1 <= hour <= 12:
        return 2, _time(hour % 12 + _HALVES[after], minute)
    if after in _BAJE:
        return 2, _time(hour, minute)
    is_whole = match[2] is None and match[3] is None
    return (0, None) if is_whole or _time(hour, minute) is None else (1, _time(hour, minute))


def _time(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(words: list[str], *, today: date) -> tuple[int, Callable[[date], bool] | None]:
    """How many words make a day: `tomorrow`, `friday`, `24 nov`, `nov 24`, `24/11`."""
    first, second = words[0].rstrip("."), (words[1].rstrip(".") if len(words) > 1 else "")
    if first in _RELATIVE:
        wanted = today + timedelta(days=_RELATIVE[first])
        return 1, lambda day: day == wanted
    if first in _WEEKDAYS:
        weekday = _WEEKDAYS[first]
        return 1, lambda day: day.weekday() == weekday
    month, number = (second, first) if second in _MONTHS else (first, second)
    if month in _MONTHS and number.isdecimal():
        return 2, _is_date(int(number), _MONTHS[month])
    match = re.fullmatch(r"(\d{1,2})[/-](\d{1,2})", first)
    return (1, _is_date(int(match[1]), int(match[2]))) if match else (0, None)


def _is_date(number: int, month: int) -> Callable[[date], bool]:
    return lambda day: (day.day, day.month) == (number, month)


def _names(of: Callable[..., object]) -> dict[str, int]:
    """Babel's names, long and short, of all languages: word -> number."""
    return {
        str(name).casefold().rstrip(".॰"): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in dict(of(width, locale=language)).items()  # type: ignore[call-overload]
    }


_WEEKDAYS = _names(get_day_names)
_MONTHS = _names(get_month_names)
