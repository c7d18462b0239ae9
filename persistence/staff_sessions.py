"""Staff's sessions and failed log-ins in SQL. Only hashes of what browsers hold are ever stored."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from domain.ports import LoggedIn, StaffSession
from persistence.people import MEMBERSHIP, USER, membership_of
from persistence.tables import login_failures, memberships, staff_sessions, users

# One statement, since every request of staff begins with it.
_FIND = (
    select(*USER.columns, *MEMBERSHIP)
    .select_from(
        staff_sessions.join(users, users.c.id == staff_sessions.c.user_id).join(
            memberships, memberships.c.user_id == users.c.id
        )
    )
    .where(
        staff_sessions.c.token_hash == bindparam("p_token_hash"),
        staff_sessions.c.expires_at > bindparam("p_now"),
    )
    .order_by(memberships.c.id)
)


class SqlStaffSessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: StaffSession) -> None:
        self._connection.execute(insert(staff_sessions), asdict(session))

    def find(self, token_hash: str, *, now: datetime) -> LoggedIn | None:
        rows = self._connection.execute(_FIND, {"p_token_hash": token_hash, "p_now": now}).all()
        if not rows:
            return None
        works = tuple(membership_of(row[len(USER.columns) :]) for row in rows)
        return LoggedIn(user=USER.read(rows[0]), memberships=works)

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
