"""Links that bind a printed token to a phone, in SQL: the first address wins by one guarded statement."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from domain.booking import Visit
from domain.ports import TicketLink
from persistence.shape import shape
from persistence.tables import ticket_links
from persistence.upsert import insert

_LINK = shape(TicketLink, ticket_links)

_NEW = insert(ticket_links)
_OFFER = _NEW.on_conflict_do_update(
    index_elements=["visit_id"], set_={"expires_at": _NEW.excluded.expires_at}
).returning(*_LINK.columns)
_VALID = ticket_links.c.expires_at > bindparam("p_now")
_FIND = select(*_LINK.columns).where(ticket_links.c.key == bindparam("p_key"), _VALID)
_OF_VISIT = select(*_LINK.columns).where(ticket_links.c.visit_id == bindparam("p_visit"), _VALID)
_BIND = (
    update(ticket_links)
    .where(
        ticket_links.c.visit_id == bindparam("p_visit"),
        or_(ticket_links.c.address_id.is_(None), ticket_links.c.address_id == bindparam("p_address")),
        _VALID,
    )
    .values(address_id=bindparam("p_address"), bound_at=bindparam("p_now"))
)


class SqlTicketLinks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offer(self, visit: Visit, *, key: str, expires_at: datetime) -> TicketLink:
        values = {
            "key": key,
            "organisation_id": visit.organisation_id,
            "site_id": visit.site_id,
            "visit_id": visit.id,
            "expires_at": expires_at,
        }
        return _LINK.read(self._connection.execute(_OFFER, values).one())

    def find(self, key: str, *, now: datetime) -> TicketLink | None:
        row = self._connection.execute(_FIND, {"p_key": key, "p_now": now}).first()
        return None if row is None else _LINK.read(row)

    def of_visit(self, visit_id: int, *, now: datetime) -> TicketLink | None:
        row = self._connection.execute(_OF_VISIT, {"p_visit": visit_id, "p_now": now}).first()
        return None if row is None else _LINK.read(row)

    def bind(self, visit_id: int, *, address_id: int, now: datetime) -> bool:
        values = {"p_visit": visit_id, "p_address": address_id, "p_now": now}
        return self._connection.execute(_BIND, values).rowcount == 1
