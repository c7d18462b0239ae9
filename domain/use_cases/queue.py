"""Start, next, recall, complete, no-show and close: what staff do to a line, each under the queue's lock.

Next touches the called person and those who cross a threshold, nobody else; estimates and pages follow after the
commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor, Event, EventName
from domain.ids import EventId
from domain.ports import UnitOfWork
from domain.queue import AT_COUNTER, Queue, QueueState, Ticket, TicketState
from domain.schedule import Counter
from domain.use_cases.alerts import REACH, tell_called, tell_called_and_near, tell_those_near
from domain.use_cases.counters import counter_as_shown, locked_queue, refuse_other_day
from domain.use_cases.undo import Change, changes_as_data

RECALL_AFTER = timedelta(minutes=1)
_ROWS_A_BATCH = 200

_BECOMES = {
    TicketState.COMPLETED: AppointmentStatus.COMPLETED,
    TicketState.NO_SHOW: AppointmentStatus.NO_SHOW,
    TicketState.VOID: AppointmentStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Called:
    """`ticket` is None when nobody waited; `finished` whom the press ended; `as_shown` False when the person called
    isn't the one whom the page had announced.
    """

    ticket: Ticket | None
    finished: Ticket | None
    as_shown: bool


def start_queue(
    uow: UnitOfWork, *, queue_id: int, counter_id: int | None, actor: Actor, now: datetime
) -> int:
    """Makes those expected wait, and returns how many.

    Raises DomainError queue-unknown, queue-not-today, queue-started or queue-closed.
    """
    queue = locked_queue(uow, queue_id)
    refuse_other_day(uow, queue, now=now)
    if queue.state is QueueState.CLOSED:
        raise DomainError("queue-closed")
    if queue.state is not QueueState.NOT_STARTED:
        raise DomainError("queue-started")
    uow.queues.set_state(queue_id, state=QueueState.OPEN, started_at=now)
    waiting = uow.tickets.start_waiting(queue_id, at=now)
    counter = None if counter_id is None else uow.queues.lock_counter(counter_id)
    _record(
        uow, EventName.QUEUE_STARTED, queue, counter=counter, ticket=None, changes=(), actor=actor, now=now
    )
    tell_those_near(uow, queue_id, now=now)
    uow.poke(queue_id)
    return waiting


def call_next(
    uow: UnitOfWork,
    *,
    queue_id: int,
    counter_id: int,
    counter_version: int,
    shown_ticket_id: int | None,
    actor: Actor,
    now: datetime,
) -> Called:
    """Ends whom the counter has, and calls the first in line.

    Raises DomainError queue-unknown, queue-not-open, counter-unknown, counter-elsewhere, or counter-moved when the
    press came from a page that showed an older state: then nothing has changed.
    """
    queue = locked_queue(uow, queue_id)
    counter = counter_as_shown(uow, counter_id=counter_id, version=counter_version)
    if counter.queue_id != queue_id:
        raise DomainError("counter-elsewhere")
    if queue.state is not QueueState.OPEN:
        raise DomainError("queue-not-open")
    present, head = uow.tickets.present_and_head(queue_id, ticket_id=counter.ticket_id, limit=REACH + 1)
    if present is None and not head:
        return Called(None, None, as_shown=shown_ticket_id is None)
    ended = _finish(uow, present, to=TicketState.COMPLETED, at=now) if present else None
    ticket = head[0] if head else None
    called, call = _call(uow, ticket, counter=counter, actor=actor, now=now) if ticket else (None, None)
    changes = [change for change in (ended, call) if change is not None]
    _give_counter(uow, counter, ticket)
    name = EventName.TICKET_CALLED if ticket else EventName.TICKET_COMPLETED
    _record(uow, name, queue, counter=counter, ticket=ticket, changes=changes, actor=actor, now=now)
    tell_called_and_near(uow, called, head[1:], now=now)
    uow.poke(queue_id)
    shown = ticket.id if ticket else None
    return Called(ticket, present, as_shown=shown_ticket_id == shown)


def complete(
    uow: UnitOfWork, *, counter_id: int, counter_version: int, actor: Actor, now: datetime
) -> Ticket:
    """Ends whom the counter has, as served. Raises DomainError counter-moved or nobody-called."""
    return _end(uow, counter_id, counter_version, to=TicketState.COMPLETED, actor=actor, now=now)


def no_show(uow: UnitOfWork, *, counter_id: int, counter_version: int, actor: Actor, now: datetime) -> Ticket:
    """Ends whom the counter has called, as absent. Raises DomainError counter-moved or nobody-called."""
    return _end(uow, counter_id, counter_version, to=TicketState.NO_SHOW, actor=actor, now=now)


def recall(uow: UnitOfWork, *, counter_id: int, counter_version: int, actor: Actor, now: datetime) -> Ticket:
    """Calls the same person again. Raises DomainError counter-moved, nobody-called or recalled-just-now (seconds)."""
    queue, counter, ticket = _present(uow, counter_id, counter_version)
    assert ticket.last_call_at is not None
    since = now - ticket.last_call_at
    if since < RECALL_AFTER:
        raise DomainError("recalled-just-now", seconds=int((RECALL_AFTER - since).total_seconds()) + 1)
    call = uow.tickets.count_call(ticket.id, at=now)
    _give_counter(uow, counter, ticket)
    _record(
        uow,
        EventName.TICKET_RECALLED,
        queue,
        counter=counter,
        ticket=ticket,
        changes=(),
        actor=actor,
        now=now,
    )
    tell_called(uow, ticket, call=call, now=now)
    uow.poke(queue.id)
    return ticket


def close_queue(uow: UnitOfWork, *, queue_id: int, actor: Actor, now: datetime) -> int:
    """Ends the day: counters are freed, whoever is still in line leaves it. Returns how many tickets ended.

    Who was at a counter is taken as served for the configured minutes, so that a forgotten button spoils no average.
    Who waited in a line that ran is a no-show; where it never started, the office cancelled.
    """
    queue = locked_queue(uow, queue_id)
    if queue.state is QueueState.CLOSED:
        return 0
    service = uow.places.service(queue.service_id)
    assert service is not None
    length = timedelta(minutes=service.minutes)
    ended = 0
    while batch := uow.tickets.live_in(queue_id, limit=_ROWS_A_BATCH):
        for ticket in batch:
            _end_of_day(
                uow, ticket, started=queue.state is not QueueState.NOT_STARTED, length=length, now=now
            )
        ended += len(batch)
    uow.queues.free_counters(queue_id)
    uow.queues.set_state(queue_id, state=QueueState.CLOSED, started_at=queue.started_at)
    _record(uow, EventName.QUEUE_CLOSED, queue, counter=None, ticket=None, changes=(), actor=actor, now=now)
    uow.poke(queue_id)
    return ended


def _end(
    uow: UnitOfWork, counter_id: int, counter_version: int, *, to: TicketState, actor: Actor, now: datetime
) -> Ticket:
    queue, counter, ticket = _present(uow, counter_id, counter_version)
    ended = _finish(uow, ticket, to=to, at=now)
    _give_counter(uow, counter, None)
    name = EventName.TICKET_COMPLETED if to is TicketState.COMPLETED else EventName.TICKET_NO_SHOW
    _record(uow, name, queue, counter=counter, ticket=ticket, changes=[ended], actor=actor, now=now)
    uow.poke(queue.id)
    return ticket


def _present(uow: UnitOfWork, counter_id: int, counter_version: int) -> tuple[Queue, Counter, Ticket]:
    """The queue, locked; the counter, as shown; and whom it has."""
    seen = uow.places.counter(counter_id)
    if seen is None:
        raise DomainError("counter-unknown")
    if seen.queue_id is None:
        raise DomainError("nobody-called")
    queue = locked_queue(uow, seen.queue_id)
    counter = counter_as_shown(uow, counter_id=counter_id, version=counter_version)
    if counter.ticket_id is None or counter.queue_id != queue.id:
        raise DomainError("nobody-called")
    ticket = uow.tickets.get(counter.ticket_id)
    assert ticket is not None
    return queue, counter, ticket


def _finish(uow: UnitOfWork, ticket: Ticket, *, to: TicketState, at: datetime) -> Change:
    moved = uow.tickets.move(ticket, to=to, at=at)
    if moved is None:  # nobody moves a ticket without the queue's lock, so this is a bug seen in time
        raise DomainError("counter-moved")
    if ticket.appointment_id is None:
        return Change(before=ticket, version=moved.version)
    became = _BECOMES[to]
    uow.appointments.change_status(ticket.appointment_id, was=AppointmentStatus.BOOKED, becomes=became)
    return Change(before=ticket, version=moved.version, appointment_became=became)


def _call(
    uow: UnitOfWork, ticket: Ticket, *, counter: Counter, actor: Actor, now: datetime
) -> tuple[Ticket, Change]:
    """The ticket as it is then, and what was done to it."""
    moved = uow.tickets.move(
        ticket, to=TicketState.CALLED, at=now, counter_id=counter.id, user_id=actor.user_id
    )
    if moved is None:
        raise DomainError("counter-moved")
    slot_token = None
    if ticket.slot_id is not None:
        slot_token = uow.slots.set_current_token(ticket.slot_id, ticket.token)
    return moved, Change(before=ticket, version=moved.version, slot_token=slot_token)


def _give_counter(uow: UnitOfWork, counter: Counter, ticket: Ticket | None) -> None:
    ticket_id = None if ticket is None else ticket.id
    if not uow.queues.move_counter(
        counter.id, version=counter.version, queue_id=counter.queue_id, ticket_id=ticket_id
    ):
        raise DomainError("counter-moved")


def _end_of_day(uow: UnitOfWork, ticket: Ticket, *, started: bool, length: timedelta, now: datetime) -> None:
    if ticket.state in AT_COUNTER and ticket.called_at is not None:
        _finish(uow, ticket, to=TicketState.COMPLETED, at=min(now, ticket.called_at + length))
    elif ticket.appointment_id is None:
        uow.tickets.move(ticket, to=TicketState.LEFT, at=now)
    else:
        _finish(uow, ticket, to=TicketState.NO_SHOW if started else TicketState.VOID, at=now)


def _record(
    uow: UnitOfWork,
    name: EventName,
    queue: Queue,
    *,
    counter: Counter | None,
    ticket: Ticket | None,
    changes: Sequence[Change],
    actor: Actor,
    now: datetime,
) -> EventId:
    return uow.events.add(
        Event(
            name=name,
            at=now,
            organisation_id=queue.organisation_id,
            site_id=queue.site_id,
            actor=actor,
            queue_id=queue.id,
            ticket_id=None if ticket is None else ticket.id,
            counter_id=None if counter is None else counter.id,
            data=changes_as_data(changes) if changes else {},
        )
    )
