"""The inbox in SQL: a message is stored once, whatever its provider repeats."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, func, select, update

from domain.ids import InboxId
from domain.ports import InboxRow
from persistence.after_commit import AfterCommit
from persistence.shape import shape
from persistence.tables import inbox
from persistence.upsert import insert

_ROW = shape(InboxRow, inbox)

_ADD = insert(inbox).on_conflict_do_nothing(index_elements=["channel", "provider_id"]).returning(inbox.c.id)
_A_PILE = 500  # ids in one statement
_KNOWN = select(inbox.c.provider_id).where(
    inbox.c.channel == bindparam("p_channel"), inbox.c.provider_id.in_(bindparam("p_ids", expanding=True))
)
_WAITING = inbox.c.processed_at.is_(None)
_OLDEST = (
    select(*_ROW.columns)
    .where(inbox.c.channel == bindparam("p_channel"), inbox.c.handle == bindparam("p_handle"), _WAITING)
    .order_by(inbox.c.id)
    .limit(bindparam("p_limit"))
)
_MARK_PROCESSED = (
    update(inbox)
    .where(inbox.c.id == bindparam("p_id"), _WAITING)
    .values(processed_at=bindparam("p_now"), error=func.coalesce(bindparam("p_error"), inbox.c.error))
)
_COUNT_ATTEMPT = (
    update(inbox)
    .where(inbox.c.id == bindparam("p_id"))
    .values(
        attempts=inbox.c.attempts + 1,
        error=bindparam("p_error"),
        due_at=bindparam("p_due"),
        hinted_at=None,
    )
)
_OLDER = inbox.alias("older")
_OLDER_IS_RESTING = exists().where(
    _OLDER.c.channel == inbox.c.channel,
    _OLDER.c.handle == inbox.c.handle,
    _OLDER.c.processed_at.is_(None),
    _OLDER.c.id < inbox.c.id,
    _OLDER.c.due_at > bindparam("p_now"),
)
# A commit hints without writing that it did, so an unmarked row counts as hinted when it fell due.
_DUE = (
    select(inbox.c.channel, inbox.c.handle)
    .where(
        _WAITING,
        inbox.c.channel.in_(bindparam("p_channels", expanding=True)),
        inbox.c.due_at <= bindparam("p_now"),
        func.coalesce(inbox.c.hinted_at, inbox.c.due_at) <= bindparam("p_hinted_before"),
        ~_OLDER_IS_RESTING,
    )
    .group_by(inbox.c.channel, inbox.c.handle)
    .order_by(func.min(inbox.c.id))
)
_MARK_HINTED = (
    update(inbox)
    .where(and_(inbox.c.channel == bindparam("p_channel"), inbox.c.handle == bindparam("p_handle")), _WAITING)
    .values(hinted_at=bindparam("p_now"))
)


class SqlInbox:
    def __init__(self, connection: Connection, after: AfterCommit) -> None:
        self._connection = connection
        self._after = after

    def add(
        self, *, channel: str, handle: str, provider_id: str, payload: Mapping[str, object], now: datetime
    ) -> InboxId | None:
        values = {
            "channel": channel,
            "handle": handle,
            "provider_id": provider_id,
            "payload": dict(payload),
            "received_at": now,
            "due_at": now,
        }
        inbox_id = self._connection.execute(_ADD, values).scalar()
        if inbox_id is None:
            return None
        self._after.senders.append((channel, handle))
        return InboxId(inbox_id)

    def unknown(self, provider_ids: Collection[str], *, channel: str) -> set[str]:
        asked = sorted(provider_ids)
        piles = (asked[start : start + _A_PILE] for start in range(0, len(asked), _A_PILE))
        known = (self._connection.scalars(_KNOWN, {"p_channel": channel, "p_ids": pile}) for pile in piles)
        return set(asked).difference(*known)

    def waiting(self, *, channel: str, handle: str, limit: int) -> list[InboxRow]:
        wanted = {"p_channel": channel, "p_handle": handle, "p_limit": limit}
        return [_ROW.read(row) for row in self._connection.execute(_OLDEST, wanted)]

    def mark_processed(self, inbox_id: int, *, now: datetime, error: str | None = None) -> bool:
        values = {"p_id": inbox_id, "p_now": now, "p_error": error}
        return self._connection.execute(_MARK_PROCESSED, values).rowcount == 1

    def count_attempt(self, inbox_id: int, *, error: str, due_at: datetime) -> None:
        self._connection.execute(_COUNT_ATTEMPT, {"p_id": inbox_id, "p_error": error, "p_due": due_at})

    def due(
        self, *, channels: Collection[str], now: datetime, hinted_before: datetime, limit: int
    ) -> list[tuple[str, str]]:
        wanted = {"p_channels": [*channels], "p_now": now, "p_hinted_before": hinted_before}
        return [(channel, handle) for channel, handle in self._connection.execute(_DUE.limit(limit), wanted)]

    def mark_hinted(self, senders: Collection[tuple[str, str]], *, now: datetime) -> None:
        if senders:
            self._connection.execute(
                _MARK_HINTED, [{"p_channel": c, "p_handle": h, "p_now": now} for c, h in sorted(senders)]
            )
