"""The inbox in memory."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from domain.ids import InboxId
from domain.ports import InboxRow
from persistence.after_commit import AfterCommit
from persistence.memory.state import State, StoredInbox, as_json


class MemoryInbox:
    def __init__(self, state: State, after: AfterCommit) -> None:
        self._state = state
        self._after = after

    def add(
        self, *, channel: str, handle: str, provider_id: str, payload: Mapping[str, object], now: datetime
    ) -> InboxId | None:
        stored = (s.row for s in self._state.inbox.values())
        if any((row.channel, row.provider_id) == (channel, provider_id) for row in stored):
            return None
        inbox_id = InboxId(next(self._state.ids))
        row = InboxRow(inbox_id, channel, handle, provider_id, as_json(payload), now, attempts=0)
        self._state.inbox[inbox_id] = StoredInbox(row, due_at=now)
        self._after.senders.append((channel, handle))
        return inbox_id

    def unknown(self, provider_ids: Collection[str], *, channel: str) -> set[str]:
        known = {s.row.provider_id for s in self._state.inbox.values() if s.row.channel == channel}
        return {*provider_ids} - known

    def waiting(self, *, channel: str, handle: str, limit: int) -> list[InboxRow]:
        return [stored.row for stored in self._waiting().get((channel, handle), [])[:limit]]

    def mark_processed(self, inbox_id: int, *, now: datetime, error: str | None = None) -> bool:
        stored = self._state.inbox.get(inbox_id)
        if stored is None or stored.processed_at is not None:
            return False
        self._state.inbox[inbox_id] = replace(stored, processed_at=now, error=error or stored.error)
        return True

    def count_attempt(self, inbox_id: int, *, error: str, due_at: datetime) -> None:
        stored = self._state.inbox[inbox_id]
        row = replace(stored.row, attempts=stored.row.attempts + 1)
        self._state.inbox[inbox_id] = replace(stored, row=row, error=error, due_at=due_at, hinted_at=None)

    def due(
        self, *, channels: Collection[str], now: datetime, hinted_before: datetime, limit: int
    ) -> list[tuple[str, str]]:
        oldest_due: dict[tuple[str, str], int] = {}
        for sender, waiting in self._waiting().items():
            for stored in waiting:
                if sender[0] not in channels or stored.due_at > now:
                    break  # the younger ones wait for it
                if (stored.hinted_at or stored.due_at) <= hinted_before:
                    oldest_due.setdefault(sender, stored.row.id)
        return sorted(oldest_due, key=lambda sender: oldest_due[sender])[:limit]

    def mark_hinted(self, senders: Collection[tuple[str, str]], *, now: datetime) -> None:
        for sender in senders:
            for stored in self._waiting().get(sender, []):
                self._state.inbox[stored.row.id] = replace(stored, hinted_at=now)

    def _waiting(self) -> dict[tuple[str, str], list[StoredInbox]]:
        """The unprocessed messages of each sender, oldest first."""
        waiting: dict[tuple[str, str], list[StoredInbox]] = {}
        for _, stored in sorted(self._state.inbox.items()):
            if stored.processed_at is None:
                waiting.setdefault((stored.row.channel, stored.row.handle), []).append(stored)
        return waiting
