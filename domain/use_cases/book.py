"""Booking a seat. The guarded claim of a seat decides; everything before it is a courtesy.

Lock order, everywhere: queues by id, slots by id, then the rest. Never a notice of what the person just did by chat:
the conversation's own reply is that (see `domain.conversation`); where staff act, `use_cases.tell` is called beside.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.booking import (
    Appointment,
    AppointmentStatus,
    Seat,
    Slot,
    SlotOffer,
    Visit,
    refuse_unbookable,
)
from domain.errors import DomainError
from domain.events import Actor, Event, EventName
from domain.ids import AppointmentId, UserId
from domain.people import User, clean_name
from domain.ports import UnitOfWork
from domain.queue import NewTicket, QueueState, Ticket, TicketState
from domain.schedule import Service, Site
from domain.use_cases.alerts import join
from domain.use_cases.repeat import made_before
from domain.use_cases.tell import remind
from domain.use_cases.ticket_links import offer_link


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking and all that its confirmation says. `ahead` is None while the queue isn't running."""

    appointment: Appointment
    visit: Visit
    slot: Slot
    service: Service
    site: Site
    ticket: Ticket
    ahead: int | None


@dataclass(frozen=True, slots=True)
class BookedAtDesk:
    """`repeated`: the form had been sent before, and made this then; the ticket is as it is now."""

    visit: Visit
    ticket: Ticket
    repeated: bool


def book(
    uow: UnitOfWork,
    *,
    slot_id: int,
    patient_id: int,
    booker_id: int,
    address_id: int | None,
    request_key: str | None = None,
    actor: Actor,
    now: datetime,
) -> Booked:
    """Books a seat for the patient. `address_id` is where this visit's notices go.

    Raises DomainError slot-unknown, service-unavailable, slot-closed, slot-past, slot-full, already-booked or
    form-of-others for a request key that was used.
    """
    offer = refuse_unbookable(uow.slots.offer(slot_id), now=now)
    seat = uow.slots.claim_seat(slot_id, now=now)
    if seat is None:
        raise DomainError("slot-full")
    visit = uow.appointments.add_visit(
        organisation_id=offer.site.organisation_id,
        site_id=offer.site.id,
        booker_id=booker_id,
        patient_id=patient_id,
        address_id=address_id,
        request_key=request_key,
    )
    if visit is None:
        raise DomainError("form-of-others")
    booked = take_place(uow, offer=offer, seat=seat, visit=visit, rescheduled_from=None, now=now)
    record_change(uow, EventName.APPOINTMENT_BOOKED, booked.appointment, actor=actor, now=now)
    return booked


def book_at_desk(
    uow: UnitOfWork, *, slot_id: int, name: str, request_key: str | None = None, actor: Actor, now: datetime
) -> BookedAtDesk:
    """Books for somebody who stands at the desk and may have no phone; they get the token on paper.

    One booking for one `request_key`, however often it is sent. Raises what `book` raises, and name-needed.
    """
    slot = uow.slots.get(slot_id)
    if slot is None:
        raise DomainError("slot-unknown")
    made = made_before(uow, request_key=request_key, organisation_id=slot.organisation_id)
    if made is not None:
        return BookedAtDesk(made.visit, made.ticket, repeated=True)
    try:
        with uow.attempt():
            booked = _book_newcomer(uow, slot, name=name, request_key=request_key, actor=actor, now=now)
    except DomainError:
        # The same form at the same instant: its twin was first, perhaps with the last seat.
        made = made_before(uow, request_key=request_key, organisation_id=slot.organisation_id)
        if made is None:
            raise
        return BookedAtDesk(made.visit, made.ticket, repeated=True)
    offer_link(uow, booked.visit, booked.ticket, site=booked.site)
    return BookedAtDesk(booked.visit, booked.ticket, repeated=False)


def _book_newcomer(
    uow: UnitOfWork, slot: Slot, *, name: str, request_key: str | None, actor: Actor, now: datetime
) -> Booked:
    patient_id = uow.people.add_user(
        User(id=UserId(0), organisation_id=slot.organisation_id, name=clean_name(name))
    )
    return book(
        uow,
        slot_id=slot.id,
        patient_id=patient_id,
        booker_id=patient_id,
        address_id=None,
        request_key=request_key,
        actor=actor,
        now=now,
    )


