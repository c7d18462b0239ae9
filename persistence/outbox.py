"""The outbox in SQL: each step of a message's life is one conditional UPDATE, so that two workers never share it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from domain.ids import AddressId, OutboxId
from domain.notices import ANSWERS, VALID_FOR, WORDS_OF_THE_LINE, Lane, Notice, NoticeKind
from domain.ports import NO_HINT_COMES, OutboxRow, Sent
from persistence.after_commit import AfterCommit
from persistence.shape import shape
from persistence.tables import outbox
from persistence.upsert import insert

_ABOUT_THE_LINE = (NoticeKind.NEAR, NoticeKind.CALLED)

_NOTICE = shape(Notice, outbox)
_ROW = (
    outbox.c.id,
    outbox.c.attempts,
    outbox.c.unclear,
    outbox.c.first_tried_at,
    outbox.c.as_template,
    outbox.c.absent,
    outbox.c.state,
    outbox.c.provider_id,
    *_NOTICE.columns,
)


def _states(*states: str, of: Any = outbox.c.state) -> Any:
    # Written out rather than bound, or a prepared plan couldn't use the partial indexes.
    return of.in_([literal_column(f"'{state}'") for state in states])


def _kinds(*kinds: NoticeKind, of: Any = outbox.c.kind) -> Any:
    return of.in_([kind.value for kind in kinds])


_ADD = (
    insert(outbox)
    .on_conflict_do_nothing()  # neither a second of a key, nor a second fallback of a row
    .returning(outbox.c.id, outbox.c.lane, outbox.c.due_at)
)
_UNSENT = _states("due", "later", "sending")
_IDS = outbox.c.id.in_(bindparam("p_ids", expanding=True))
_FREE = or_(
    and_(_states("due", "later"), outbox.c.due_at <= bindparam("p_now")),
    and_(_states("sending"), outbox.c.lease_until <= bindparam("p_now")),
)
_OLDER = outbox.alias("older")
# An answer that rests after a failure holds back later answers, but never an alert.
_AN_ANSWER_IS_UNSENT = and_(
    _kinds(*ANSWERS, of=_OLDER.c.kind),
    or_(_OLDER.c.due_at <= bindparam("p_now"), _kinds(*ANSWERS)),
)
_A_WORD_OF_THE_LINE_IS_IN_FLIGHT = and_(
    _states("sending", of=_OLDER.c.state),
    _OLDER.c.lease_until > bindparam("p_now"),
    _kinds(*WORDS_OF_THE_LINE, of=_OLDER.c.kind),
    _kinds(*WORDS_OF_THE_LINE),
)
_BEHIND_ANOTHER = exists().where(
    _OLDER.c.address_id == outbox.c.address_id,
    _OLDER.c.id < outbox.c.id,
    _states("due", "later", "sending", of=_OLDER.c.state),
    _OLDER.c.not_after > bindparam("p_now"),
    or_(_AN_ANSWER_IS_UNSENT, _A_WORD_OF_THE_LINE_IS_IN_FLIGHT),
)
_CLAIM = (
    update(outbox)
    .where(_IDS, _FREE, outbox.c.not_after > bindparam("p_now"), ~_BEHIND_ANOTHER)
    .values(
        state="sending",
        lease_until=bindparam("p_lease"),
        attempts=outbox.c.attempts + 1,
        # Whoever had it and didn't say what became of it may have handed it over.
        unclear=outbox.c.unclear + case((_states("sending"), 1), else_=0),
        first_tried_at=func.coalesce(outbox.c.first_tried_at, bindparam("p_now")),
    )
    .returning(*_ROW)
)
_STILL_DUE = (
    select(outbox.c.id).where(_IDS, _FREE, outbox.c.not_after > bindparam("p_now")).order_by(outbox.c.id)
)
_BY_ID = outbox.c.id == bindparam("p_id")
_GET = select(*_ROW).where(_BY_ID)
_REOPEN = (
    update(outbox)
    .where(_BY_ID, _states("sent"), outbox.c.provider_id.is_not_distinct_from(bindparam("p_provider")))
    .values(state="sending", confirm_by=None)
)
_UNCONFIRMED = and_(_states("sent"), outbox.c.confirm_by <= bindparam("p_now"))
_CLAIM_UNCONFIRMED = (
    update(outbox).where(_IDS, _UNCONFIRMED).values(confirm_by=bindparam("p_lease")).returning(*_ROW)
)
_ASK_AGAIN = (
    update(outbox)
    .where(_BY_ID, _states("sent"), outbox.c.provider_id.is_not_distinct_from(bindparam("p_provider")))
    .values(confirm_by=bindparam("p_at"))
)
_ARRIVED = _states("delivered", "read")
_RECORD = (
    update(outbox)
    .where(_BY_ID, ~_ARRIVED)
    .values(state=bindparam("p_state"), error=bindparam("p_error"), lease_until=None)
    .returning(outbox.c.address_id)
)
_RECORD_SENT = (
    update(outbox)
    .where(_BY_ID)
    .values(
        # A report of its arrival may come before the answer to the request that sent it.
        state=case((_ARRIVED, outbox.c.state), else_="sent"),
        error=None,
        lease_until=None,
        sent_at=case((_ARRIVED, outbox.c.sent_at), else_=bindparam("p_now", type_=outbox.c.sent_at.type)),
        provider_id=bindparam("p_provider"),
        said=bindparam("p_said"),
        form=bindparam("p_form"),
        # What came back was charged all the same.
        parts=case((outbox.c.form == bindparam("p_form"), outbox.c.parts), else_=0) + bindparam("p_parts"),
        confirm_by=bindparam("p_confirm_by"),
    )
    .returning(outbox.c.address_id)
)
_RECORD_DELIVERED = (
    update(outbox)
    .where(_BY_ID, outbox.c.state != "read")
    .values(
        state="delivered",
        error=None,
        lease_until=None,
        confirm_by=None,
        provider_id=func.coalesce(outbox.c.provider_id, bindparam("p_provider")),
        sent_at=func.coalesce(outbox.c.sent_at, bindparam("p_now")),
        delivered_at=func.coalesce(outbox.c.delivered_at, bindparam("p_now")),
    )
    .returning(outbox.c.address_id)
)
_RECORD_READ = _RECORD_DELIVERED.values(state="read", read_at=bindparam("p_now"))
_WITHDRAW_FALLBACK = (
    update(outbox)
    .where(outbox.c.fallback_of == bindparam("p_id"), _states("due", "later"))
    .values(state="suppressed", error="reached")
)
_RECORD_LATER = (
    update(outbox)
    .where(_BY_ID, _UNSENT)
    .values(
        state="later",
        due_at=bindparam("p_due"),
        error=bindparam("p_error"),
        lease_until=None,
        hinted_at=bindparam("p_hinted"),
    )
)
# The claim counted an attempt that there was none of.
_RECORD_THROTTLED = _RECORD_LATER.values(attempts=outbox.c.attempts - 1)
_RECORD_UNCLEAR = _RECORD_LATER.values(unclear=outbox.c.unclear + 1)
_RECORD_ABSENT = _RECORD_LATER.values(absent=outbox.c.absent + 1)
_RECORD_CLOSED = _RECORD_LATER.values(as_template=True)
_NEXT_OF_ADDRESS = (
    select(outbox.c.id, outbox.c.lane, outbox.c.due_at)
    .where(
        outbox.c.address_id == bindparam("p_address"),
        outbox.c.id > bindparam("p_id"),
        _UNSENT,
        outbox.c.due_at <= bindparam("p_now"),
    )
    .order_by(outbox.c.id)
    .limit(1)
)
_PLAIN_ANSWER = and_(outbox.c.address_id == bindparam("p_address"), _kinds(NoticeKind.REPLY))
_NEWEST_UNSENT = (
    select(outbox.c.id)
    .where(_PLAIN_ANSWER, _UNSENT)
    .order_by(outbox.c.id.desc())
    .limit(bindparam("p_keep"))
    .subquery()
)
_OUTDATE = (
    update(outbox)
    .where(
        _PLAIN_ANSWER,
        _states("due", "later"),
        outbox.c.id < select(func.min(_NEWEST_UNSENT.c.id)).scalar_subquery(),
    )
    .values(state="suppressed", error="outdated")
)
_PROVIDER_ID = select(outbox.c.provider_id).where(outbox.c.id == bindparam("p_id"))
_LATEST_WORD = (
    select(outbox.c.provider_id)
    .where(
        outbox.c.ticket_id == bindparam("p_ticket"),
        outbox.c.address_id == bindparam("p_address"),
        _kinds(*WORDS_OF_THE_LINE),
        outbox.c.provider_id.is_not(None),
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_STALE = and_(
    _UNSENT,
    outbox.c.not_after <= bindparam("p_now"),
    or_(_states("due", "later"), outbox.c.lease_until <= bindparam("p_now")),
)
# A commit hints without writing that it did, so an unmarked row counts as hinted when it fell due.
_DUE = (
    select(outbox.c.id, outbox.c.lane)
    .where(
        _UNSENT,
        _FREE,
        outbox.c.not_after > bindparam("p_now"),
        func.coalesce(outbox.c.hinted_at, outbox.c.due_at) <= bindparam("p_hinted_before"),
    )
    .order_by(outbox.c.due_at, outbox.c.id)
)


def _made_since(since: datetime) -> ColumnElement[bool]:
    """When an alert was made follows from its `not_after`, which no back-off moves."""
    return or_(
        *(
            and_(outbox.c.kind == kind.value, outbox.c.not_after >= since + VALID_FOR[kind])
            for kind in _ABOUT_THE_LINE
        )
    )


class SqlOutbox:
    def __init__(self, connection: Connection, after: AfterCommit) -> None:
        self._connection = connection
        self._after = after

    def add(self, notices: Sequence[Notice]) -> list[OutboxId]:
        rows = [_row(notice) for notice in notices]
        if not rows:
            return []
        added = self._connection.execute(_ADD, rows if len(rows) > 1 else rows[0]).all()
        self._hint(added)
        return [OutboxId(row.id) for row in added]

    def claim(self, outbox_ids: Collection[int], *, now: datetime, lease_until: datetime) -> list[OutboxRow]:
        wanted = {"p_ids": [*outbox_ids], "p_now": now, "p_lease": lease_until}
        claimed = [_read(row) for row in self._connection.execute(_CLAIM, wanted)]
        return sorted(claimed, key=lambda row: row.id)

    def row(self, outbox_id: int) -> OutboxRow | None:
        row = self._connection.execute(_GET, {"p_id": outbox_id}).first()
        return None if row is None else _read(row)

    def lock(self, outbox_id: int) -> OutboxRow | None:
        row = self._connection.execute(_GET.with_for_update(), {"p_id": outbox_id}).first()
        return None if row is None else _read(row)

    def still_due(self, outbox_ids: Collection[int], *, now: datetime) -> list[OutboxId]:
        wanted = {"p_ids": [*outbox_ids], "p_now": now}
        return [OutboxId(outbox_id) for outbox_id in self._connection.scalars(_STILL_DUE, wanted)]

    def record_sent(
        self,
        outbox_id: int,
        *,
        sent: Sent,
        said: Sequence[str],
        now: datetime,
        confirm_by: datetime | None = None,
    ) -> None:
        values = {
            "p_now": now,
            "p_provider": sent.provider_id,
            "p_said": [*said],
            "p_form": sent.form or None,
            "p_parts": sent.parts,
            "p_confirm_by": confirm_by,
        }
        self._record(_RECORD_SENT, outbox_id, now=now, values=values)

    def record_arrived(self, outbox_id: int, *, provider_id: str, is_read: bool, now: datetime) -> None:
        statement = _RECORD_READ if is_read else _RECORD_DELIVERED
        self._record(statement, outbox_id, now=now, values={"p_now": now, "p_provider": provider_id})
        self._connection.execute(_WITHDRAW_FALLBACK, {"p_id": outbox_id})

    def record_later(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        self._connection.execute(_RECORD_LATER, _put_off(outbox_id, due_at=due_at, error=error))

    def record_throttled(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        self._connection.execute(_RECORD_THROTTLED, _put_off(outbox_id, due_at=due_at, error=error))

    def record_unclear(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        self._connection.execute(_RECORD_UNCLEAR, _put_off(outbox_id, due_at=due_at, error=error))

    def record_absent(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        self._connection.execute(_RECORD_ABSENT, _put_off(outbox_id, due_at=due_at, error=error))

    def record_closed(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        self._connection.execute(_RECORD_CLOSED, _put_off(outbox_id, due_at=due_at, error=error))

    def claim_unconfirmed(self, *, now: datetime, lease_until: datetime, limit: int) -> list[OutboxRow]:
        # Two statements, as with `expire`.
        first = (
            select(outbox.c.id).where(_UNCONFIRMED).order_by(outbox.c.confirm_by, outbox.c.id).limit(limit)
        )
        found = self._connection.scalars(first.with_for_update(skip_locked=True), {"p_now": now}).all()
        if not found:
            return []
        wanted = {"p_ids": [*found], "p_now": now, "p_lease": lease_until}
        claimed = {row.id: row for row in map(_read, self._connection.execute(_CLAIM_UNCONFIRMED, wanted))}
        return [claimed[outbox_id] for outbox_id in found if outbox_id in claimed]

    def ask_again(self, outbox_id: int, *, provider_id: str | None, at: datetime | None) -> None:
        self._connection.execute(_ASK_AGAIN, {"p_id": outbox_id, "p_provider": provider_id, "p_at": at})

    def reopen(self, outbox_id: int, *, provider_id: str | None) -> bool:
        sent = {"p_id": outbox_id, "p_provider": provider_id}
        return self._connection.execute(_REOPEN, sent).rowcount == 1

    def record_failed(self, outbox_id: int, *, error: str, now: datetime) -> None:
        self._record(_RECORD, outbox_id, now=now, values={"p_state": "failed", "p_error": error})

    def record_suppressed(self, outbox_id: int, *, reason: str, now: datetime) -> None:
        self._record(_RECORD, outbox_id, now=now, values={"p_state": "suppressed", "p_error": reason})

    def expire(self, *, now: datetime, limit: int) -> int:
        # Two statements: inside one, PostgreSQL may run the limited sub-select again for every row it joins.
        stale = select(outbox.c.id).where(_STALE).order_by(outbox.c.due_at).limit(limit)
        ids = (
            self._connection.execute(stale.with_for_update(skip_locked=True), {"p_now": now}).scalars().all()
        )
        expired = update(outbox).where(outbox.c.id.in_(ids)).values(state="expired", lease_until=None)
        return self._connection.execute(expired).rowcount if ids else 0

    def due(self, *, now: datetime, hinted_before: datetime, limit: int) -> list[tuple[OutboxId, Lane]]:
        wanted = {"p_now": now, "p_hinted_before": hinted_before}
        return [(row.id, Lane(row.lane)) for row in self._connection.execute(_DUE.limit(limit), wanted)]

    def mark_hinted(self, outbox_ids: Collection[int], *, now: datetime) -> None:
        hinted = update(outbox).where(outbox.c.id.in_([*outbox_ids])).values(hinted_at=now)
        self._connection.execute(hinted)

    def withdraw(self, *, ticket_ids: Collection[int], since: datetime, now: datetime) -> None:
        withdrawn = (
            update(outbox)
            .where(outbox.c.ticket_id.in_([*ticket_ids]), _states("due", "later"), _made_since(since))
            .values(state="suppressed", error=f"withdrawn at {now.isoformat()}")
        )
        self._connection.execute(withdrawn)

    def outdate(self, address_id: int, *, keep: int, now: datetime) -> int:
        known = {"p_address": address_id, "p_keep": keep}
        outdated = self._connection.execute(_OUTDATE, known).rowcount
        if outdated:
            self._hint_next(address_id, after=0, now=now)
        return outdated

    def told(self, *, ticket_ids: Collection[int], since: datetime) -> Mapping[int, Mapping[AddressId, str]]:
        went_out = (
            select(outbox.c.ticket_id, outbox.c.address_id, outbox.c.kind)
            .where(
                outbox.c.ticket_id.in_([*ticket_ids]),
                or_(_states("sending", "sent", "delivered", "read"), outbox.c.unclear > 0),
                _made_since(since),
            )
            .order_by(outbox.c.id)
        )
        told: dict[int, dict[AddressId, str]] = defaultdict(dict)
        for row in self._connection.execute(went_out):
            told[row.ticket_id][AddressId(row.address_id)] = row.kind
        return dict(told)

    def provider_id(self, outbox_id: int) -> str | None:
        return self._connection.execute(_PROVIDER_ID, {"p_id": outbox_id}).scalar()

    def latest_word(self, *, ticket_id: int, address_id: int) -> str | None:
        word = {"p_ticket": ticket_id, "p_address": address_id}
        return self._connection.execute(_LATEST_WORD, word).scalar()

    def _record(
        self,
        statement: Any,
        outbox_id: int,
        *,
        now: datetime,
        values: Mapping[str, object],
    ) -> None:
        address_id = self._connection.execute(statement, {"p_id": outbox_id, **values}).scalar()
        self._hint_next(address_id, after=outbox_id, now=now)

    def _hint_next(self, address_id: int | None, *, after: int, now: datetime) -> None:
        """Whatever waited behind an answer was refused to the worker that its own hint had woken."""
        following = {"p_address": address_id, "p_id": after, "p_now": now}
        self._hint(self._connection.execute(_NEXT_OF_ADDRESS, following).all())

    def _hint(self, rows: Iterable[Any]) -> None:
        self._after.outbox += [(OutboxId(row.id), Lane(row.lane), row.due_at) for row in rows]


def _read(row: Any) -> OutboxRow:
    """From the columns of `_ROW`."""
    known = len(_ROW) - len(_NOTICE.columns)
    return OutboxRow(row[0], _NOTICE.read(row, start=known), *row[1:known])


def _put_off(outbox_id: int, *, due_at: datetime, error: str) -> dict[str, object]:
    return {"p_id": outbox_id, "p_due": due_at, "p_error": error, "p_hinted": due_at - NO_HINT_COMES}


def _row(notice: Notice) -> dict[str, object]:
    return {
        "organisation_id": notice.organisation_id,
        "site_id": notice.site_id,
        "address_id": notice.address_id,
        "kind": notice.kind.value,
        "lane": notice.lane.value,
        "dedupe_key": notice.dedupe_key,
        "queue_id": notice.queue_id,
        "ticket_id": notice.ticket_id,
        "appointment_id": notice.appointment_id,
        "data": dict(notice.data),
        "replaces": notice.replaces,
        "fallback_of": notice.fallback_of,
        "due_at": notice.due_at,
        "not_after": notice.not_after,
    }
