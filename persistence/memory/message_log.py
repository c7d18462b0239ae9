"""The message log in memory."""

from datetime import datetime

from domain.notices import SECRET_KINDS, NoticeKind
from domain.views import MessageTotals, MessageView
from persistence.memory.state import State, StoredOutbox

_NOT_REACHED = ("failed", "expired")
_NOT_WANTED = ("stopped", "blocked")


class MemoryMessageLog:
    def __init__(self, state: State) -> None:
        self._state = state

    def page(
        self,
        *,
        site_id: int,
        since: datetime,
        until: datetime,
        before: tuple[datetime, int] | None,
        only_problems: bool,
        limit: int,
    ) -> list[MessageView]:
        rows = [row for row in self._span(site_id, since, until) if not only_problems or _is_problem(row)]
        left = [row for row in rows if before is None or _place(row) < before]
        return [self._view(row) for row in sorted(left, key=_place, reverse=True)[:limit]]

    def totals(self, *, site_id: int, since: datetime, until: datetime) -> MessageTotals:
        rows = self._span(site_id, since, until)
        problems = [row for row in rows if _is_problem(row)]
        went_on = {row.notice.fallback_of for row in self._state.outbox.values()}
        return MessageTotals(
            segments=sum(row.parts for row in rows if row.form == "sms"),
            session=sum(row.parts for row in rows if row.form == "session"),
            templates=sum(row.parts for row in rows if row.form == "template"),
            failed=len(problems),
            unreached=sum(row.id not in went_on for row in problems),
        )

    def _span(self, site_id: int, since: datetime, until: datetime) -> list[StoredOutbox]:
        rows = self._state.outbox.values()
        return [row for row in rows if row.notice.site_id == site_id and since <= _at(row) < until]

    def _view(self, row: StoredOutbox) -> MessageView:
        notice = row.notice
        first = None if notice.fallback_of is None else self._state.outbox[notice.fallback_of]
        return MessageView(
            id=row.id,
            at=_at(row),
            kind=notice.kind.value,
            channel=self._state.addresses[notice.address_id].channel,
            token=self._token(row),
            state=row.state,
            sent_at=row.sent_at,
            delivered_at=row.delivered_at,
            read_at=row.read_at,
            form=row.form,
            parts=row.parts,
            error=row.error,
            instead_of=None if first is None else self._state.addresses[first.notice.address_id].channel,
            said=row.said if _may_be_read(row) else (),
        )

    def _token(self, row: StoredOutbox) -> str | None:
        if row.notice.ticket_id is not None:
            return self._state.tickets[row.notice.ticket_id].token
        if row.notice.appointment_id is not None:
            return self._state.appointments[row.notice.appointment_id].token
        return None


def _at(row: StoredOutbox) -> datetime:
    return row.sent_at or row.due_at


def _place(row: StoredOutbox) -> tuple[datetime, int]:
    return _at(row), row.id


def _is_problem(row: StoredOutbox) -> bool:
    return row.state in _NOT_REACHED or (row.state == "suppressed" and row.error in _NOT_WANTED)


def _may_be_read(row: StoredOutbox) -> bool:
    return not row.notice.is_answer and row.notice.kind not in {NoticeKind.REPLY, *SECRET_KINDS}
