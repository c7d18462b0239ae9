"""Messages that are kept up to date, in SQL: whole queues are marked by one statement, rows are claimed with a lease.

Nothing here touches a row that Next or Start lock, and a record of a claim that was lost changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, func, literal_column, or_, select, update
from sqlalchemy import cast as sql_cast

from domain.ports import LiveMessage
from domain.queue import LIVE, Ticket
from persistence.after_commit import AfterCommit
from persistence.shape import shape
from persistence.tables import BigId, addresses, events, live_messages, outbox, queues, tickets
from persistence.tickets import RANKS, in_states
from persistence.upsert import insert

_MESSAGE = shape(LiveMessage, live_messages)
_LATEST_EVENTS = 16  # more than are ever written to one queue at the same time

_T = live_messages.c
_NOW = bindparam("p_now", type_=_T.due_at.type)
_OF_TICKET = _T.ticket_id == bindparam("p_ticket")


def _are(column: Any, *states: str) -> Any:
    # Written out rather than bound, or a prepared plan couldn't use the partial indexes.
    return column.in_([literal_column(f"'{state}'") for state in states])


_MAKE = insert(live_messages)
_ANEW = {
    "address_id": _MAKE.excluded.address_id,
    "state": "live",
    "provider_id": None,
    # Another phone's message can't be removed from here.
    "outdated_id": case(
        (_T.address_id == _MAKE.excluded.address_id, func.coalesce(_T.provider_id, _T.outdated_id)),
        else_=None,
    ),
    "shown": None,
    "due_at": _MAKE.excluded.due_at,
    "ahead": 0,
    "lease_until": None,
    "attempts": 0,
}
_SHOW_ANEW = _MAKE.on_conflict_do_update(index_elements=["ticket_id"], set_=_ANEW)
_REFRESH = update(live_messages).where(_OF_TICKET).values(due_at=_NOW, shown=None, ahead=0)

_WATCHED = (
    select(queues.c.id)
    .where(_are(queues.c.state, "open", "paused"))
    .union(select(_T.queue_id).where(_are(_T.state, "live")))
    .subquery("watched")
)
_LATEST = (
    select(events.c.id)
    .where(events.c.queue_id == _WATCHED.c.id)
    .order_by(events.c.id.desc())
    .limit(_LATEST_EVENTS)
    .correlate(_WATCHED)
    .subquery("latest")
)
_MARKS = select(
    _WATCHED.c.id,
    sql_cast(select(func.coalesce(func.sum(_LATEST.c.id), 0)).correlate(_WATCHED).scalar_subquery(), BigId),
)

_REACHED = and_(addresses.c.stopped_at.is_(None), addresses.c.blocked_at.is_(None))
_LACKING = (
    select(
        tickets.c.id,
        tickets.c.organisation_id,
        tickets.c.site_id,
        tickets.c.queue_id,
        tickets.c.address_id,
        _NOW,
    )
    .join(addresses, addresses.c.id == tickets.c.address_id)
    .join(queues, queues.c.id == tickets.c.queue_id)
    .where(
        tickets.c.queue_id == bindparam("p_queue"),
        in_states(LIVE),
        _are(queues.c.state, "open", "paused"),
        addresses.c.channel.in_(bindparam("p_channels", expanding=True)),
        _REACHED,
        ~exists().where(_T.ticket_id == tickets.c.id),
    )
)
_FOLLOW = (
    insert(live_messages)
    .from_select(["ticket_id", "organisation_id", "site_id", "queue_id", "address_id", "due_at"], _LACKING)
    .on_conflict_do_nothing()
)
_WANTED = (
    select(_T.ticket_id, func.coalesce(RANKS.c.ahead, 0).label("ahead"))
    .join(tickets, tickets.c.id == _T.ticket_id)
    .join(addresses, addresses.c.id == _T.address_id)
    .outerjoin(RANKS, RANKS.c.id == _T.ticket_id)
    .where(
        _T.queue_id == bindparam("p_queue"),
        or_(_are(_T.state, "live"), and_(_are(_T.state, "ended"), in_states(LIVE))),
        # Who isn't reached is shown nothing; but the last message of a visit has to come to its end.
        or_(_REACHED, ~in_states(LIVE)),
    )
    .subquery("wanted")
)
_QUEUE_MOVED = (
    update(live_messages)
    .where(_T.ticket_id == _WANTED.c.ticket_id)
    # A row that rests after a failure goes on resting.
    .values(due_at=func.coalesce(_T.due_at, _NOW), ahead=_WANTED.c.ahead)
)
_TIME_PASSED = (
    update(live_messages)
    .where(
        _are(_T.state, "live"),
        _T.due_at.is_(None),
        _T.lease_until.is_(None),
        _T.looked_at < bindparam("p_looked_before", type_=_T.looked_at.type),
        _T.queue_id.in_(select(queues.c.id).where(_are(queues.c.state, "open", "paused"))),
    )
    .values(due_at=_NOW)
)
_CLAIMABLE = and_(
    or_(and_(_T.due_at <= _NOW, _T.lease_until.is_(None)), _T.lease_until <= _NOW),
    or_(
        _T.provider_id.is_(None),
        _T.shown_at.is_(None),
        _T.shown_at <= bindparam("p_shown_before", type_=_T.shown_at.type),
    ),
    ~exists().where(
        outbox.c.address_id == _T.address_id,
        _are(outbox.c.state, "due", "later", "sending"),
        outbox.c.due_at <= _NOW,
        outbox.c.not_after > _NOW,
    ),
)
_DUE_SINCE = select(func.min(func.coalesce(_T.due_at, _T.lease_until))).where(_CLAIMABLE)
_NEAREST = (
    select(_T.ticket_id)
    .where(_CLAIMABLE)
    .order_by(_T.ahead, _T.ticket_id)
    .limit(bindparam("p_limit"))
    .with_for_update(skip_locked=True)
    # As a sub-select PostgreSQL might run it again for every row that it joins, and claim more than these.
    .cte("nearest")
)
_CLAIM = (
    update(live_messages)
    .where(_T.ticket_id.in_(select(_NEAREST.c.ticket_id)))
    .values(due_at=None, lease_until=bindparam("p_lease", type_=_T.lease_until.type), looked_at=_NOW)
    .returning(_T.ahead, *_MESSAGE.columns)
)
_STILL_OURS = _T.lease_until == bindparam("p_lease", type_=_T.lease_until.type)
_RECORD_SHOWN = (
    update(live_messages)
    .where(_OF_TICKET, _STILL_OURS)
    .values(
        state=bindparam("p_state"),
        provider_id=bindparam("p_provider"),
        outdated_id=None,
        shown=bindparam("p_shown"),
        shown_at=_NOW,
        lease_until=None,
        attempts=0,
    )
)
_RECORD_OUTDATED = (
    update(live_messages)
    .where(_OF_TICKET, _T.provider_id.is_(None))
    .values(outdated_id=bindparam("p_provider"))
)
_RECORD_UNCHANGED = (
    update(live_messages)
    .where(_T.ticket_id.in_(bindparam("p_tickets", expanding=True)), _STILL_OURS)
    .values(lease_until=None)
)
_RECORD_LATER = (
    update(live_messages)
    .where(_OF_TICKET, _STILL_OURS)
    .values(
        due_at=bindparam("p_due", type_=_T.due_at.type),
        lease_until=None,
        attempts=_T.attempts + bindparam("p_failed"),
    )
)
_GIVE_UP = (
    update(live_messages)
    .where(_OF_TICKET, _STILL_OURS)
    .values(state="given_up", due_at=None, lease_until=None)
)


class SqlLiveMessages:
    def __init__(self, connection: Connection, after: AfterCommit) -> None:
        self._connection = connection
        self._after = after

    def show_anew(self, ticket: Ticket, *, address_id: int, now: datetime) -> None:
        made = {
            "ticket_id": ticket.id,
            "organisation_id": ticket.organisation_id,
            "site_id": ticket.site_id,
            "queue_id": ticket.queue_id,
            "address_id": address_id,
            "due_at": now,
        }
        self._connection.execute(_SHOW_ANEW, made)
        self._after.live.append(ticket.id)

    def refresh(self, ticket_id: int, *, now: datetime) -> None:
        self._connection.execute(_REFRESH, {"p_ticket": ticket_id, "p_now": now})
        self._after.live.append(ticket_id)

    def marks(self) -> Mapping[int, int]:
        return {queue_id: int(mark) for queue_id, mark in self._connection.execute(_MARKS)}

    def follow(self, queue_id: int, *, channels: Collection[str], now: datetime) -> int:
        wanted = {"p_queue": queue_id, "p_channels": [*channels], "p_now": now}
        made = self._connection.execute(_FOLLOW, wanted, execution_options={"preserve_rowcount": True})
        return made.rowcount

    def queue_moved(self, queue_id: int, *, now: datetime) -> int:
        return self._connection.execute(_QUEUE_MOVED, {"p_queue": queue_id, "p_now": now}).rowcount

    def time_passed(self, *, looked_before: datetime, now: datetime) -> int:
        return self._connection.execute(
            _TIME_PASSED, {"p_looked_before": looked_before, "p_now": now}
        ).rowcount

    def due_since(self, *, now: datetime, shown_before: datetime) -> datetime | None:
        since: datetime | None = self._connection.execute(
            _DUE_SINCE, {"p_now": now, "p_shown_before": shown_before}
        ).scalar()
        return since

    def claim(
        self, *, now: datetime, lease_until: datetime, shown_before: datetime, limit: int
    ) -> list[LiveMessage]:
        values = {"p_now": now, "p_lease": lease_until, "p_shown_before": shown_before, "p_limit": limit}
        rows = sorted(self._connection.execute(_CLAIM, values), key=lambda row: (row[0], row[1]))
        return [_MESSAGE.read(row, start=1) for row in rows]

    def record_shown(
        self, claimed: LiveMessage, *, provider_id: str, shown: str, ended: bool, now: datetime
    ) -> None:
        values = {
            **_claim(claimed),
            "p_state": "ended" if ended else "live",
            "p_provider": provider_id,
            "p_shown": shown,
            "p_now": now,
        }
        if not self._connection.execute(_RECORD_SHOWN, values).rowcount:
            outdated = {"p_ticket": claimed.ticket_id, "p_provider": provider_id}
            self._connection.execute(_RECORD_OUTDATED, outdated)

    def record_unchanged(self, claimed: Sequence[LiveMessage]) -> None:
        for lease_until in {message.lease_until for message in claimed}:
            ticket_ids = [m.ticket_id for m in claimed if m.lease_until == lease_until]
            values: dict[str, Any] = {"p_tickets": ticket_ids, "p_lease": lease_until}
            self._connection.execute(_RECORD_UNCHANGED, values)

    def record_later(self, claimed: LiveMessage, *, due_at: datetime, failed: bool) -> None:
        values = {**_claim(claimed), "p_due": due_at, "p_failed": int(failed)}
        self._connection.execute(_RECORD_LATER, values)

    def give_up(self, claimed: LiveMessage) -> None:
        self._connection.execute(_GIVE_UP, _claim(claimed))


def _claim(claimed: LiveMessage) -> dict[str, Any]:
    return {"p_ticket": claimed.ticket_id, "p_lease": claimed.lease_until}
