"""The outbox in memory."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.ids import AddressId, OutboxId
from domain.notices import ANSWERS, VALID_FOR, WORDS_OF_THE_LINE, Lane, Notice, NoticeKind
from domain.ports import NO_HINT_COMES, OutboxRow, Sent
from persistence.after_commit import AfterCommit
from persistence.memory.state import State, StoredOutbox, as_json

_ABOUT_THE_LINE = (NoticeKind.NEAR, NoticeKind.CALLED)
_WAITING = ("due", "later")
_UNSENT = (*_WAITING, "sending")
_ARRIVED = ("delivered", "read")
_SENT = ("sent", *_ARRIVED)


class MemoryOutbox:
    def __init__(self, state: State, after: AfterCommit) -> None:
        self._state = state
        self._after = after

    def add(self, notices: Sequence[Notice]) -> list[OutboxId]:
        added = []
        for notice in notices:
            if notice.dedupe_key in self._state.dedupe_keys or self._has_fallback(notice.fallback_of):
                continue
            outbox_id = OutboxId(next(self._state.ids))
            self._state.dedupe_keys[notice.dedupe_key] = outbox_id
            stored = replace(notice, data=as_json(notice.data))
            self._state.outbox[outbox_id] = StoredOutbox(outbox_id, stored, due_at=notice.due_at)
            self._hint(self._state.outbox[outbox_id])
            added.append(outbox_id)
        return added

    def claim(self, outbox_ids: Collection[int], *, now: datetime, lease_until: datetime) -> list[OutboxRow]:
        wanted = [row for row in self._rows() if row.id in outbox_ids]
        free = [row for row in wanted if _is_free(row, now=now) and not self._is_behind_another(row, now=now)]
        for row in free:
            self._change(
                row.id,
                state="sending",
                lease_until=lease_until,
                attempts=row.attempts + 1,
                unclear=row.unclear + (row.state == "sending"),
                first_tried_at=row.first_tried_at or now,
            )
        return [_as_known(self._state.outbox[row.id]) for row in free]

    def row(self, outbox_id: int) -> OutboxRow | None:
        row = self._state.outbox.get(OutboxId(outbox_id))
        return None if row is None else _as_known(row)

    def lock(self, outbox_id: int) -> OutboxRow | None:
        return self.row(outbox_id)

    def still_due(self, outbox_ids: Collection[int], *, now: datetime) -> list[OutboxId]:
        return [OutboxId(row.id) for row in self._rows() if row.id in outbox_ids and _is_free(row, now=now)]

    def record_sent(
        self,
        outbox_id: int,
        *,
        sent: Sent,
        said: Sequence[str],
        now: datetime,
        confirm_by: datetime | None = None,
    ) -> None:
        row = self._state.outbox[outbox_id]
        has_arrived = row.state in _ARRIVED
        self._record(
            outbox_id,
            now=now,
            state=row.state if has_arrived else "sent",
            error=None,
            sent_at=row.sent_at if has_arrived else now,
            provider_id=sent.provider_id,
            said=tuple(said),
            form=sent.form or None,
            parts=sent.parts + (row.parts if row.form == sent.form else 0),
            confirm_by=confirm_by,
        )

    def record_arrived(self, outbox_id: int, *, provider_id: str, is_read: bool, now: datetime) -> None:
        row = self._state.outbox[outbox_id]
        if row.state != "read":
            self._record(
                outbox_id,
                now=now,
                state="read" if is_read else "delivered",
                error=None,
                confirm_by=None,
                provider_id=row.provider_id or provider_id,
                sent_at=row.sent_at or now,
                delivered_at=row.delivered_at or now,
                read_at=now if is_read else None,
            )
        for other in self._rows():
            if other.notice.fallback_of == outbox_id and other.state in _WAITING:
                self._change(other.id, state="suppressed", error="reached")

    def record_later(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        if self._state.outbox[outbox_id].state in _UNSENT:
            hinted_at = due_at - NO_HINT_COMES
            self._change(
                outbox_id, state="later", due_at=due_at, error=error, lease_until=None, hinted_at=hinted_at
            )

    def record_throttled(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        row = self._state.outbox[outbox_id]
        if row.state in _UNSENT:
            self.record_later(outbox_id, due_at=due_at, error=error)
            self._change(outbox_id, attempts=row.attempts - 1)

    def record_unclear(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        row = self._state.outbox[outbox_id]
        if row.state in _UNSENT:
            self.record_later(outbox_id, due_at=due_at, error=error)
            self._change(outbox_id, unclear=row.unclear + 1)

    def record_absent(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        row = self._state.outbox[outbox_id]
        if row.state in _UNSENT:
            self.record_later(outbox_id, due_at=due_at, error=error)
            self._change(outbox_id, absent=row.absent + 1)

    def record_closed(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        if self._state.outbox[outbox_id].state in _UNSENT:
            self.record_later(outbox_id, due_at=due_at, error=error)
            self._change(outbox_id, as_template=True)

    def claim_unconfirmed(self, *, now: datetime, lease_until: datetime, limit: int) -> list[OutboxRow]:
        waiting = [(row.confirm_by, row.id) for row in self._rows() if row.state == "sent" and row.confirm_by]
        first = [row_id for at, row_id in sorted(waiting) if at <= now][:limit]
        for row_id in first:
            self._change(row_id, confirm_by=lease_until)
        return [_as_known(self._state.outbox[row_id]) for row_id in first]

    def ask_again(self, outbox_id: int, *, provider_id: str | None, at: datetime | None) -> None:
        row = self._state.outbox[outbox_id]
        if (row.state, row.provider_id) == ("sent", provider_id):
            self._change(outbox_id, confirm_by=at)

    def reopen(self, outbox_id: int, *, provider_id: str | None) -> bool:
        row = self._state.outbox[outbox_id]
        is_sent = (row.state, row.provider_id) == ("sent", provider_id)
        if is_sent:
            self._change(outbox_id, state="sending", confirm_by=None)
        return is_sent

    def record_failed(self, outbox_id: int, *, error: str, now: datetime) -> None:
        self._end(outbox_id, now=now, state="failed", error=error)

    def record_suppressed(self, outbox_id: int, *, reason: str, now: datetime) -> None:
        self._end(outbox_id, now=now, state="suppressed", error=reason)

    def expire(self, *, now: datetime, limit: int) -> int:
        stale = [row for row in self._rows() if _is_stale(row, now=now)]
        expired = sorted(stale, key=lambda row: row.due_at)[:limit]
        for row in expired:
            self._change(row.id, state="expired", lease_until=None)
        return len(expired)

    def due(self, *, now: datetime, hinted_before: datetime, limit: int) -> list[tuple[OutboxId, Lane]]:
        free = [row for row in self._rows() if _is_free(row, now=now)]
        unhinted = [row for row in free if (row.hinted_at or row.due_at) <= hinted_before]
        first = sorted(unhinted, key=lambda row: (row.due_at, row.id))[:limit]
        return [(OutboxId(row.id), row.notice.lane) for row in first]

    def mark_hinted(self, outbox_ids: Collection[int], *, now: datetime) -> None:
        for outbox_id in outbox_ids:
            self._change(outbox_id, hinted_at=now)

    def withdraw(self, *, ticket_ids: Collection[int], since: datetime, now: datetime) -> None:
        for row in self._about(ticket_ids, since=since):
            if row.state in _WAITING:
                self._change(row.id, state="suppressed", error=f"withdrawn at {now.isoformat()}")

    def outdate(self, address_id: int, *, keep: int, now: datetime) -> int:
        answers = [
            row
            for row in self._rows()
            if row.notice.address_id == address_id
            and row.notice.kind is NoticeKind.REPLY
            and row.state in _UNSENT
        ]
        outdated = [row for row in answers[: max(0, len(answers) - keep)] if row.state in _WAITING]
        for row in outdated:
            self._change(row.id, state="suppressed", error="outdated")
        if outdated:
            self._hint_next(address_id, after=0, now=now)
        return len(outdated)

    def told(self, *, ticket_ids: Collection[int], since: datetime) -> Mapping[int, Mapping[AddressId, str]]:
        told: dict[int, dict[AddressId, str]] = defaultdict(dict)
        for row in self._about(ticket_ids, since=since):
            may_have_arrived = row.state in ("sending", *_SENT) or row.unclear > 0
            if row.notice.ticket_id is not None and may_have_arrived:
                told[row.notice.ticket_id][row.notice.address_id] = row.notice.kind.value
        return dict(told)

    def provider_id(self, outbox_id: int) -> str | None:
        row = self._state.outbox.get(OutboxId(outbox_id))
        return None if row is None else row.provider_id

    def latest_word(self, *, ticket_id: int, address_id: int) -> str | None:
        words = [
            row.provider_id
            for row in self._rows()
            if (row.notice.ticket_id, row.notice.address_id) == (ticket_id, address_id)
            and row.notice.kind in WORDS_OF_THE_LINE
            and row.provider_id is not None
        ]
        return words[-1] if words else None

    def _rows(self) -> list[StoredOutbox]:
        return [row for _, row in sorted(self._state.outbox.items())]

    def _about(self, ticket_ids: Collection[int], *, since: datetime) -> list[StoredOutbox]:
        """The alerts of these tickets made since then."""
        rows = [row for row in self._rows() if row.notice.kind in _ABOUT_THE_LINE]
        made_since = [row for row in rows if row.notice.not_after >= since + VALID_FOR[row.notice.kind]]
        return [row for row in made_since if row.notice.ticket_id in ticket_ids]

    def _has_fallback(self, outbox_id: int | None) -> bool:
        return outbox_id is not None and any(row.notice.fallback_of == outbox_id for row in self._rows())

    def _is_behind_another(self, row: StoredOutbox, *, now: datetime) -> bool:
        older = [o for o in self._rows() if o.id < row.id and o.notice.address_id == row.notice.address_id]
        return any(
            _holds_back(o, row, now=now) for o in older if o.state in _UNSENT and o.notice.not_after > now
        )

    def _end(self, outbox_id: int, *, now: datetime, state: str, error: str) -> None:
        if self._state.outbox[outbox_id].state not in _ARRIVED:
            self._record(outbox_id, now=now, state=state, error=error)

    def _record(self, outbox_id: int, *, now: datetime, **changes: Any) -> None:
        self._change(outbox_id, lease_until=None, **changes)
        self._hint_next(self._state.outbox[outbox_id].notice.address_id, after=outbox_id, now=now)

    def _hint_next(self, address_id: int, *, after: int, now: datetime) -> None:
        for row in self._rows():
            follows = row.id > after and row.notice.address_id == address_id
            if follows and row.state in _UNSENT and row.due_at <= now:
                self._hint(row)
                break

    def _change(self, outbox_id: int, **changes: Any) -> None:
        self._state.outbox[outbox_id] = replace(self._state.outbox[outbox_id], **changes)

    def _hint(self, row: StoredOutbox) -> None:
        self._after.outbox.append((OutboxId(row.id), row.notice.lane, row.due_at))


def _as_known(row: StoredOutbox) -> OutboxRow:
    return OutboxRow(
        id=OutboxId(row.id),
        notice=replace(row.notice, due_at=row.due_at),
        attempts=row.attempts,
        unclear=row.unclear,
        first_tried_at=row.first_tried_at,
        as_template=row.as_template,
        absent=row.absent,
        state=row.state,
        provider_id=row.provider_id,
    )


def _is_free(row: StoredOutbox, *, now: datetime) -> bool:
    if row.state == "sending":
        return row.lease_until is not None and row.lease_until <= now < row.notice.not_after
    return row.state in _WAITING and row.due_at <= now < row.notice.not_after


def _holds_back(older: StoredOutbox, row: StoredOutbox, *, now: datetime) -> bool:
    """Whether an unsent row keeps a later one to the same address waiting."""
    if older.notice.kind in ANSWERS:
        return older.due_at <= now or row.notice.kind in ANSWERS
    in_flight = older.lease_until is not None and older.lease_until > now
    return in_flight and {older.notice.kind, row.notice.kind} <= set(WORDS_OF_THE_LINE)


def _is_stale(row: StoredOutbox, *, now: datetime) -> bool:
    abandoned = row.state == "sending" and row.lease_until is not None and row.lease_until <= now
    return row.notice.not_after <= now and (row.state in _WAITING or abandoned)
