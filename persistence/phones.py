"""The screens of simulated phones in SQL. A constraint refuses any channel that is a real one."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from domain.ports import PhoneMessage
from persistence.after_commit import AfterCommit
from persistence.shape import shape
from persistence.tables import phone_messages

_MESSAGE = shape(PhoneMessage, phone_messages)
_ADD = insert(phone_messages).returning(phone_messages.c.id)


class SqlPhones:
    def __init__(self, connection: Connection, after: AfterCommit) -> None:
        self._connection = connection
        self._after = after

    def show(
        self, *, channel: str, handle: str, payload: Mapping[str, object], mine: bool, now: datetime
    ) -> int:
        values = {"channel": channel, "handle": handle, "payload": dict(payload), "mine": mine, "at": now}
        message_id: int = self._connection.execute(_ADD, values).scalar_one()
        self._after.phones.append((channel, handle))
        return message_id

    def edit(self, message_id: int, *, channel: str, handle: str, payload: Mapping[str, object]) -> bool:
        theirs = (
            phone_messages.c.id == message_id,
            phone_messages.c.channel == channel,
            phone_messages.c.handle == handle,
            phone_messages.c.mine.is_(False),
        )
        edited = update(phone_messages).where(*theirs).values(payload=dict(payload), edited=True)
        if self._connection.execute(edited).rowcount != 1:
            return False
        self._after.phones.append((channel, handle))
        return True

    def remove(self, message_id: int, *, channel: str, handle: str) -> bool:
        theirs = (
            phone_messages.c.id == message_id,
            phone_messages.c.channel == channel,
            phone_messages.c.handle == handle,
            phone_messages.c.mine.is_(False),
        )
        if self._connection.execute(delete(phone_messages).where(*theirs)).rowcount != 1:
            return False
        self._after.phones.append((channel, handle))
        return True

    def screen(self, *, channel: str, handle: str, limit: int) -> list[PhoneMessage]:
        latest = (
            select(*_MESSAGE.columns)
            .where(phone_messages.c.channel == channel, phone_messages.c.handle == handle)
            .order_by(phone_messages.c.id.desc())
            .limit(limit)
        )
        return [_MESSAGE.read(row) for row in self._connection.execute(latest)][::-1]

    def phones(self) -> list[tuple[str, str]]:
        used = select(phone_messages.c.channel, phone_messages.c.handle).distinct()
        rows = self._connection.execute(used.order_by(phone_messages.c.channel, phone_messages.c.handle))
        return [(channel, handle) for channel, handle in rows]
