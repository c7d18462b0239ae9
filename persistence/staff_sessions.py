"""Staff's sessions and failed log-ins in SQL. Only hashes of what browsers hold are ever stored."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from domain.ports import StaffSession
from persistence.shape import shape
from persistence.tables import login_failures, staff_sessions

_SESSION = shape(StaffSession, staff_sessions)


class SqlStaffSessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: StaffSession) -> None:
        self._connection.execute(insert(staff_sessions), asdict(session))

    def find(self, token_hash: str, *, now: datetime) -> StaffSession | None:
        wanted = select(*_SESSION.columns).where(
            staff_sessions.c.token_hash == token_hash, staff_sessions.c.expires_at > now
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else _SESSION.read(row)

    def end(self, token_hash: str) -> None:
        self._connection.execute(delete(staff_sessions).where(staff_sessions.c.token_hash == token_hash))

    def end_all(self, user_id: int) -> None:
        self._connection.execute(delete(staff_sessions).where(staff_sessions.c.user_id == user_id))

    def count_failure(self, key: str, *, now: datetime) -> None:
        self._connection.execute(insert(login_failures), {"key": key, "at": now})

    def failures(self, key: str, *, since: datetime) -> int:
        counted = select(func.count()).where(login_failures.c.key == key, login_failures.c.at >= since)
        return self._connection.execute(counted).scalar_one()

    def forget_failures(self, key: str) -> None:
        self._connection.execute(delete(login_failures).where(login_failures.c.key == key))