def take_place(
    uow: UnitOfWork,
    *,
    offer: SlotOffer,
    seat: Seat,
    visit: Visit,
    rescheduled_from: AppointmentId | None,
    now: datetime,
) -> Booked:
    appointment_id = uow.appointments.add(
        slot=offer.slot,
        seat=seat,
        visit=visit,
        only_one_a_day=offer.site.one_booking_per_day,
        rescheduled_from=rescheduled_from,
        now=now,
    )
    if appointment_id is None:
        raise _already_booked(uow, offer=offer, visit=visit)
    appointment = _appointment(appointment_id, offer.slot, seat, visit, rescheduled_from)
    running = offer.queue_state is not QueueState.NOT_STARTED
    ticket = uow.tickets.add(_new_ticket(appointment, seat, visit, waiting=running, now=now), at=now)
    if visit.address_id is not None:
        remind(uow, appointment, address_id=visit.address_id, site=offer.site, now=now)
    uow.poke(appointment.queue_id)
    ahead = join(uow, ticket, now=now) if running else None
    return Booked(appointment, visit, offer.slot, offer.service, offer.site, ticket, ahead)


def _already_booked(uow: UnitOfWork, *, offer: SlotOffer, visit: Visit) -> DomainError:
    assert visit.patient_id is not None
    there = uow.appointments.live_on(
        patient_id=visit.patient_id, service_id=offer.service.id, day=offer.slot.day
    )
    if there is None:  # cancelled in this very moment: the next try succeeds
        return DomainError("slot-full")
    at = {"at": there.starts_at.isoformat(), "zone": offer.site.time_zone, "as": "day-time"}
    return DomainError("already-booked", token=there.token, at=at)


def _appointment(
    appointment_id: AppointmentId,
    slot: Slot,
    seat: Seat,
    visit: Visit,
    rescheduled_from: AppointmentId | None,
) -> Appointment:
    return Appointment(
        id=appointment_id,
        organisation_id=slot.organisation_id,
        site_id=slot.site_id,
        service_id=slot.service_id,
        slot_id=slot.id,
        visit_id=visit.id,
        queue_id=slot.queue_id,
        business_date=slot.day,
        starts_at=slot.starts_at,
        patient_id=_known(visit.patient_id),
        booker_id=_known(visit.booker_id),
        token=seat.token,
        status=AppointmentStatus.BOOKED,
        rescheduled_from=rescheduled_from,
    )


def _known(user_id: UserId | None) -> UserId:
    assert user_id is not None, "a booked visit always names who books and who is seen"
    return user_id


def _new_ticket(
    appointment: Appointment, seat: Seat, visit: Visit, *, waiting: bool, now: datetime
) -> NewTicket:
    # Who takes a seat of a slot that has begun is due from now on, behind those who are here already.
    due_at = max(appointment.starts_at, now)
    return NewTicket(
        organisation_id=appointment.organisation_id,
        site_id=appointment.site_id,
        service_id=appointment.service_id,
        queue_id=appointment.queue_id,
        visit_id=appointment.visit_id,
        appointment_id=appointment.id,
        slot_id=appointment.slot_id,
        address_id=visit.address_id,
        business_date=appointment.business_date,
        token=seat.token,
        number=seat.number,
        state=TicketState.WAITING if waiting else TicketState.EXPECTED,
        due_at=due_at,
        arrived_at=due_at,
    )


def record_change(
    uow: UnitOfWork, name: EventName, appointment: Appointment, *, actor: Actor, now: datetime
) -> None:
    data = {"from": appointment.rescheduled_from} if appointment.rescheduled_from else {}
    uow.events.add(
        Event(
            name=name,
            at=now,
            organisation_id=appointment.organisation_id,
            site_id=appointment.site_id,
            actor=actor,
            queue_id=appointment.queue_id,
            appointment_id=appointment.id,
            data=data,
        )
    )
