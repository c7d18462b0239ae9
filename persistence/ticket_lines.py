"""Staff's list of a line: tickets with names. For staff's eyes only; never a phone or an e-mail."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, or_, select

from domain.queue import IN_LINE, TicketState
from domain.views import LineView
from persistence.tables import addresses, outbox, tickets, users, visits

_FAILED, _UNDER_WAY, _TOLD_HERE, _TOLD_ELSEWHERE = range(1, 5)

_ORIGINAL = outbox.alias("original")
# A notice and what followed it to other addresses: whatever was made since, since a new notice ends all before.
_SINCE_LAST_NOTICE = (
    select(func.max(_ORIGINAL.c.id))
    .where(_ORIGINAL.c.ticket_id == tickets.c.id, _ORIGINAL.c.fallback_of.is_(None))
    .correlate(tickets)
    .scalar_subquery()
)
_WAS_SENT = outbox.c.state.in_(["sent", "delivered", "read"])
_OUTCOME = case(
    (and_(_WAS_SENT, outbox.c.address_id != tickets.c.address_id), _TOLD_ELSEWHERE),
    (_WAS_SENT, _TOLD_HERE),
    (outbox.c.state.in_(["due", "later", "sending"]), _UNDER_WAY),
    (outbox.c.state.in_(["failed", "expired"]), _FAILED),
    else_=0,
)
_LAST_NOTICE = (
    select(func.max(_OUTCOME))
    .where(outbox.c.ticket_id == tickets.c.id, outbox.c.id >= _SINCE_LAST_NOTICE)
    .correlate(tickets)
    .scalar_subquery()
)
_IS_CLOSED = or_(addresses.c.stopped_at.is_not(None), addresses.c.blocked_at.is_not(None))
# Whether the person's chat takes nothing from us and no other was told, or the last notice came nowhere.
# Of a ticket joined with its address.
UNREACHED = case(
    (_IS_CLOSED, func.coalesce(_LAST_NOTICE, 0) != _TOLD_ELSEWHERE),
    else_=func.coalesce(_LAST_NOTICE, 0) == _FAILED,
)
LINES = (
    select(
        tickets.c.id,
        tickets.c.appointment_id,
        tickets.c.token,
        users.c.name,
        tickets.c.state,
        tickets.c.due_at,
        tickets.c.here_at,
        tickets.c.late_at,
        tickets.c.address_id,
        UNREACHED.label("unreached"),
    )
    .select_from(
        tickets.join(visits, visits.c.id == tickets.c.visit_id)
        .outerjoin(users, users.c.id == visits.c.patient_id)
        .outerjoin(addresses, addresses.c.id == tickets.c.address_id)
    )
    .where(tickets.c.queue_id == bindparam("p_queue"))
)


def read(rows: Iterable[Row[Any]]) -> list[LineView]:
    """The rows in their order; those in line are counted from 0."""
    views = []
    ahead = 0
    for row in rows:
        in_line = TicketState(row.state) in IN_LINE
        views.append(_line(row, ahead=ahead if in_line else None))
        ahead += in_line
    return views


def _line(row: Row[Any], *, ahead: int | None) -> LineView:
    return LineView(
        ticket_id=row.id,
        appointment_id=row.appointment_id,
        token=row.token,
        name=row.name,
        state=row.state,
        due_at=row.due_at,
        ahead=ahead,
        has_phone=row.address_id is not None,
        unreached=bool(row.unreached),
        here_at=row.here_at,
        late_at=row.late_at,
    )
