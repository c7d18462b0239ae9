"""What can be booked: days, times, the earliest. Reads only: a time is free for sure when its seat is claimed."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.booking import Slot, earliest
from domain.ports import UnitOfWork
from domain.schedule import Service, Site, business_date

DAYS_SHOWN = 31
DAYS_SEARCHED_FIRST = 1  # the earliest free time is nearly always today or tomorrow


@dataclass(frozen=True, slots=True)
class FreeDay:
    day: date
    free: int


def free_days(uow: UnitOfWork, *, service: Service, site: Site, now: datetime) -> list[FreeDay]:
    """Days with a free seat, from the site's today on. Empty when the service is unavailable."""
    free: Counter[date] = Counter()
    for slot in _bookable(uow, service=service, site=site, days=DAYS_SHOWN, now=now):
        free[slot.day] += slot.free
    return [FreeDay(day, seats) for day, seats in sorted(free.items())]


def free_slots(uow: UnitOfWork, *, service: Service, day: date, now: datetime) -> list[Slot]:
    """The day's slots with a free seat, by time."""
    if not service.available:
        return []
    return uow.slots.bookable(service_id=service.id, since=day, until=day, now=now)


def earliest_free(
    uow: UnitOfWork, *, service: Service, site: Site, now: datetime, other_than: int | None = None
) -> Slot | None:
    """`other_than` is the slot that somebody wants to leave."""
    for days in (DAYS_SEARCHED_FIRST, DAYS_SHOWN):
        slots = _bookable(uow, service=service, site=site, days=days, now=now)
        found = earliest([slot for slot in slots if slot.id != other_than])
        if found is not None:
            return found
    return None


def _bookable(uow: UnitOfWork, *, service: Service, site: Site, days: int, now: datetime) -> list[Slot]:
    if not service.available:
        return []
    today = business_date(now, site.zone)
    return uow.slots.bookable(service_id=service.id, since=today, until=today + timedelta(days=days), now=now)
