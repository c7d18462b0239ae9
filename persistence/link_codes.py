"""Codes that join addresses, in SQL: tries and use are guarded statements, so that guesses at once count one by one."""

from datetime import datetime

from sqlalchemy import Connection, Integer, and_, bindparam, func, or_, select, update
from sqlalchemy import cast as sql_cast

from domain.ids import LinkCodeId
from domain.ports import LinkCode
from persistence.shape import shape
from persistence.tables import BigId, link_codes
from persistence.upsert import insert

_CODE = shape(LinkCode, link_codes)

_CODES = 0x636F6465  # "code": what these advisory locks are about

_BY_ID = link_codes.c.id == bindparam("p_id")
_LIVE = and_(link_codes.c.used_at.is_(None), link_codes.c.expires_at > bindparam("p_now"))
_OF_ADDRESS = link_codes.c.address_id == bindparam("p_address")
_OF_TARGET = link_codes.c.target_id == bindparam("p_target")

# Who asks is alone already, by the lock of their conversation; many may ask of one target. Not the target's row: it
# is held by the target's own message, which may be asking for a code of ours at this moment.
_LOCK_TARGET = select(
    func.pg_advisory_xact_lock(_CODES, sql_cast(bindparam("p_target", type_=BigId) % 2**31, Integer))
)
_ASKED = select(
    func.count().filter(_OF_ADDRESS).label("by"), func.count().filter(_OF_TARGET).label("of")
).where(or_(_OF_ADDRESS, _OF_TARGET), link_codes.c.created_at > bindparam("p_since"))
_END = update(link_codes).where(_OF_ADDRESS, _LIVE).values(expires_at=bindparam("p_now"))
_ADD = insert(link_codes).returning(link_codes.c.id)
_KEEP_HASH = update(link_codes).where(_BY_ID, _LIVE).values(code_hash=bindparam("p_hash"))
_LIVE_OF = select(*_CODE.columns).where(_OF_ADDRESS, _LIVE).order_by(link_codes.c.id.desc()).limit(1)
_COUNT_TRY = (
    update(link_codes)
    .where(_BY_ID, _LIVE, link_codes.c.tries < bindparam("p_most"))
    .values(tries=link_codes.c.tries + 1)
    .returning(*_CODE.columns)
)
_USE = update(link_codes).where(_BY_ID, _LIVE).values(used_at=bindparam("p_now"))


class SqlLinkCodes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        address_id: int,
        target_id: int,
        most: int,
        since: datetime,
        now: datetime,
        expires_at: datetime,
    ) -> LinkCodeId | None:
        place = {"p_address": address_id, "p_target": target_id}
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer at a time
            self._connection.execute(_LOCK_TARGET, {"p_target": target_id})
        asked = self._connection.execute(_ASKED, place | {"p_since": since}).one()
        if max(asked.by, asked.of) >= most:
            return None
        self._connection.execute(_END, {"p_address": address_id, "p_now": now})
        values = {
            "address_id": address_id,
            "target_id": target_id,
            "created_at": now,
            "expires_at": expires_at,
        }
        return LinkCodeId(self._connection.execute(_ADD, values).scalar_one())

    def keep_hash(self, code_id: int, code_hash: str, *, now: datetime) -> bool:
        values = {"p_id": code_id, "p_hash": code_hash, "p_now": now}
        return self._connection.execute(_KEEP_HASH, values).rowcount == 1

    def live(self, address_id: int, *, now: datetime) -> LinkCode | None:
        row = self._connection.execute(_LIVE_OF, {"p_address": address_id, "p_now": now}).first()
        return None if row is None else _CODE.read(row)

    def count_try(self, code_id: int, *, most: int, now: datetime) -> LinkCode | None:
        values = {"p_id": code_id, "p_most": most, "p_now": now}
        row = self._connection.execute(_COUNT_TRY, values).first()
        return None if row is None else _CODE.read(row)

    def use(self, code_id: int, *, now: datetime) -> bool:
        return self._connection.execute(_USE, {"p_id": code_id, "p_now": now}).rowcount == 1
