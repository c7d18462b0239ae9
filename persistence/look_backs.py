"""How far incoming messages are known, in SQL: it only ever moves on."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from persistence.tables import look_backs
from persistence.upsert import insert

_OF = look_backs.c.channel == bindparam("p_channel")
_BEGIN = insert(look_backs).on_conflict_do_nothing(index_elements=["channel"])
_SINCE = select(look_backs.c.known_until).where(_OF)
_MOVE = (
    update(look_backs)
    .where(_OF, look_backs.c.known_until < bindparam("p_until"))
    .values(known_until=bindparam("p_until"))
)
_LOOKED = update(look_backs).where(_OF).values(looked_at=bindparam("p_now"))
_LOOKED_AT = select(look_backs.c.looked_at).where(_OF)


class SqlLookBacks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self, channel: str, *, now: datetime) -> datetime:
        self._connection.execute(_BEGIN, {"channel": channel, "known_until": now})
        known: datetime = self._connection.execute(_SINCE, {"p_channel": channel}).scalar_one()
        return known

    def move(self, channel: str, *, until: datetime, now: datetime) -> None:
        self._connection.execute(_MOVE, {"p_channel": channel, "p_until": until})
        self._connection.execute(_LOOKED, {"p_channel": channel, "p_now": now})

    def looked_at(self, channel: str) -> datetime | None:
        return self._connection.execute(_LOOKED_AT, {"p_channel": channel}).scalar()
