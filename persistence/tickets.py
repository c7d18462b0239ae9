"""Tickets and their intervals in SQL, and THE order's twin. Never a decision of whose turn it is."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Update,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    update,
)

from domain.ids import TicketId
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
)
from domain.views import LineView
from persistence import ticket_lines
from persistence.shape import shape
from persistence.tables import counters, ticket_intervals, tickets

TICKET = shape(Ticket, tickets)
LINE_ORDER = (
    tickets.c.priority.desc(),
    tickets.c.due_at,
    tickets.c.arrived_at,
    tickets.c.number,
    tickets.c.id,
)
"""THE order of the line; its twin is `domain.queue.order_key`."""


def in_states(states: Iterable[TicketState]) -> ColumnElement[bool]:
    """Written out rather than bound, or a prepared plan couldn't use the partial indexes."""
    return tickets.c.state.in_(
        [literal_column(f"'{s.value}'") for s in sorted(states, key=lambda s: s.value)]
    )


_IN_QUEUE = tickets.c.queue_id == bindparam("p_queue")
_HEAD = (
    select(*TICKET.columns)
    .where(_IN_QUEUE, in_states({TicketState.WAITING}))
    .order_by(*LINE_ORDER)
    .limit(bindparam("p_limit", type_=Integer))
)
_WAITING = _HEAD.subquery()
_PRESENT_AND_HEAD = (
    select(*TICKET.columns)
    .where(tickets.c.id == bindparam("p_id"))
    .union_all(select(*(_WAITING.c[column.name] for column in TICKET.columns)))
)
_BEFORE = or_(
    tickets.c.priority > bindparam("p_priority"),
    and_(
        tickets.c.priority == bindparam("p_priority"),
        tuple_(tickets.c.due_at, tickets.c.arrived_at, tickets.c.number, tickets.c.id)
        < tuple_(
            bindparam("p_due", type_=tickets.c.due_at.type),
            bindparam("p_arrived", type_=tickets.c.arrived_at.type),
            bindparam("p_number", type_=tickets.c.number.type),
            bindparam("p_id", type_=tickets.c.id.type),
        ),
    ),
)
_AHEAD = select(func.count()).select_from(tickets).where(_IN_QUEUE, in_states(IN_LINE), _BEFORE)
RANKS = (
    select(tickets.c.id, (func.row_number().over(order_by=LINE_ORDER) - 1).label("ahead"))
    .where(_IN_QUEUE, in_states(IN_LINE))
    .subquery("ranks")
)
"""Of the line `p_queue`: each one's place, counted from 0."""
_WITH_AHEAD = (
    select(RANKS.c.ahead, *TICKET.columns)
    .select_from(tickets.outerjoin(RANKS, RANKS.c.id == tickets.c.id))
    .where(_IN_QUEUE, tickets.c.id.in_(bindparam("p_ids", expanding=True)))
)
_AT_COUNTERS = (
    select(*TICKET.columns)
    .where(_IN_QUEUE, in_states(AT_COUNTER))
    .order_by(tickets.c.called_at, tickets.c.id)
)
_LIVE_IN = (
    select(*TICKET.columns)
    .where(_IN_QUEUE, in_states(LIVE))
    .order_by(*LINE_ORDER)
    .limit(bindparam("p_limit", type_=Integer))
)
_GET = select(*TICKET.columns).where(tickets.c.id == bindparam("p_id"))
_LIVE_OF = select(*TICKET.columns).where(
    tickets.c.appointment_id == bindparam("p_appointment"), in_states(LIVE)
)
_LIVE_OF_ADDRESS = (
    select(*TICKET.columns)
    .where(tickets.c.address_id == bindparam("p_address"), in_states(LIVE))
    .order_by(tickets.c.due_at, tickets.c.id)
)
_MISSED_OF_ADDRESS = (
    select(*TICKET.columns)
    .where(
        tickets.c.address_id == bindparam("p_address"),
        tickets.c.business_date >= bindparam("p_since", type_=tickets.c.business_date.type),
        tickets.c.state == literal_column("'no_show'"),
    )
    .order_by(tickets.c.due_at, tickets.c.id)
)
_LATEST_OF_VISIT = (
    select(*TICKET.columns)
    .where(tickets.c.visit_id == bindparam("p_visit"))
    .order_by(tickets.c.id.desc())
    .limit(1)
)
_FOLLOW = (
    update(tickets)
    .where(tickets.c.visit_id == bindparam("p_visit"), tickets.c.address_id.is_(None))
    .values(address_id=bindparam("p_address"))
)
_RECENT = (
    select(tickets.c.called_at, tickets.c.finished_at)
    .where(tickets.c.service_id == bindparam("p_service"), in_states({TicketState.COMPLETED}))
    .order_by(tickets.c.finished_at.desc())
    .limit(bindparam("p_limit", type_=Integer))
)
_COUNTS = select(tickets.c.state, func.count()).where(_IN_QUEUE).group_by(tickets.c.state)
_ACTIVE_COUNTERS = (
    select(func.count()).select_from(counters).where(counters.c.queue_id == bindparam("p_queue"))
)

