"""The message log, in SQL. Reads only, and never to whom a message went: no name, no phone, no handle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)

from domain.notices import SECRET_KINDS, NoticeKind
from domain.views import MessageTotals, MessageView
from persistence.tables import addresses, appointments, outbox, tickets

NOT_REACHED = ("failed", "expired")
NOT_WANTED = ("stopped", "blocked")  # why a row was suppressed, where the person's chat takes nothing from us

_first = outbox.alias("first")
_another = outbox.alias("another")
_first_address = addresses.alias("first_address")
# Word for word the expression of its index.
_at = func.coalesce(outbox.c.sent_at, outbox.c.due_at)
_IN_SPAN = and_(
    outbox.c.site_id == bindparam("p_site"), _at >= bindparam("p_since"), _at < bindparam("p_until")
)
_CAME_TO_NOTHING = or_(
    outbox.c.state.in_(NOT_REACHED),
    and_(outbox.c.state == "suppressed", outbox.c.error.in_(NOT_WANTED)),
)
_MAY_BE_READ = and_(
    outbox.c.data["replies"].as_string().is_(None),
    outbox.c.kind.not_in([NoticeKind.REPLY.value, *(kind.value for kind in SECRET_KINDS)]),
)
_PAGE = (
    select(
        outbox.c.id,
        _at.label("at"),
        outbox.c.kind,
        addresses.c.channel,
        func.coalesce(tickets.c.token, appointments.c.token_number).label("token"),
        outbox.c.state,
        outbox.c.sent_at,
        outbox.c.delivered_at,
        outbox.c.read_at,
        outbox.c.form,
        outbox.c.parts,
        outbox.c.error,
        _first_address.c.channel.label("instead_of"),
        case((_MAY_BE_READ, outbox.c.said)).label("said"),
    )
    .select_from(
        outbox.outerjoin(addresses, addresses.c.id == outbox.c.address_id)
        .outerjoin(tickets, tickets.c.id == outbox.c.ticket_id)
        .outerjoin(appointments, appointments.c.id == outbox.c.appointment_id)
        .outerjoin(_first, _first.c.id == outbox.c.fallback_of)
        .outerjoin(_first_address, _first_address.c.id == _first.c.address_id)
    )
    .where(_IN_SPAN)
    .order_by(_at.desc(), outbox.c.id.desc())
    .limit(bindparam("p_limit"))
)
_BEFORE = tuple_(_at, outbox.c.id) < tuple_(bindparam("p_at", type_=_at.type), bindparam("p_id"))


def _parts(form: str) -> Any:
    return func.coalesce(func.sum(case((outbox.c.form == form, outbox.c.parts), else_=0)), 0)


def _count(what: Any) -> Any:
    return func.coalesce(func.sum(case((what, literal(1)), else_=literal(0))), 0)


_TOTALS = select(
    _parts("sms"),
    _parts("session"),
    _parts("template"),
    _count(_CAME_TO_NOTHING),
    _count(and_(_CAME_TO_NOTHING, not_(exists().where(_another.c.fallback_of == outbox.c.id)))),
).where(_IN_SPAN)


class SqlMessageLog:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self,
        *,
        site_id: int,
        since: datetime,
        until: datetime,
        before: tuple[datetime, int] | None,
        only_problems: bool,
        limit: int,
    ) -> list[MessageView]:
        statement = _PAGE.where(_CAME_TO_NOTHING) if only_problems else _PAGE
        wanted: dict[str, object] = {
            "p_site": site_id,
            "p_since": since,
            "p_until": until,
            "p_limit": limit,
        }
        if before is not None:
            statement = statement.where(_BEFORE)
            wanted |= {"p_at": before[0], "p_id": before[1]}
        return [_view(row) for row in self._connection.execute(statement, wanted)]

    def totals(self, *, site_id: int, since: datetime, until: datetime) -> MessageTotals:
        span = {"p_site": site_id, "p_since": since, "p_until": until}
        return MessageTotals(*self._connection.execute(_TOTALS, span).one())


def _view(row: Sequence[Any]) -> MessageView:
    *seen, said = row
    values: tuple[Any, ...] = (*seen, tuple(said or ()))
    return MessageView(*values)
