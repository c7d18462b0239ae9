"""Signs of life of background processes, in SQL."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from persistence.tables import heartbeats
from persistence.upsert import insert

_NEW = insert(heartbeats)
_BEAT = _NEW.on_conflict_do_update(index_elements=["process"], set_={"at": _NEW.excluded.at})


class SqlHeartbeats:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, process: str, *, now: datetime) -> None:
        self._connection.execute(_BEAT, {"process": process, "at": now})

    def last(self) -> Mapping[str, datetime]:
        return {row.process: row.at for row in self._connection.execute(select(heartbeats))}
