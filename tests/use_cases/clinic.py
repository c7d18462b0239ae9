"""A small clinic to test in: one site, one doctor, two rooms, three slots today. Works on any unit of work."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from domain.booking import Slot
from domain.events import SYSTEM, Actor
from domain.ids import CounterId, DepartmentId, OrganisationId, QueueId, ServiceId, SiteId, UserId
from domain.notices import Lane
from domain.people import Address
from domain.ports import UnitOfWork
from domain.schedule import Service, Site
from domain.use_cases.administer import make_day
from domain.use_cases.book import Booked, book
from domain.use_cases.counters import sign_on
from domain.use_cases.queue import Called, call_next, start_queue

DAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)  # 09:00 in Kolkata
STAFF = SYSTEM

SITE = Site(
    id=SiteId(0),
    organisation_id=OrganisationId(0),
    slug="clinic",
    name="Clinic",
    discreet_name="Clinic",
    time_zone="Asia/Kolkata",
    default_language="en",
    address="14 Lake Road",
    map_url=None,
    emergency_text="In an emergency call 112.",
    cancel_cutoff_minutes=0,
    one_booking_per_day=True,
    reminder_minutes=60,
)


class SilentAnnouncer:
    """Takes every hint and does nothing: what is told stands in the outbox."""

    def outbox_due(self, lane: Lane, outbox_ids: object) -> bool:
        return True

    def inbox_due(self, senders: object) -> bool:
        return True

    def live_due(self) -> bool:
        return True

    def queue_changed(self, queue_ids: object) -> bool:
        return True

    def phone_changed(self, channel: str, handle: str) -> bool:
        return True


class MorningClock:
    """For what asks a clock although the clinic has its own."""

    def now(self) -> datetime:
        return MORNING


@dataclass
class Clinic:
    """Ids of what was set up, and a clock that only moves when it's told to."""

    uow: Callable[[], UnitOfWork]
    site: Site
    service_id: ServiceId
    queue_id: QueueId
    counters: list[CounterId]
    slots: list[Slot]
    now: datetime = MORNING
    people: dict[str, tuple[Address, UserId]] = field(default_factory=dict)

    def person(self, handle: str) -> tuple[Address, UserId]:
        if handle not in self.people:
            with self.uow() as uow:
                address = uow.people.address(channel="sim-telegram", handle=handle, now=self.now)
                user = uow.people.user_of(
                    address_id=address.id,
                    organisation_id=self.site.organisation_id,
                    name=handle,
                    language="en",
                )
                uow.commit()
            self.people[handle] = (address, user.id)
        return self.people[handle]

    def book(self, handle: str, slot: int = 0) -> Booked:
        address, user_id = self.person(handle)
        with self.uow() as uow:
            booked = book(
                uow,
                slot_id=self.slots[slot].id,
                patient_id=user_id,
                booker_id=user_id,
                address_id=address.id,
                actor=Actor(address_id=address.id),
                now=self.now,
            )
            uow.commit()
        return booked

    def start(self) -> int:
        with self.uow() as uow:
            waiting = start_queue(
                uow, queue_id=self.queue_id, counter_id=self.counters[0], actor=STAFF, now=self.now
            )
            uow.commit()
        return waiting

    def version(self, counter: int = 0) -> int:
        with self.uow() as uow:
            found = uow.places.counter(self.counters[counter])
            assert found is not None
            return found.version

    def next(self, counter: int = 0, *, version: int | None = None, shown: int | None = None) -> Called:
        with self.uow() as uow:
            called = call_next(
                uow,
                queue_id=self.queue_id,
                counter_id=self.counters[counter],
                counter_version=self.version(counter) if version is None else version,
                shown_ticket_id=shown,
                actor=STAFF,
                now=self.now,
            )
            uow.commit()
        return called

    def passes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


def open_clinic(
    make_uow: Callable[[], UnitOfWork], *, site: Site = SITE, capacity: int = 3, rooms: int = 2
) -> Clinic:
    """Slots at 09:00, 09:30 and 10:00; both rooms signed on; the queue not yet started."""
    with make_uow() as uow:
        organisation = uow.places.add_organisation(name="Clinics")
        site = replace(site, organisation_id=organisation)
        site = replace(site, id=uow.places.add_site(site))
        service_id = uow.places.add_service(_doctor(site))
        counters = [
            uow.places.add_counter(site=site, name=f"Room {n + 1}", service_ids=[service_id])
            for n in range(rooms)
        ]
        make_day(
            uow,
            service_id=service_id,
            day=DAY,
            opens=time(9),
            closes=time(10, 30),
            slot_minutes=30,
            capacity=capacity,
            actor=STAFF,
            now=MORNING,
        )
        slots = uow.slots.of_day(service_id=service_id, day=DAY)
        for counter in counters:
            sign_on(uow, counter_id=counter, queue_id=slots[0].queue_id, actor=STAFF, now=MORNING)
        uow.commit()
    return Clinic(
        uow=make_uow,
        site=site,
        service_id=service_id,
        queue_id=slots[0].queue_id,
        counters=counters,
        slots=slots,
    )


def _doctor(site: Site) -> Service:
    return Service(
        id=ServiceId(0),
        organisation_id=site.organisation_id,
        site_id=site.id,
        department_id=DepartmentId(0),
        department="General medicine",
        name="Dr Rao",
        discreet_name="Dr Rao",
        room="Room 1",
        what_to_bring=None,
        fee=None,
        minutes=8,
        available=True,
    )
