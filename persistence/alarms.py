"""Alarms in SQL: one row each, however often it rings."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from domain.ports import Alarm
from persistence.shape import shape
from persistence.tables import alarms
from persistence.upsert import insert

_ROW = shape(Alarm, alarms)
_NEW = insert(alarms)
_RING = _NEW.on_conflict_do_update(
    index_elements=["key"],
    set_={
        "told": _NEW.excluded.told,
        "todo": _NEW.excluded.todo,
        "count": alarms.c.count + 1,
        "last_at": _NEW.excluded.last_at,
    },
)
_RINGING = (
    select(*_ROW.columns)
    .where(alarms.c.last_at >= bindparam("p_since"))
    .order_by(alarms.c.last_at.desc(), alarms.c.key)
)
_END = delete(alarms).where(alarms.c.key == bindparam("p_key"))


class SqlAlarms:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ring(self, key: str, *, told: str, todo: str, now: datetime) -> None:
        values = {"key": key, "told": told, "todo": todo, "count": 1, "first_at": now, "last_at": now}
        self._connection.execute(_RING, values)

    def ringing(self, *, since: datetime) -> list[Alarm]:
        return [_ROW.read(row) for row in self._connection.execute(_RINGING, {"p_since": since})]

    def end(self, key: str) -> None:
        self._connection.execute(_END, {"p_key": key})
