"""Undo of a counter's last action: back to the state before it, and the truth to those who were told otherwise.

The event of an action holds `Change`s: each ticket as it was and the version it got. Undo is refused as soon as one of
them has moved on. Versions go back as well, so that the action before can be undone next: nobody reads a version
without holding the queue's lock. Never an edit of the past: what was undone stays in the events and, void, in the
intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor, Event, EventName, RecordedEvent
from domain.ids import CounterId, TicketId
from domain.ports import UnitOfWork
from domain.queue import QueueState, Ticket, TicketState, told_too_much
from domain.schedule import Counter
from domain.use_cases.alerts import REACH, correct, tell_those_near
from domain.use_cases.counters import counter_as_shown

UNDO_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Change:
    """What an action did to one ticket: as it was before, the version it has since, its slot's token before."""

    before: Ticket
    version: int
    slot_token: str | None = None
    appointment_became: AppointmentStatus | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    name: EventName
    ticket: Ticket | None


def undo_last(
    uow: UnitOfWork, *, counter_id: int, counter_version: int, actor: Actor, now: datetime
) -> Undone:
    """Raises DomainError counter-moved, nothing-to-undo, or undo-too-late when the world has moved on."""
    queue_id = _queue_of(uow, counter_id)
    uow.queues.lock([queue_id])
    counter = counter_as_shown(uow, counter_id=counter_id, version=counter_version)
    recorded = uow.events.last_action(counter_id=counter_id)
    if recorded is None or recorded.event.queue_id != queue_id:
        raise DomainError("nothing-to-undo")
    if now - recorded.event.at > UNDO_FOR or not uow.events.mark_undone(recorded.id):
        raise DomainError("undo-too-late")
    ticket = _UNDO[recorded.event.name](uow, counter, recorded, now)
    _record(uow, recorded, counter, actor=actor, now=now)
    uow.poke(queue_id)
    return Undone(recorded.event.name, ticket)


def changes_as_data(changes: Sequence[Change]) -> dict[str, object]:
    """The event data from which `undo_last` can go back."""
    return {"changes": [_as_data(change) for change in changes]}


def _queue_of(uow: UnitOfWork, counter_id: int) -> int:
    counter = uow.places.counter(counter_id)
    if counter is None:
        raise DomainError("counter-unknown")
    if counter.queue_id is None:
        raise DomainError("nothing-to-undo")
    return counter.queue_id


def _undo_press(uow: UnitOfWork, counter: Counter, recorded: RecordedEvent, now: datetime) -> Ticket | None:
    """Next, complete or no-show: every ticket it touched goes back, and the counter has again whom it had."""
    restored = [_restore(uow, change) for change in _changes(recorded.event.data)]
    at_counter = next((t.id for t in restored if t.state in (TicketState.CALLED, TicketState.SERVING)), None)
    _give_counter(uow, counter, ticket_id=at_counter)
    queue_id = recorded.event.queue_id
    assert queue_id is not None
    back_in_line = {ticket.id: ticket for ticket in restored if ticket.state is TicketState.WAITING}
    line = uow.tickets.head(queue_id, limit=REACH + 1)
    misled = {t: true for t, true in told_too_much(line).items() if t.id not in back_in_line}
    misled |= {ticket: ticket.alerted for ticket in back_in_line.values()}
    correct(uow, misled, event_id=recorded.id, since=recorded.event.at, now=now)
    return restored[-1]


def _undo_walk_in(uow: UnitOfWork, counter: Counter, recorded: RecordedEvent, now: datetime) -> Ticket | None:
    """The token is void and never handed out again."""
    ticket_id = recorded.event.ticket_id
    assert ticket_id is not None
    ticket = uow.tickets.get(ticket_id)
    still_there = ticket is not None and ticket.version == recorded.event.data["version"]
    if not still_there or ticket is None or uow.tickets.move(ticket, to=TicketState.VOID, at=now) is None:
        raise DomainError("undo-too-late")
    _give_counter(uow, counter, ticket_id=counter.ticket_id)
    tell_those_near(uow, ticket.queue_id, now=now)
    return ticket