_ADD = insert(tickets).returning(tickets.c.id)
_ADD_INTERVAL = insert(ticket_intervals)
_OF_TICKET = ticket_intervals.c.ticket_id == bindparam("p_id")
_OPEN = and_(ticket_intervals.c.to_at.is_(None), ticket_intervals.c.void == false())
_CLOSE_INTERVAL = update(ticket_intervals).where(_OF_TICKET, _OPEN).values(to_at=bindparam("p_at"))
_VOID_SINCE = (
    update(ticket_intervals)
    .where(_OF_TICKET, ticket_intervals.c.number > bindparam("p_interval"))
    .values(void=true())
)
_REOPEN = (
    update(ticket_intervals)
    .where(_OF_TICKET, ticket_intervals.c.number == bindparam("p_interval"))
    .values(to_at=None)
)
# Numbers of void intervals are never used again: what was told under them stays told under them.
_NEXT_INTERVAL = (
    select(func.coalesce(func.max(ticket_intervals.c.number), 0) + 1)
    .where(ticket_intervals.c.ticket_id == tickets.c.id)
    .scalar_subquery()
)
_LAST_TRUE_INTERVAL = (
    select(func.coalesce(func.max(ticket_intervals.c.number), 0))
    .where(ticket_intervals.c.ticket_id == tickets.c.id, ticket_intervals.c.void == false())
    .scalar_subquery()
)
_START_WAITING = (
    update(tickets)
    .where(_IN_QUEUE, in_states({TicketState.EXPECTED}))
    .values(
        state=TicketState.WAITING.value,
        version=tickets.c.version + 1,
        interval=_NEXT_INTERVAL,
        alerted=None,
    )
)
_OPEN_WAITING = ticket_intervals.insert().from_select(
    ["organisation_id", "site_id", "ticket_id", "number", "state", "from_at"],
    select(
        tickets.c.organisation_id,
        tickets.c.site_id,
        tickets.c.id,
        tickets.c.interval,
        tickets.c.state,
        bindparam("p_at", type_=ticket_intervals.c.from_at.type),
    ).where(
        _IN_QUEUE,
        in_states({TicketState.WAITING}),
        ~exists().where(ticket_intervals.c.ticket_id == tickets.c.id, _OPEN),
    ),
)
_VOID_WAITING = (
    update(ticket_intervals)
    .where(
        ticket_intervals.c.ticket_id.in_(
            select(tickets.c.id).where(_IN_QUEUE, in_states({TicketState.WAITING}))
        ),
        _OPEN,
    )
    .values(void=true())
)
_STOP_WAITING = (
    update(tickets)
    .where(_IN_QUEUE, in_states({TicketState.WAITING}))
    .values(state=TicketState.EXPECTED.value, version=tickets.c.version + 1, interval=_LAST_TRUE_INTERVAL)
)
_AS_SHOWN = and_(tickets.c.id == bindparam("p_id"), tickets.c.version == bindparam("p_version"))
_RESTORED = (
    "version",
    "priority",
    "due_at",
    "arrived_at",
    "interval",
    "counter_id",
    "called_at",
    "last_call_at",
    "finished_at",
    "calls",
    "alerted",
)
_RESTORE = (
    update(tickets)
    .where(tickets.c.id == bindparam("p_id"), tickets.c.version == bindparam("p_present_version"))
    .values(state=bindparam("p_state"), **{name: bindparam(f"p_{name}") for name in _RESTORED})
)
_COUNT_CALL = (
    update(tickets)
    .where(tickets.c.id == bindparam("p_id"))
    .values(calls=tickets.c.calls + 1, last_call_at=bindparam("p_at"))
    .returning(tickets.c.calls)
)

_MARK_PRESENCE = (
    update(tickets)
    .where(tickets.c.id == bindparam("p_id"), in_states(AWAITED))
    .values(
        here_at=bindparam("p_here", type_=tickets.c.here_at.type),
        late_at=bindparam("p_late", type_=tickets.c.late_at.type),
    )
)


@cache
def _mark_alerted(count: int) -> Update:
    """For so many tickets at once, under the lock of their queue: `p_id_0` has reached `p_alerted_0`, and so on."""
    ids = [bindparam(f"p_id_{n}", type_=tickets.c.id.type) for n in range(count)]
    alerted = [bindparam(f"p_alerted_{n}", type_=tickets.c.alerted.type) for n in range(count)]
    of_each = case(*((tickets.c.id == ids[n], alerted[n]) for n in range(count)))
    return update(tickets).where(tickets.c.id.in_(ids)).values(alerted=of_each)


