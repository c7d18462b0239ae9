"""What templates need to say domain values: refusals, times, ranges, states. English for staff; decides nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from admin_web import message_words
from admin_web.provided import provided
from checks.alarms import how_often
from domain.conversation.messages import Text
from domain.errors import DomainError

STAFF_LANGUAGE = "en"

STATES = {
    "expected": "expected",
    "waiting": "waiting",
    "called": "called",
    "serving": "being served",
    "on_hold": "on hold",
    "completed": "served",
    "no_show": "no-show",
    "left": "left",
    "transferred": "transferred",
    "void": "void",
    "booked": "booked",
    "held": "held",
    "cancelled": "cancelled",
}
QUEUE_STATES = {
    "not_started": "not started yet",
    "open": "open",
    "paused": "paused",
    "closed": "closed",
}
CROWDS = {"low": "Low", "medium": "Medium", "high": "High"}


def refused(error: DomainError) -> str:
    """The refusal in words, for staff."""
    return say(Text(error.key, error.params), language=STAFF_LANGUAGE)


def say(text: Text, *, language: str) -> str:
    return provided().catalogue.render(text, language=language, variant="web")


def clock_time(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def clock_seconds(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def day_and_time(at: datetime, zone: str) -> str:
    there = at.astimezone(ZoneInfo(zone))
    return f"{short_day(there.date())}, {there:%H:%M}"


def long_day(day: date, language: str = STAFF_LANGUAGE) -> str:
    return format_date(day, format="EEEE d MMMM y", locale=language)


def short_day(day: date, language: str = STAFF_LANGUAGE) -> str:
    return format_date(day, format="EEE d MMM", locale=language)


def minutes_range(low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return "not known yet"
    return f"{low}–{high} min" if low else f"up to {high} min"


def people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"


FILTERS: Mapping[str, object] = {
    "clock_time": clock_time,
    "clock_seconds": clock_seconds,
    "long_day": long_day,
    "short_day": short_day,
    "people": people,
    "times": how_often,
    "day_and_time": day_and_time,
    "state": STATES.__getitem__,
    "queue_state": QUEUE_STATES.__getitem__,
    "crowd": CROWDS.__getitem__,
    **message_words.FILTERS,
}
