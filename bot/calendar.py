"""A month as a grid of buttons: the free days as numbers, everything else blank. Pure; never picks a day."""

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from babel import Locale
from babel.dates import format_date, get_day_names

from domain.conversation.messages import Option
from domain.conversation.paging import MORE
from domain.texts.compose import EARLIER

Cell = tuple[str, str | None]  # what stands on the button, and its reference; None where it means nothing
BLANK: Cell = (" ", None)  # Telegram takes no button without a label
EARLIER_ARROW, LATER_ARROW = "‹", "›"


def month_rows(options: Sequence[Option], *, language: str) -> list[list[Cell]]:
    """The rows for a page of days, all of one month: its name between the arrows, the weekdays, the weeks."""
    locale = Locale.parse(language or "en")
    free = {option.day: option.ref for option in options if option.day is not None}
    weeks = Calendar(locale.first_week_day).monthdatescalendar(*_month(free))
    return [
        _title(options, min(free), locale),
        [(_initial(day, locale), None) for day in weeks[0]],
        *([_cell(day, free) for day in week] for week in weeks if not free.keys().isdisjoint(week)),
    ]


def _month(free: Mapping[date, str]) -> tuple[int, int]:
    first = min(free)
    return first.year, first.month


def _title(options: Sequence[Option], first: date, locale: Locale) -> list[Cell]:
    name: Cell = (format_date(first, "LLLL yyyy", locale=locale), None)
    return [*_arrow(options, EARLIER, EARLIER_ARROW), name, *_arrow(options, MORE, LATER_ARROW)]


def _arrow(options: Sequence[Option], key: str, arrow: str) -> Iterator[Cell]:
    return ((arrow, option.ref) for option in options if option.key == key)


def _initial(day: date, locale: Locale) -> str:
    return str(get_day_names("narrow", context="stand-alone", locale=locale)[day.weekday()])


def _cell(day: date, free: Mapping[date, str]) -> Cell:
    return (str(day.day), free[day]) if day in free else BLANK