@cache
def _correct_alerted(count: int) -> Update:
    return _mark_alerted(count).values(alert_round=tickets.c.alert_round + 1)


def _move_to(state: TicketState) -> Update:
    """The guarded statement that brings a ticket into this state."""
    sets: dict[str, Any] = {"state": state.value, "version": tickets.c.version + 1}
    sets["finished_at"] = None if state in LIVE else bindparam("p_at")
    if state in HAS_INTERVAL:
        sets["interval"] = _NEXT_INTERVAL
    if state in AT_COUNTER:
        sets["counter_id"] = func.coalesce(
            bindparam("p_counter", type_=tickets.c.counter_id.type), tickets.c.counter_id
        )
    elif state in LIVE:
        sets["counter_id"] = None
    if state is TicketState.CALLED:
        sets |= {"called_at": bindparam("p_at"), "last_call_at": bindparam("p_at"), "calls": 1}
    if state in IN_LINE:
        sets |= {"called_at": None, "last_call_at": None, "calls": 0, "alerted": None}
    return update(tickets).where(_AS_SHOWN).values(sets).returning(*TICKET.columns)


_MOVE = {state: _move_to(state) for state in TicketState}


class SqlTickets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, ticket: NewTicket, *, at: datetime) -> Ticket:
        interval = 1 if ticket.state in HAS_INTERVAL else 0
        new = {name: getattr(ticket, name) for name in NewTicket.__slots__}
        row = new | {"state": ticket.state.value, "interval": interval}
        added = Ticket(
            **new,
            id=TicketId(self._connection.execute(_ADD, row).scalar_one()),
            interval=interval,
            version=0,
            counter_id=None,
            called_at=None,
            last_call_at=None,
            finished_at=None,
            calls=0,
            alerted=None,
            alert_round=0,
        )
        if interval:
            self._open_interval(added, at=at, user_id=None)
        return added

    def get(self, ticket_id: int) -> Ticket | None:
        return self._one(_GET, p_id=ticket_id)

    def live_of(self, appointment_id: int) -> Ticket | None:
        return self._one(_LIVE_OF, p_appointment=appointment_id)

    def live_of_address(self, address_id: int) -> list[Ticket]:
        return self._all(_LIVE_OF_ADDRESS, p_address=address_id)

    def missed_of_address(self, address_id: int, *, since: date) -> list[Ticket]:
        return self._all(_MISSED_OF_ADDRESS, p_address=address_id, p_since=since)

    def latest_of_visit(self, visit_id: int) -> Ticket | None:
        return self._one(_LATEST_OF_VISIT, p_visit=visit_id)

    def follow(self, visit_id: int, *, address_id: int) -> None:
        self._connection.execute(_FOLLOW, {"p_visit": visit_id, "p_address": address_id})

    def head(self, queue_id: int, *, limit: int) -> list[Ticket]:
        return self._all(_HEAD, p_queue=queue_id, p_limit=limit)

    def present_and_head(
        self, queue_id: int, *, ticket_id: int | None, limit: int
    ) -> tuple[Ticket | None, list[Ticket]]:
        found = self._all(_PRESENT_AND_HEAD, p_queue=queue_id, p_limit=limit, p_id=ticket_id)
        present = next((ticket for ticket in found if ticket.id == ticket_id), None)
        # What a UNION promises is a set.
        return present, in_order(ticket for ticket in found if ticket is not present)

    def ahead(self, ticket: Ticket) -> int:
        wanted = {
            "p_queue": ticket.queue_id,
            "p_priority": ticket.priority,
            "p_due": ticket.due_at,
            "p_arrived": ticket.arrived_at,
            "p_number": ticket.number,
            "p_id": ticket.id,
        }
        return self._connection.execute(_AHEAD, wanted).scalar_one()

    def with_ahead(self, queue_id: int, ticket_ids: Collection[int]) -> list[tuple[Ticket, int | None]]:
        rows = self._connection.execute(_WITH_AHEAD, {"p_queue": queue_id, "p_ids": [*ticket_ids]})
        return [(TICKET.read(row, start=1), row[0]) for row in rows]

    def at_counters(self, queue_id: int) -> list[Ticket]:
        return self._all(_AT_COUNTERS, p_queue=queue_id)

    def live_in(self, queue_id: int, *, limit: int) -> list[Ticket]:
        return self._all(_LIVE_IN, p_queue=queue_id, p_limit=limit)

    def start_waiting(self, queue_id: int, *, at: datetime) -> int:
        started = self._connection.execute(_START_WAITING, {"p_queue": queue_id}).rowcount
        self._connection.execute(_OPEN_WAITING, {"p_queue": queue_id, "p_at": at})
        return started

    def stop_waiting(self, queue_id: int) -> int:
        self._connection.execute(_VOID_WAITING, {"p_queue": queue_id})
        return self._connection.execute(_STOP_WAITING, {"p_queue": queue_id}).rowcount

    def move(
        self,
        ticket: Ticket,
        *,
        to: TicketState,
        at: datetime,
        counter_id: int | None = None,
        user_id: int | None = None,
    ) -> Ticket | None:
        values: dict[str, Any] = {"p_id": ticket.id, "p_version": ticket.version}
        if to not in LIVE or to is TicketState.CALLED:
            values["p_at"] = at
        if to in AT_COUNTER:
            values["p_counter"] = counter_id
        row = self._connection.execute(_MOVE[to], values).first()
        if row is None:
            return None
        if ticket.state in HAS_INTERVAL:
            self._connection.execute(_CLOSE_INTERVAL, {"p_id": ticket.id, "p_at": at})
        moved = TICKET.read(row)
        if to in HAS_INTERVAL:
            self._open_interval(moved, at=at, user_id=user_id)
        return moved

    def restore(self, before: Ticket, *, version: int) -> bool:
        values = {f"p_{name}": getattr(before, name) for name in _RESTORED}
        values |= {"p_id": before.id, "p_present_version": version, "p_state": before.state.value}
        if self._connection.execute(_RESTORE, values).rowcount != 1:
            return False
        interval = {"p_id": before.id, "p_interval": before.interval}
        self._connection.execute(_VOID_SINCE, interval)
        if before.state in HAS_INTERVAL:
            self._connection.execute(_REOPEN, interval)
        return True

    def count_call(self, ticket_id: int, *, at: datetime) -> int:
        calls: int = self._connection.execute(_COUNT_CALL, {"p_id": ticket_id, "p_at": at}).scalar_one()
        return calls

    def mark_presence(self, ticket_id: int, *, here_at: datetime | None, late_at: datetime | None) -> bool:
        said = {"p_id": ticket_id, "p_here": here_at, "p_late": late_at}
        return self._connection.execute(_MARK_PRESENCE, said).rowcount == 1

    def mark_alerted(self, thresholds: Mapping[int, int]) -> None:
        if thresholds:
            self._connection.execute(_mark_alerted(len(thresholds)), _alerts(thresholds))

    def correct_alerted(self, thresholds: Mapping[int, int | None]) -> None:
        if thresholds:
            self._connection.execute(_correct_alerted(len(thresholds)), _alerts(thresholds))

    def recent_minutes(self, service_id: int, *, limit: int) -> list[float]:
        rows = self._connection.execute(_RECENT, {"p_service": service_id, "p_limit": limit})
        return [(finished - called).total_seconds() / 60 for called, finished in rows if called is not None]

    def counts(self, queue_id: int) -> Mapping[TicketState, int]:
        rows = self._connection.execute(_COUNTS, {"p_queue": queue_id})
        return {TicketState(state): count for state, count in rows}

    def active_counters(self, queue_id: int) -> int:
        return self._connection.execute(_ACTIVE_COUNTERS, {"p_queue": queue_id}).scalar_one()

    def lines(self, queue_id: int, *, states: Collection[TicketState], limit: int) -> list[LineView]:
        wanted = ticket_lines.LINES.where(in_states(states)).order_by(*LINE_ORDER).limit(limit)
        return ticket_lines.read(self._connection.execute(wanted, {"p_queue": queue_id}))

    def _one(self, statement: Any, **values: object) -> Ticket | None:
        row = self._connection.execute(statement, values).first()
        return None if row is None else TICKET.read(row)

    def _all(self, statement: Any, **values: object) -> list[Ticket]:
        return [TICKET.read(row) for row in self._connection.execute(statement, values)]

    def _open_interval(self, ticket: Ticket, *, at: datetime, user_id: int | None) -> None:
        values = {
            "organisation_id": ticket.organisation_id,
            "site_id": ticket.site_id,
            "ticket_id": ticket.id,
            "number": ticket.interval,
            "state": ticket.state.value,
            "counter_id": ticket.counter_id,
            "user_id": user_id,
            "from_at": at,
        }
        self._connection.execute(_ADD_INTERVAL, values)


def _alerts(thresholds: Mapping[int, int | None] | Mapping[int, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for n, ticket_id in enumerate(sorted(thresholds)):
        values |= {f"p_id_{n}": ticket_id, f"p_alerted_{n}": thresholds[ticket_id]}
    return values
