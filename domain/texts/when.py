"""Instants and dates as a text's parameters. Never a format: that is the language's."""

from collections.abc import Mapping
from datetime import date, datetime

from domain.schedule import Site


def day_and_time(instant: datetime, site: Site) -> Mapping[str, str]:
    return _instant(instant, site, shape="day-time")


def clock_time(instant: datetime, site: Site) -> Mapping[str, str]:
    return _instant(instant, site, shape="time")


def on_day(day: date) -> Mapping[str, str]:
    return {"at": day.isoformat(), "as": "date"}


def _instant(instant: datetime, site: Site, *, shape: str) -> Mapping[str, str]:
    return {"at": instant.isoformat(), "zone": site.time_zone, "as": shape}
