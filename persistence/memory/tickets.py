"""Tickets and their intervals in memory, in THE order by the domain's own function."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from domain.ids import AddressId, CounterId, TicketId, UserId
from domain.queue import (
    AT_COUNTER,
    AWAITED,
    HAS_INTERVAL,
    IN_LINE,
    LIVE,
    NewTicket,
    Ticket,
    TicketState,
    in_order,
    order_key,
)
from domain.views import LineView
from persistence.memory.state import Interval, State

_SENT = ("sent", "delivered", "read")
_UNDER_WAY = ("due", "later", "sending")
_NEW: dict[str, Any] = {
    "version": 0,
    "counter_id": None,
    "called_at": None,
    "last_call_at": None,
    "finished_at": None,
    "calls": 0,
    "alerted": None,
    "alert_round": 0,
}


class MemoryTickets:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, ticket: NewTicket, *, at: datetime) -> Ticket:
        fields = {name: getattr(ticket, name) for name in NewTicket.__slots__}
        interval = 1 if ticket.state in HAS_INTERVAL else 0
        added = Ticket(id=TicketId(next(self._state.ids)), interval=interval, **fields, **_NEW)
        self._state.tickets[added.id] = added
        self._open_interval(added, at=at, user_id=None)
        return added

    def get(self, ticket_id: int) -> Ticket | None:
        return self._state.tickets.get(ticket_id)

    def live_of(self, appointment_id: int) -> Ticket | None:
        live = (t for t in self._state.tickets.values() if t.state in LIVE)
        return next((t for t in live if t.appointment_id == appointment_id), None)

    def live_of_address(self, address_id: int) -> list[Ticket]:
        live = [t for t in self._state.tickets.values() if t.address_id == address_id and t.state in LIVE]
        return sorted(live, key=lambda t: (t.due_at, t.id))

    def missed_of_address(self, address_id: int, *, since: date) -> list[Ticket]:
        missed = [
            t
            for t in self._state.tickets.values()
            if t.address_id == address_id and t.business_date >= since and t.state is TicketState.NO_SHOW
        ]
        return sorted(missed, key=lambda t: (t.due_at, t.id))

    def latest_of_visit(self, visit_id: int) -> Ticket | None:
        of_visit = [t for t in self._state.tickets.values() if t.visit_id == visit_id]
        return max(of_visit, key=lambda t: t.id, default=None)

    def follow(self, visit_id: int, *, address_id: int) -> None:
        for ticket in [*self._state.tickets.values()]:
            if ticket.visit_id == visit_id and ticket.address_id is None:
                self._state.tickets[ticket.id] = replace(ticket, address_id=AddressId(address_id))

    def head(self, queue_id: int, *, limit: int) -> list[Ticket]:
        return in_order(self._in(queue_id, {TicketState.WAITING}))[:limit]

    def present_and_head(
        self, queue_id: int, *, ticket_id: int | None, limit: int
    ) -> tuple[Ticket | None, list[Ticket]]:
        present = None if ticket_id is None else self._state.tickets.get(ticket_id)
        return present, self.head(queue_id, limit=limit)

    def ahead(self, ticket: Ticket) -> int:
        return sum(order_key(t) < order_key(ticket) for t in self._in(ticket.queue_id, IN_LINE))

    def with_ahead(self, queue_id: int, ticket_ids: Collection[int]) -> list[tuple[Ticket, int | None]]:
        wanted = [t for t in self._in(queue_id, frozenset(TicketState)) if t.id in ticket_ids]
        return [(t, self.ahead(t) if t.state in IN_LINE else None) for t in wanted]

    def at_counters(self, queue_id: int) -> list[Ticket]:
        called = [(t.called_at, t.id, t) for t in self._in(queue_id, AT_COUNTER)]
        return [ticket for _, _, ticket in sorted(called)]

    def live_in(self, queue_id: int, *, limit: int) -> list[Ticket]:
        return in_order(self._in(queue_id, LIVE))[:limit]

    def start_waiting(self, queue_id: int, *, at: datetime) -> int:
        expected = self._in(queue_id, {TicketState.EXPECTED})
        for ticket in expected:
            self.move(ticket, to=TicketState.WAITING, at=at)
        return len(expected)

    def stop_waiting(self, queue_id: int) -> int:
        waiting = self._in(queue_id, {TicketState.WAITING})
        for ticket in waiting:
            self._set_interval(ticket, ticket.interval, void=True)
            before = max((n for n, i in self._intervals(ticket).items() if not i.void), default=0)
            self._state.tickets[ticket.id] = replace(
                ticket, state=TicketState.EXPECTED, version=ticket.version + 1, interval=before
            )
        return len(waiting)

    def move(
        self,
        ticket: Ticket,
        *,
        to: TicketState,
        at: datetime,
        counter_id: int | None = None,
        user_id: int | None = None,
    ) -> Ticket | None:
        present = self._state.tickets.get(ticket.id)
        if present is None or present.version != ticket.version:
            return None
        if present.state in HAS_INTERVAL:
            self._set_interval(present, present.interval, to_at=at)
        moved = _moved(present, to=to, at=at, counter_id=counter_id)
        if to in HAS_INTERVAL:
            moved = replace(moved, interval=max(self._intervals(present), default=0) + 1)
        self._state.tickets[ticket.id] = moved
        self._open_interval(moved, at=at, user_id=user_id)
        return moved

    def restore(self, before: Ticket, *, version: int) -> bool:
        present = self._state.tickets.get(before.id)
        if present is None or present.version != version:
            return False
        self._state.tickets[before.id] = replace(
            before, alert_round=present.alert_round, here_at=present.here_at, late_at=present.late_at
        )
        for number in self._intervals(before):
            if number > before.interval:
                self._set_interval(before, number, void=True)
        if before.state in HAS_INTERVAL:
            self._set_interval(before, before.interval, to_at=None)
        return True

    def count_call(self, ticket_id: int, *, at: datetime) -> int:
        ticket = self._state.tickets[ticket_id]
        self._state.tickets[ticket_id] = replace(ticket, calls=ticket.calls + 1, last_call_at=at)
        return ticket.calls + 1

    def mark_presence(self, ticket_id: int, *, here_at: datetime | None, late_at: datetime | None) -> bool:
        ticket = self._state.tickets.get(ticket_id)
        if ticket is None or ticket.state not in AWAITED:
            return False
        self._state.tickets[ticket_id] = replace(ticket, here_at=here_at, late_at=late_at)
        return True

    def mark_alerted(self, thresholds: Mapping[int, int]) -> None:
        for ticket_id, threshold in thresholds.items():
            self._state.tickets[ticket_id] = replace(self._state.tickets[ticket_id], alerted=threshold)

    def correct_alerted(self, thresholds: Mapping[int, int | None]) -> None:
        for ticket_id, threshold in thresholds.items():
            ticket = self._state.tickets[ticket_id]
            self._state.tickets[ticket_id] = replace(
                ticket, alerted=threshold, alert_round=ticket.alert_round + 1
            )

    def recent_minutes(self, service_id: int, *, limit: int) -> list[float]:
        completed = [
            (t.finished_at, t.called_at)
            for t in self._state.tickets.values()
            if t.service_id == service_id and t.state is TicketState.COMPLETED and t.finished_at
        ]
        latest = sorted(completed, key=lambda times: times[0], reverse=True)[:limit]
        return [(finished - called).total_seconds() / 60 for finished, called in latest if called]

    def counts(self, queue_id: int) -> Mapping[TicketState, int]:
        states = [t.state for t in self._in(queue_id, frozenset(TicketState))]
        return {state: states.count(state) for state in set(states)}

    def active_counters(self, queue_id: int) -> int:
        return sum(counter.queue_id == queue_id for counter in self._state.counters.values())

    def lines(self, queue_id: int, *, states: Collection[TicketState], limit: int) -> list[LineView]:
        views = []
        ahead = 0
        for ticket in in_order(self._in(queue_id, states))[:limit]:
            views.append(self._line(ticket, ahead=ahead if ticket.state in IN_LINE else None))
            ahead += ticket.state in IN_LINE
        return views

    def _in(self, queue_id: int, states: Collection[TicketState]) -> list[Ticket]:
        return [t for t in self._state.tickets.values() if t.queue_id == queue_id and t.state in states]

    def _line(self, ticket: Ticket, *, ahead: int | None) -> LineView:
        patient_id = self._state.visits[ticket.visit_id].patient_id
        address = None if ticket.address_id is None else self._state.addresses[ticket.address_id]
        return LineView(
            ticket_id=ticket.id,
            appointment_id=ticket.appointment_id,
            token=ticket.token,
            name=None if patient_id is None else self._state.users[patient_id].name,
            state=ticket.state.value,
            due_at=ticket.due_at,
            ahead=ahead,
            has_phone=address is not None,
            unreached=is_unreached(self._state, ticket),
            here_at=ticket.here_at,
            late_at=ticket.late_at,
        )

    def _intervals(self, ticket: Ticket) -> dict[int, Interval]:
        return {n: i for (ticket_id, n), i in self._state.intervals.items() if ticket_id == ticket.id}

    def _set_interval(self, ticket: Ticket, number: int, **changes: Any) -> None:
        place = (ticket.id, number)
        self._state.intervals[place] = replace(self._state.intervals[place], **changes)

    def _open_interval(self, ticket: Ticket, *, at: datetime, user_id: int | None) -> None:
        if ticket.state in HAS_INTERVAL:
            self._state.intervals[ticket.id, ticket.interval] = Interval(
                state=ticket.state,
                counter_id=ticket.counter_id,
                user_id=None if user_id is None else UserId(user_id),
                from_at=at,
            )


def _moved(ticket: Ticket, *, to: TicketState, at: datetime, counter_id: int | None) -> Ticket:
    changes: dict[str, Any] = {"state": to, "version": ticket.version + 1}
    changes["finished_at"] = None if to in LIVE else at
    if to in AT_COUNTER:
        changes["counter_id"] = ticket.counter_id if counter_id is None else CounterId(counter_id)
    elif to in LIVE:
        changes["counter_id"] = None
    if to is TicketState.CALLED:
        changes |= {"called_at": at, "last_call_at": at, "calls": 1}
    if to in IN_LINE:
        changes |= {"called_at": None, "last_call_at": None, "calls": 0, "alerted": None}
    return replace(ticket, **changes)


def is_unreached(state: State, ticket: Ticket) -> bool:
    """Whether the person's chat takes nothing and no other was told, or the last notice came nowhere."""
    notices = [row for row in state.outbox.values() if row.notice.ticket_id == ticket.id]
    last = max((row.id for row in notices if row.notice.fallback_of is None), default=0)
    since = [row for row in notices if row.id >= last]
    address = None if ticket.address_id is None else state.addresses[ticket.address_id]
    if address is not None and (address.stopped_at or address.blocked_at):
        return all(row.notice.address_id == ticket.address_id for row in since if row.state in _SENT)
    states = {row.state for row in since}
    return states.isdisjoint({*_SENT, *_UNDER_WAY}) and not states.isdisjoint({"failed", "expired"})
