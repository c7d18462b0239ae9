"""What is free at a service, for staff to choose from: a day, and its times. Reads only.

The times shown are fresh at every answer; whether one is still free is decided where its seat is claimed.
"""

from dataclasses import dataclass
from datetime import date

from admin_web.forms import Form
from admin_web.provided import now, transaction
from domain.booking import Slot
from domain.schedule import Service, Site, business_date
from domain.use_cases.times import FreeDay, earliest_free, free_days, free_slots

_DAYS_AT_ONCE = 7
_LONGEST_ID = 18  # digits; more are in no database


@dataclass(frozen=True, slots=True)
class Offer:
    """What is free at a service: its days, and the times of the `day` shown. `asked` had none where the two differ."""

    service: Service
    site: Site
    today: date
    days: list[FreeDay]
    asked: date | None
    day: date | None
    slots: list[Slot]
    earliest: Slot | None

    @property
    def soon(self) -> list[FreeDay]:
        return self.days[:_DAYS_AT_ONCE]

    @property
    def later(self) -> list[FreeDay]:
        return self.days[_DAYS_AT_ONCE:]


def offer_of(service_id: int, *, asked: date | None) -> Offer:
    """The times of the day asked for, or of the earliest free day where that has none."""
    at = now()
    with transaction() as uow:
        service = uow.places.service(service_id)
        assert service is not None
        site = uow.places.site(service.site_id)
        assert site is not None
        days = free_days(uow, service=service, site=site, now=at)
        earliest = earliest_free(uow, service=service, site=site, now=at)
        day = _day_shown(asked, days=days, earliest=earliest)
        slots = free_slots(uow, service=service, day=day, now=at) if day else []
    return Offer(
        service=service,
        site=site,
        today=business_date(at, site.zone),
        days=days,
        asked=asked,
        day=day,
        slots=slots,
        earliest=earliest,
    )


def day_asked(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def slot_chosen(form: Form) -> int:
    text = form.text("slot_id")
    if text.isdecimal() and len(text) <= _LONGEST_ID:
        return int(text)
    form.errors["slot_id"] = "Choose a time."
    return 0


def _day_shown(asked: date | None, *, days: list[FreeDay], earliest: Slot | None) -> date | None:
    if any(free.day == asked for free in days):
        return asked
    return earliest.day if earliest else None
