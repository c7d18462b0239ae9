"""What a person says of their own coming: here, late, or not at all. Never their order in the line.

What was said last holds. It moves no ticket's version, or staff's undo would be refused for it.
"""

from collections.abc import Callable
from datetime import datetime

from domain.errors import DomainError
from domain.events import Actor, EventName
from domain.ports import UnitOfWork
from domain.queue import AT_COUNTER, LIVE, Ticket, TicketState
from domain.schedule import business_date
from domain.texts.when import day_and_time
from domain.use_cases import change
from domain.use_cases.alerts import tell_those_near
from domain.use_cases.counters import locked_queue
from domain.use_cases.follow import stands_for
from domain.use_cases.record import record_of_ticket

Saying = Callable[..., Ticket]  # `check_in` and `running_late`


def own_ticket(uow: UnitOfWork, *, ticket_id: int, address_id: int | None) -> Ticket | None:
    """The ticket, if its notices go to this address, or its appointment is of somebody whom the address stands for."""
    ticket = uow.tickets.get(ticket_id)
    if ticket is None or address_id is None:
        return None
    if ticket.address_id == address_id:
        return ticket
    appointment = None if ticket.appointment_id is None else uow.appointments.get(ticket.appointment_id)
    if appointment is None:
        return None
    return ticket if stands_for(uow, address_id=address_id, appointment=appointment) else None


def check_in(uow: UnitOfWork, *, ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    """Says that the person is here; said again, nothing happens.

    Raises DomainError ticket-unknown (also for somebody else's), ticket-over, ticket-missed, already-called, or
    ticket-not-today.
    """
    ticket = _awaited_today(uow, ticket_id, actor=actor, now=now)
    if ticket.here_at is None:
        _say(uow, ticket, EventName.TICKET_HERE, here_at=now, late_at=None, actor=actor, now=now)
    return ticket


def running_late(uow: UnitOfWork, *, ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    """Says that the person comes late. Raises what `check_in` raises."""
    ticket = _awaited_today(uow, ticket_id, actor=actor, now=now)
    if ticket.late_at is None:
        _say(uow, ticket, EventName.TICKET_LATE, here_at=None, late_at=now, actor=actor, now=now)
    return ticket


def leave(uow: UnitOfWork, *, ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    """Gives the place up; those behind move up. Returns the ticket as it was.

    A booking is cancelled with it. Raises what `refuse_leaving` raises, and too-late-to-cancel for a booking whose
    queue doesn't run yet.
    """
    ticket = refuse_leaving(uow, ticket_id=ticket_id, actor=actor)
    if ticket.appointment_id is None:
        _leave_line(uow, ticket, actor=actor, now=now)
    else:
        change.leave(uow, appointment_id=ticket.appointment_id, actor=actor, now=now)
    return ticket


def refuse_leaving(uow: UnitOfWork, *, ticket_id: int, actor: Actor) -> Ticket:
    """The ticket. Raises DomainError ticket-unknown, ticket-over, ticket-missed or already-called."""
    ticket = own_ticket(uow, ticket_id=ticket_id, address_id=actor.address_id)
    if ticket is None:
        raise DomainError("ticket-unknown")
    _refuse_unawaited(ticket)
    return ticket


def _awaited_today(uow: UnitOfWork, ticket_id: int, *, actor: Actor, now: datetime) -> Ticket:
    ticket = refuse_leaving(uow, ticket_id=ticket_id, actor=actor)
    site = uow.places.site(ticket.site_id)
    assert site is not None
    if ticket.business_date > business_date(now, site.zone):
        raise DomainError("ticket-not-today", at=day_and_time(ticket.due_at, site))
    return ticket


def _refuse_unawaited(ticket: Ticket) -> None:
    if ticket.state in AT_COUNTER:
        raise DomainError("already-called")
    if ticket.state is TicketState.NO_SHOW:
        raise DomainError("ticket-missed")
    if ticket.state not in LIVE:
        raise DomainError("ticket-over")


def _say(
    uow: UnitOfWork,
    ticket: Ticket,
    name: EventName,
    *,
    here_at: datetime | None,
    late_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    if not uow.tickets.mark_presence(ticket.id, here_at=here_at, late_at=late_at):
        raise DomainError("already-called")  # in this very moment
    record_of_ticket(uow, name, ticket, actor=actor, now=now)
    uow.poke(ticket.queue_id)


def _leave_line(uow: UnitOfWork, ticket: Ticket, *, actor: Actor, now: datetime) -> None:
    locked_queue(uow, ticket.queue_id)
    present = uow.tickets.get(ticket.id)
    assert present is not None
    _refuse_unawaited(present)  # again: it may have been called while we waited for the lock
    in_vain = present.state is TicketState.EXPECTED
    if uow.tickets.move(present, to=TicketState.VOID if in_vain else TicketState.LEFT, at=now) is None:
        raise DomainError("ticket-over")
    record_of_ticket(uow, EventName.TICKET_LEFT, present, actor=actor, now=now)
    if not in_vain:
        tell_those_near(uow, present.queue_id, now=now)
    uow.poke(present.queue_id)