def _undo_start(uow: UnitOfWork, counter: Counter, recorded: RecordedEvent, now: datetime) -> None:
    """Only while nobody has acted on the queue since."""
    queue_id = recorded.event.queue_id
    assert queue_id is not None
    latest = uow.events.last_of_queue(queue_id)  # the start itself is marked undone by now
    if latest is not None and latest.id > recorded.id:
        raise DomainError("undo-too-late")
    told: dict[Ticket, int | None] = {
        t: None for t in uow.tickets.head(queue_id, limit=2 * REACH) if t.alerted is not None
    }
    uow.tickets.stop_waiting(queue_id)
    uow.queues.set_state(queue_id, state=QueueState.NOT_STARTED, started_at=None)
    _give_counter(uow, counter, ticket_id=counter.ticket_id)
    correct(uow, told, event_id=recorded.id, since=recorded.event.at, now=now)


_UNDO = {
    EventName.TICKET_CALLED: _undo_press,
    EventName.TICKET_COMPLETED: _undo_press,
    EventName.TICKET_NO_SHOW: _undo_press,
    EventName.WALK_IN_ISSUED: _undo_walk_in,
    EventName.QUEUE_STARTED: _undo_start,
}


def _restore(uow: UnitOfWork, change: Mapping[str, Any]) -> Ticket:
    ticket = uow.tickets.get(change["ticket"])
    if ticket is None or ticket.version != change["version"]:
        raise DomainError("undo-too-late")
    before = _before(ticket, change["before"])
    if not uow.tickets.restore(before, version=ticket.version):
        raise DomainError("undo-too-late")
    if ticket.slot_id is not None and "slot_token" in change:
        uow.slots.set_current_token(ticket.slot_id, change["slot_token"])
    became = change.get("appointment_became")
    if became and ticket.appointment_id is not None:
        back = uow.appointments.change_status(
            ticket.appointment_id, was=AppointmentStatus(became), becomes=AppointmentStatus.BOOKED
        )
        if not back:
            raise DomainError("undo-too-late")
    return before


def _give_counter(uow: UnitOfWork, counter: Counter, *, ticket_id: TicketId | int | None) -> None:
    if not uow.queues.move_counter(
        counter.id, version=counter.version, queue_id=counter.queue_id, ticket_id=ticket_id
    ):
        raise DomainError("counter-moved")


def _as_data(change: Change) -> dict[str, object]:
    before = change.before
    data: dict[str, object] = {
        "ticket": before.id,
        "version": change.version,
        "before": {
            "state": before.state.value,
            "version": before.version,
            "interval": before.interval,
            "counter_id": before.counter_id,
            "called_at": _iso(before.called_at),
            "last_call_at": _iso(before.last_call_at),
            "finished_at": _iso(before.finished_at),
            "calls": before.calls,
            "alerted": before.alerted,
        },
    }
    if change.appointment_became is not None:
        data["appointment_became"] = change.appointment_became.value
    else:
        data["slot_token"] = change.slot_token
    return data


def _before(ticket: Ticket, saved: Mapping[str, Any]) -> Ticket:
    return replace(
        ticket,
        state=TicketState(saved["state"]),
        version=saved["version"],
        interval=saved["interval"],
        counter_id=None if saved["counter_id"] is None else CounterId(saved["counter_id"]),
        called_at=_instant(saved["called_at"]),
        last_call_at=_instant(saved["last_call_at"]),
        finished_at=_instant(saved["finished_at"]),
        calls=saved["calls"],
        alerted=saved["alerted"],
    )


def _changes(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(data["changes"])


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _record(
    uow: UnitOfWork, recorded: RecordedEvent, counter: Counter, *, actor: Actor, now: datetime
) -> None:
    uow.events.add(
        Event(
            name=EventName.ACTION_UNDONE,
            at=now,
            organisation_id=counter.organisation_id,
            site_id=counter.site_id,
            actor=actor,
            queue_id=recorded.event.queue_id,
            ticket_id=recorded.event.ticket_id,
            counter_id=counter.id,
            data={"event": recorded.id, "was": recorded.event.name.value},
        )
    )
