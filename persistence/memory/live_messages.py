"""Messages that are kept up to date, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from domain.ids import AddressId
from domain.ports import LiveMessage
from domain.queue import IN_LINE, LIVE, RUNNING, Ticket, in_order
from persistence.after_commit import AfterCommit
from persistence.memory.state import State, StoredLive

_LATEST_EVENTS = 16
_UNSENT = ("due", "later", "sending")


class MemoryLiveMessages:
    def __init__(self, state: State, after: AfterCommit) -> None:
        self._state = state
        self._after = after

    def show_anew(self, ticket: Ticket, *, address_id: int, now: datetime) -> None:
        address = AddressId(address_id)
        before = self._state.live.get(ticket.id)
        outdated_id = None
        if before is not None and before.address_id == address:
            outdated_id = before.provider_id or before.outdated_id
        self._state.live[ticket.id] = StoredLive(
            ticket.id,
            ticket.queue_id,
            address,
            outdated_id=outdated_id,
            shown_at=None if before is None else before.shown_at,
            looked_at=None if before is None else before.looked_at,
            due_at=now,
        )
        self._after.live.append(ticket.id)

    def refresh(self, ticket_id: int, *, now: datetime) -> None:
        if ticket_id in self._state.live:
            self._change(ticket_id, due_at=now, shown=None, ahead=0)
        self._after.live.append(ticket_id)

    def marks(self) -> Mapping[int, int]:
        watched = {queue.id for queue in self._state.queues.values() if queue.state in RUNNING}
        watched |= {row.queue_id for row in self._state.live.values() if row.state == "live"}
        return {queue_id: self._mark(queue_id) for queue_id in watched}

    def follow(self, queue_id: int, *, channels: Collection[str], now: datetime) -> int:
        if self._state.queues[queue_id].state not in RUNNING:
            return 0
        lacking = [
            (ticket, ticket.address_id)
            for ticket in self._state.tickets.values()
            if ticket.queue_id == queue_id and ticket.state in LIVE and ticket.id not in self._state.live
        ]
        made = [
            StoredLive(ticket.id, ticket.queue_id, address_id, due_at=now)
            for ticket, address_id in lacking
            if address_id is not None and self._is_reached(address_id, channels=channels)
        ]
        self._state.live |= {row.ticket_id: row for row in made}
        return len(made)

    def queue_moved(self, queue_id: int, *, now: datetime) -> int:
        line = in_order(
            t for t in self._state.tickets.values() if t.queue_id == queue_id and t.state in IN_LINE
        )
        ahead = {ticket.id: place for place, ticket in enumerate(line)}
        wanted = [row for row in self._state.live.values() if row.queue_id == queue_id and self._follows(row)]
        for row in wanted:
            self._change(row.ticket_id, due_at=row.due_at or now, ahead=ahead.get(row.ticket_id, 0))
        return len(wanted)

    def time_passed(self, *, looked_before: datetime, now: datetime) -> int:
        resting = [
            row
            for row in self._state.live.values()
            if (row.state, row.due_at, row.lease_until) == ("live", None, None)
            and self._state.queues[row.queue_id].state in RUNNING
        ]
        old = [row for row in resting if row.looked_at is not None and row.looked_at < looked_before]
        for row in old:
            self._change(row.ticket_id, due_at=now)
        return len(old)

    def due_since(self, *, now: datetime, shown_before: datetime) -> datetime | None:
        waits = [row.due_at or row.lease_until for row in self._claimable(now=now, shown_before=shown_before)]
        return min((since for since in waits if since is not None), default=None)

    def claim(
        self, *, now: datetime, lease_until: datetime, shown_before: datetime, limit: int
    ) -> list[LiveMessage]:
        claimable = self._claimable(now=now, shown_before=shown_before)
        nearest = sorted(claimable, key=lambda row: (row.ahead, row.ticket_id))[:limit]
        for row in nearest:
            self._change(row.ticket_id, due_at=None, lease_until=lease_until, looked_at=now)
        return [_claimed(self._state.live[row.ticket_id]) for row in nearest]

    def record_shown(
        self, claimed: LiveMessage, *, provider_id: str, shown: str, ended: bool, now: datetime
    ) -> None:
        row = self._state.live[claimed.ticket_id]
        if row.lease_until == claimed.lease_until:
            self._change(
                claimed.ticket_id,
                state="ended" if ended else "live",
                provider_id=provider_id,
                outdated_id=None,
                shown=shown,
                shown_at=now,
                lease_until=None,
                attempts=0,
            )
        elif row.provider_id is None:
            self._change(claimed.ticket_id, outdated_id=provider_id)

    def record_unchanged(self, claimed: Sequence[LiveMessage]) -> None:
        for message in claimed:
            self._give_back(message)

    def record_later(self, claimed: LiveMessage, *, due_at: datetime, failed: bool) -> None:
        self._give_back(claimed, due_at=due_at, attempts=claimed.attempts + failed)

    def give_up(self, claimed: LiveMessage) -> None:
        self._give_back(claimed, state="given_up", due_at=None)

    def _mark(self, queue_id: int) -> int:
        ids = [event_id for event_id, r in self._state.events.items() if r.event.queue_id == queue_id]
        return sum(sorted(ids)[-_LATEST_EVENTS:])

    def _follows(self, row: StoredLive) -> bool:
        lives = self._state.tickets[row.ticket_id].state in LIVE
        if row.state == "live":
            return not lives or self._is_reached(row.address_id)
        return row.state == "ended" and lives and self._is_reached(row.address_id)

    def _is_reached(self, address_id: int, *, channels: Collection[str] | None = None) -> bool:
        address = self._state.addresses[address_id]
        is_wanted = channels is None or address.channel in channels
        return is_wanted and address.stopped_at is None and address.blocked_at is None

    def _claimable(self, *, now: datetime, shown_before: datetime) -> list[StoredLive]:
        return [
            row
            for row in self._state.live.values()
            if _is_free(row, now=now)
            and (row.provider_id is None or row.shown_at is None or row.shown_at <= shown_before)
            and not self._waits_for_words(row.address_id, now=now)
        ]

    def _waits_for_words(self, address_id: int, *, now: datetime) -> bool:
        return any(
            row.notice.address_id == address_id and row.state in _UNSENT and row.due_at <= now
            for row in self._state.outbox.values()
            if row.notice.not_after > now
        )

    def _give_back(self, claimed: LiveMessage, **changes: Any) -> None:
        if self._state.live[claimed.ticket_id].lease_until == claimed.lease_until:
            self._change(claimed.ticket_id, lease_until=None, **changes)

    def _change(self, ticket_id: int, **changes: Any) -> None:
        self._state.live[ticket_id] = replace(self._state.live[ticket_id], **changes)


def _is_free(row: StoredLive, *, now: datetime) -> bool:
    if row.lease_until is not None:
        return row.lease_until <= now
    return row.due_at is not None and row.due_at <= now


def _claimed(row: StoredLive) -> LiveMessage:
    return LiveMessage(**{f.name: getattr(row, f.name) for f in fields(LiveMessage)})
