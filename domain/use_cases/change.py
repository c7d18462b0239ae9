"""Giving a booking up, or moving it: by the person, inside the site's cut-off, or by staff, who then tell the person.

The new seat is won before the old one is given up. Lock order as in `use_cases.book`.
"""

from datetime import datetime

from domain.booking import Appointment, AppointmentStatus, refuse_late_change, refuse_unbookable
from domain.errors import DomainError
from domain.events import Actor, EventName
from domain.ports import UnitOfWork
from domain.queue import AT_COUNTER, RUNNING, Ticket, TicketState
from domain.use_cases.alerts import tell_those_near
from domain.use_cases.book import Booked, record_change, take_place
from domain.use_cases.record import record_of_ticket
from domain.use_cases.tell import tell_cancelled, tell_moved
from domain.use_cases.ticket_links import offer_link


def cancel(uow: UnitOfWork, *, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """Frees the seat and the place in line; those behind move up.

    Raises DomainError appointment-unknown, appointment-over, already-called or too-late-to-cancel.
    """
    _refuse_late(uow, appointment_id, now=now)
    return _cancel(uow, appointment_id, actor=actor, now=now)


def leave(uow: UnitOfWork, *, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """As `cancel`, but no cut-off binds once the queue runs: leaving the line is always better than not coming."""
    appointment = uow.appointments.get(appointment_id)
    queue = None if appointment is None else uow.queues.get(appointment.queue_id)
    if queue is None or queue.state not in RUNNING:
        _refuse_late(uow, appointment_id, now=now)
    return _cancel(uow, appointment_id, actor=actor, now=now)


def reschedule(uow: UnitOfWork, *, appointment_id: int, slot_id: int, actor: Actor, now: datetime) -> Booked:
    """Moves a booking to another slot of the same service.

    The visit, with its code and link, stays; the token is a new one. Raises what `book` and `cancel` raise, and
    same-slot.
    """
    _refuse_late(uow, appointment_id, now=now)
    return _move(uow, appointment_id, slot_id, actor=actor, now=now)


def call_off(uow: UnitOfWork, *, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """What staff do: no cut-off binds them, and the person is told. Raises what `cancel` raises else."""
    appointment = _cancel(uow, appointment_id, actor=actor, now=now)
    visit = uow.appointments.visit(appointment.visit_id)
    if visit is not None and visit.address_id is not None:
        tell_cancelled(uow, appointment, address_id=visit.address_id, now=now)
    return appointment


def move(uow: UnitOfWork, *, appointment_id: int, slot_id: int, actor: Actor, now: datetime) -> Booked:
    """What staff do: as `reschedule`, but no cut-off binds them, and the person is told."""
    booked = _move(uow, appointment_id, slot_id, actor=actor, now=now)
    if booked.visit.address_id is not None:
        tell_moved(uow, booked.appointment, address_id=booked.visit.address_id, now=now)
    return booked


def refuse_fixed(appointment: Appointment, live: Ticket | None) -> Ticket:
    """The live ticket. Raises DomainError appointment-over or already-called where nobody can change it any more, staff
    neither.
    """
    if appointment.status is not AppointmentStatus.BOOKED or live is None:
        raise DomainError("appointment-over")
    if live.state in AT_COUNTER:
        raise DomainError("already-called")
    return live


def _cancel(uow: UnitOfWork, appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:
    appointment, ticket = _live(uow, appointment_id, lock_also=())
    _give_up(uow, appointment, ticket, now=now)
    record_change(uow, EventName.APPOINTMENT_CANCELLED, appointment, actor=actor, now=now)
    return appointment


def _move(uow: UnitOfWork, appointment_id: int, slot_id: int, *, actor: Actor, now: datetime) -> Booked:
    wanted = uow.slots.get(slot_id)
    if wanted is None:
        raise DomainError("slot-unknown")
    appointment, ticket = _live(uow, appointment_id, lock_also=(wanted.queue_id,))
    if appointment.slot_id == slot_id:
        raise DomainError("same-slot")
    if appointment.service_id != wanted.service_id:
        raise DomainError("slot-unknown")
    uow.slots.lock([appointment.slot_id, slot_id])
    offer = refuse_unbookable(uow.slots.offer(slot_id), now=now)
    seat = uow.slots.claim_seat(slot_id, now=now)
    if seat is None:
        raise DomainError("slot-full")
    visit = uow.appointments.visit(appointment.visit_id)
    assert visit is not None
    _give_up(uow, appointment, ticket, now=now)
    booked = take_place(uow, offer=offer, seat=seat, visit=visit, rescheduled_from=appointment.id, now=now)
    offer_link(uow, visit, booked.ticket, site=booked.site)
    record_change(uow, EventName.APPOINTMENT_MOVED, booked.appointment, actor=actor, now=now)
    if appointment.queue_id != booked.appointment.queue_id:
        # The line that was left has one person less: whoever follows it learns that from its events.
        record_of_ticket(uow, EventName.TICKET_LEFT, ticket, actor=actor, now=now)
    return booked


def _refuse_late(uow: UnitOfWork, appointment_id: int, *, now: datetime) -> None:
    """The time doesn't move back while we wait for a lock, so that this may be asked before."""
    appointment = uow.appointments.get(appointment_id)
    site = None if appointment is None else uow.places.site(appointment.site_id)
    if appointment is not None and site is not None:
        refuse_late_change(appointment, site=site, now=now)


def _live(uow: UnitOfWork, appointment_id: int, *, lock_also: tuple[int, ...]) -> tuple[Appointment, Ticket]:
    """The appointment and its ticket as they are under the lock of their queue, if they can still be changed."""
    found = uow.appointments.get(appointment_id)
    if found is None:
        raise DomainError("appointment-unknown")
    uow.queues.lock({found.queue_id, *lock_also})
    # Again: it may have changed while we waited for the lock.
    appointment = uow.appointments.get(appointment_id)
    assert appointment is not None
    return appointment, refuse_fixed(appointment, uow.tickets.live_of(appointment_id))


def _give_up(uow: UnitOfWork, appointment: Appointment, ticket: Ticket, *, now: datetime) -> None:
    uow.slots.release_seat(appointment.slot_id)
    ended = uow.appointments.change_status(
        appointment.id, was=AppointmentStatus.BOOKED, becomes=AppointmentStatus.CANCELLED
    )
    in_vain = ticket.state is TicketState.EXPECTED
    left = uow.tickets.move(ticket, to=TicketState.VOID if in_vain else TicketState.LEFT, at=now)
    if not ended or left is None:
        raise DomainError("appointment-over")
    if not in_vain:
        tell_those_near(uow, appointment.queue_id, now=now)
    uow.poke(appointment.queue_id)
