"""What contract tests stand on: a hospital with a service, its queue, slots and people."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.booking import Appointment, Slot, Visit
from domain.ids import DepartmentId, OrganisationId, ServiceId, SiteId, UserId
from domain.notices import Lane
from domain.people import Address, User
from domain.ports import UnitOfWork
from domain.queue import NewTicket, Queue, Ticket, TicketState
from domain.schedule import Counter, Service, Site, slot_times

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 09:30 at the site
MINUTE = timedelta(minutes=1)
NOBODY = 10**9  # an id that nothing has
KOLKATA = ZoneInfo("Asia/Kolkata")

Uows = Callable[[], UnitOfWork]


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Heard:
    """An announcer that keeps what it was told; `broken` makes it raise."""

    outbox: list[tuple[Lane, list[int]]] = field(default_factory=list)
    senders: list[tuple[str, str]] = field(default_factory=list)
    queues: list[int] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)
    live: int = 0
    broken: bool = False

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        self._maybe_break()
        self.outbox.append((lane, [*outbox_ids]))
        return True

    def inbox_due(self, senders: Sequence[tuple[str, str]]) -> bool:
        self._maybe_break()
        self.senders += senders
        return True

    def live_due(self) -> bool:
        self._maybe_break()
        self.live += 1
        return True

    def queue_changed(self, queue_ids: Collection[int]) -> bool:
        self._maybe_break()
        self.queues += queue_ids
        return True

    def phone_changed(self, channel: str, handle: str) -> bool:
        self._maybe_break()
        self.phones.append((channel, handle))
        return True

    def _maybe_break(self) -> None:
        if self.broken:
            raise ConnectionError("nobody is listening")


def a_site(organisation_id: int, *, slug: str = "city", one_booking_per_day: bool = True) -> Site:
    return Site(
        id=SiteId(0),
        organisation_id=OrganisationId(organisation_id),
        slug=slug,
        name="City Hospital",
        discreet_name="City",
        time_zone="Asia/Kolkata",
        default_language="en",
        address="1 Main Road",
        map_url=None,
        emergency_text="Call 112",
        cancel_cutoff_minutes=30,
        one_booking_per_day=one_booking_per_day,
        reminder_minutes=120,
        country="IN",
    )


def a_service(site: Site, *, name: str = "Dr Rao", department: str | None = "Cardiology") -> Service:
    return Service(
        id=ServiceId(0),
        organisation_id=site.organisation_id,
        site_id=site.id,
        department_id=DepartmentId(0),
        department=department,
        name=name,
        discreet_name=name,
        room="12",
        what_to_bring=None,
        fee=None,
        minutes=10,
        available=True,
    )


@dataclass
class Ground:
    site: Site
    service: Service
    queue: Queue
    slots: list[Slot]
    counter: Counter


def prepare(
    uow: UnitOfWork, *, slug: str = "city", hours: int = 2, one_booking_per_day: bool = True
) -> Ground:
    """A site, a service, today's queue with hourly slots of two seats from 10:00, and a counter."""
    organisation_id = uow.places.add_organisation(name="City Health")
    wanted = a_site(organisation_id, slug=slug, one_booking_per_day=one_booking_per_day)
    site = uow.places.site(uow.places.add_site(wanted))
    assert site is not None
    service = uow.places.service(uow.places.add_service(a_service(site)))
    assert service is not None
    queue = uow.queues.ensure(service=service, day=DAY)
    times = slot_times(day=DAY, opens=time(10), closes=time(10 + hours), slot_minutes=60, zone=KOLKATA)
    uow.slots.add_day(service=service, queue_id=queue.id, times=[*times], capacity=2)
    counter_id = uow.places.add_counter(site=site, name="Room 1", service_ids=[service.id])
    counter = uow.places.counter(counter_id)
    assert counter is not None
    slots = uow.slots.of_day(service_id=service.id, day=DAY)
    return Ground(site=site, service=service, queue=queue, slots=slots, counter=counter)


def a_user(uow: UnitOfWork, ground: Ground, *, name: str = "Asha") -> UserId:
    return uow.people.add_user(User(UserId(0), ground.site.organisation_id, name))


def an_address(uow: UnitOfWork, *, handle: str = "asha", channel: str = "sim-sms") -> Address:
    return uow.people.address(channel=channel, handle=handle, now=NOW)


def a_visit(
    uow: UnitOfWork, ground: Ground, *, patient_id: int | None = None, address_id: int | None = None
) -> Visit:
    visit = uow.appointments.add_visit(
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        booker_id=patient_id,
        patient_id=patient_id,
        address_id=address_id,
    )
    assert visit is not None
    return visit


def an_appointment(
    uow: UnitOfWork, ground: Ground, *, patient_id: int, slot: int = 0, address_id: int | None = None
) -> Appointment:
    seat = uow.slots.claim_seat(ground.slots[slot].id, now=NOW)
    assert seat is not None
    appointment_id = uow.appointments.add(
        slot=ground.slots[slot],
        seat=seat,
        visit=a_visit(uow, ground, patient_id=patient_id, address_id=address_id),
        only_one_a_day=ground.site.one_booking_per_day,
        rescheduled_from=None,
        now=NOW,
    )
    assert appointment_id is not None
    appointment = uow.appointments.get(appointment_id)
    assert appointment is not None
    return appointment


def a_new_ticket(
    ground: Ground,
    visit: Visit,
    *,
    number: int,
    state: TicketState = TicketState.WAITING,
    due_at: datetime = NOW,
    arrived_at: datetime = NOW,
    priority: int = 0,
    appointment: Appointment | None = None,
) -> NewTicket:
    return NewTicket(
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        service_id=ground.service.id,
        queue_id=ground.queue.id,
        visit_id=visit.id,
        appointment_id=None if appointment is None else appointment.id,
        slot_id=None if appointment is None else appointment.slot_id,
        address_id=visit.address_id,
        business_date=DAY,
        token=f"W-{number:02d}" if appointment is None else appointment.token,
        number=number,
        state=state,
        due_at=due_at,
        arrived_at=arrived_at,
        priority=priority,
    )


def a_ticket(
    uow: UnitOfWork,
    ground: Ground,
    *,
    number: int,
    state: TicketState = TicketState.WAITING,
    address_id: int | None = None,
) -> Ticket:
    visit = a_visit(uow, ground, address_id=address_id)
    return uow.tickets.add(a_new_ticket(ground, visit, number=number, state=state), at=NOW)
