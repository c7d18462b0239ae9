"""What managers do: services, a day's slots, capacity, availability; and the clock's extending of weekly schedules."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.booking import Slot
from domain.errors import DomainError
from domain.events import SYSTEM, Actor, Event, EventName
from domain.ids import DepartmentId, ServiceId
from domain.ports import UnitOfWork
from domain.queue import Queue
from domain.schedule import Schedule, Service, Site, business_date, slot_times

MAX_CAPACITY = 500
MAX_DAYS_AHEAD = 366
MAX_MINUTES = 8 * 60


def queue_of_today(uow: UnitOfWork, *, service: Service, now: datetime) -> Queue:
    """The service's queue on the site's business date, made on first need."""
    return uow.queues.ensure(service=service, day=business_date(now, _site(uow, service.site_id).zone))


def add_service(
    uow: UnitOfWork,
    *,
    site_id: int,
    name: str,
    department: str | None,
    discreet_name: str,
    room: str | None,
    minutes: int,
    actor: Actor,
    now: datetime,
    what_to_bring: str | None = None,
    fee: str | None = None,
) -> Service:
    """A new service, at once available, with its room (or itself) as its counter.

    Raises DomainError service-name-needed, service-name-taken or minutes-wrong.
    """
    site = _site(uow, site_id)
    name = " ".join(name.split())
    if not name:
        raise DomainError("service-name-needed")
    if not 1 <= minutes <= MAX_MINUTES:
        raise DomainError("minutes-wrong", most=MAX_MINUTES)
    if any(s.name.casefold() == name.casefold() for s in uow.places.services(site_id)):
        raise DomainError("service-name-taken", name=name)
    service = Service(
        id=ServiceId(0),
        organisation_id=site.organisation_id,
        site_id=site.id,
        department_id=DepartmentId(0) if department else None,
        department=department or None,
        name=name,
        discreet_name=" ".join(discreet_name.split()) or name,
        room=room or None,
        what_to_bring=what_to_bring or None,
        fee=fee or None,
        minutes=minutes,
        available=True,
    )
    service_id = uow.places.add_service(service)
    uow.places.add_counter(site=site, name=room or name, service_ids=[service_id])
    _record(uow, EventName.SERVICE_ADDED, service, {"service": service_id}, actor=actor, now=now)
    added = uow.places.service(service_id)
    assert added is not None
    return added


def make_day(
    uow: UnitOfWork,
    *,
    service_id: int,
    day: date,
    opens: time,
    closes: time,
    slot_minutes: int,
    capacity: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Adds the slots that the day doesn't have yet, and returns how many.

    Raises DomainError service-unknown, day-past, day-too-far, times-wrong or capacity-wrong.
    """
    service = _service(uow, service_id)
    site = _site(uow, service.site_id)
    today = business_date(now, site.zone)
    if day < today:
        raise DomainError("day-past")
    if day > today + timedelta(days=MAX_DAYS_AHEAD):
        raise DomainError("day-too-far", days=MAX_DAYS_AHEAD)
    if not 1 <= capacity <= MAX_CAPACITY:
        raise DomainError("capacity-wrong", most=MAX_CAPACITY)
    if not 1 <= slot_minutes <= MAX_MINUTES or (closes <= opens and closes != time()):
        raise DomainError("times-wrong")
    times = list(slot_times(day=day, opens=opens, closes=closes, slot_minutes=slot_minutes, zone=site.zone))
    if not times:
        raise DomainError("times-wrong")
    queue = uow.queues.ensure(service=service, day=day)
    added = uow.slots.add_day(service=service, queue_id=queue.id, times=times, capacity=capacity)
    if added:
        data = {"service": service.id, "day": day.isoformat(), "slots": added}
        _record(uow, EventName.SLOTS_ADDED, service, data, actor=actor, now=now)
    return added


def change_capacity(uow: UnitOfWork, *, slot_id: int, capacity: int, actor: Actor, now: datetime) -> Slot:
    """Raises DomainError slot-unknown, capacity-wrong, or capacity-below-booked with how many are booked."""
    slot = uow.slots.get(slot_id)
    if slot is None:
        raise DomainError("slot-unknown")
    if not 1 <= capacity <= MAX_CAPACITY:
        raise DomainError("capacity-wrong", most=MAX_CAPACITY)
    if not uow.slots.change_capacity(slot_id, capacity=capacity):
        booked = uow.slots.get(slot_id)
        raise DomainError("capacity-below-booked", booked=booked.booked if booked else slot.booked)
    service = _service(uow, slot.service_id)
    data = {"slot": slot.id, "was": slot.capacity, "capacity": capacity}
    _record(uow, EventName.SLOT_CHANGED, service, data, actor=actor, now=now)
    return replace(slot, capacity=capacity)


def set_available(
    uow: UnitOfWork, *, service_id: int, available: bool, actor: Actor, now: datetime
) -> Service:
    """Whether the service can be booked; bookings that exist stay. Raises DomainError service-unknown."""
    service = _service(uow, service_id)
    if service.available != available:
        uow.places.set_available(service_id, available=available)
        data = {"service": service.id, "available": available}
        _record(uow, EventName.SERVICE_CHANGED, service, data, actor=actor, now=now)
    return replace(service, available=available)


def extend_schedules(uow: UnitOfWork, *, now: datetime) -> int:
    """Slots for every weekly schedule, from the site's today up to its `days_ahead`. Returns how many were added.

    A day that has slots already is left as the manager made it.
    """
    return sum(_extend(uow, schedule, now=now) for schedule in uow.places.schedules())


def _extend(uow: UnitOfWork, schedule: Schedule, *, now: datetime) -> int:
    service = _service(uow, schedule.service_id)
    today = business_date(now, _site(uow, service.site_id).zone)
    days = [today + timedelta(days=n) for n in range(schedule.days_ahead + 1)]
    made = uow.slots.days_made(service_id=service.id, since=days[0], until=days[-1])
    return sum(
        _add_scheduled_day(uow, schedule, service, day, now=now)
        for day in days
        if day.weekday() in schedule.weekdays and day not in made
    )


def _add_scheduled_day(
    uow: UnitOfWork, schedule: Schedule, service: Service, day: date, *, now: datetime
) -> int:
    return make_day(
        uow,
        service_id=service.id,
        day=day,
        opens=schedule.opens,
        closes=schedule.closes,
        slot_minutes=schedule.slot_minutes,
        capacity=schedule.capacity,
        actor=SYSTEM,
        now=now,
    )


def _site(uow: UnitOfWork, site_id: int) -> Site:
    site = uow.places.site(site_id)
    if site is None:
        raise DomainError("site-unknown")
    return site


def _service(uow: UnitOfWork, service_id: int) -> Service:
    service = uow.places.service(service_id)
    if service is None:
        raise DomainError("service-unknown")
    return service


def _record(
    uow: UnitOfWork,
    name: EventName,
    service: Service,
    data: Mapping[str, object],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    uow.events.add(
        Event(
            name=name,
            at=now,
            organisation_id=service.organisation_id,
            site_id=service.site_id,
            actor=actor,
            data=data,
        )
    )
