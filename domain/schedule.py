"""Sites, services and the times they offer, in wall time of the site's zone. Never UTC arithmetic on dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.ids import CounterId, DepartmentId, OrganisationId, ServiceId, SiteId

THRESHOLDS = (3, 1)  # people ahead at which a person is told, besides being called


@dataclass(frozen=True, slots=True)
class Site:
    """A building with a time zone, and the rules its owner set for it. `country` is ISO 3166, two letters: how phone
    numbers are read that are written without one.
    """

    id: SiteId
    organisation_id: OrganisationId
    slug: str
    name: str
    discreet_name: str
    time_zone: str
    default_language: str
    address: str | None
    map_url: str | None
    emergency_text: str | None
    cancel_cutoff_minutes: int
    one_booking_per_day: bool
    reminder_minutes: int
    country: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Service:
    """A doctor, clinic or desk. `minutes` is what an administrator expects one visit to take."""

    id: ServiceId
    organisation_id: OrganisationId
    site_id: SiteId
    department_id: DepartmentId | None
    department: str | None
    name: str
    discreet_name: str
    room: str | None
    what_to_bring: str | None
    fee: str | None
    minutes: int
    available: bool


@dataclass(frozen=True, slots=True)
class Counter:
    """A room or window. `version` moves at every press; `ticket_id` is whom it has called or serves."""

    id: CounterId
    organisation_id: OrganisationId
    site_id: SiteId
    name: str
    version: int
    queue_id: int | None
    ticket_id: int | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weekly template: on these weekdays (0 Monday), slots of `slot_minutes` from `opens` to `closes`.

    `closes` 00:00 means midnight at the end of the day. `capacity` is seats a slot.
    """

    service_id: ServiceId
    weekdays: frozenset[int]
    opens: time
    closes: time
    slot_minutes: int
    capacity: int
    days_ahead: int


@dataclass(frozen=True, slots=True)
class SlotTime:
    """One slot's place in time: wall times of the site, and the same as UTC instants."""

    day: date
    start_time: time
    end_time: time
    starts_at: datetime
    ends_at: datetime


def business_date(now: datetime, zone: ZoneInfo) -> date:
    """The site's local date at `now`."""
    return now.astimezone(zone).date()


def instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a wall time, the first of two when clocks go back; None in the gap when they go forward."""
    local = datetime.combine(day, at, zone)
    there_and_back = local.astimezone(UTC).astimezone(zone)
    return (
        local.astimezone(UTC) if there_and_back.replace(tzinfo=None) == local.replace(tzinfo=None) else None
    )


def slot_times(
    *, day: date, opens: time, closes: time, slot_minutes: int, zone: ZoneInfo
) -> Iterator[SlotTime]:
    """The slots that fit whole between two wall times of one day; those that fall into a DST gap are left out."""
    start = datetime.combine(day, opens)
    end_of_day = (
        datetime.combine(day, closes) if closes > opens else datetime.combine(day + timedelta(days=1), time())
    )
    while (end := start + timedelta(minutes=slot_minutes)) <= end_of_day:
        starts_at = instant(start.date(), start.time(), zone)
        ends_at = instant(end.date(), end.time(), zone)
        if starts_at is not None:
            length = timedelta(minutes=slot_minutes)
            yield SlotTime(day, start.time(), end.time(), starts_at, ends_at or starts_at + length)
        start = end
