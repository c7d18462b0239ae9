"""Reports of one message at the same instant as each other, and as the worker's own record, on PostgreSQL: each beside
a naive twin that has to fail.
"""

from collections.abc import Callable
from functools import partial
from itertools import count

from sqlalchemy import select

from domain.errors import SendFault
from domain.ids import OutboxId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.ports import Receipt, ReceiptState, Sent, UnitOfWork
from domain.use_cases.receipts import take_early_receipt, take_receipt
from persistence.tables import receipts
from tests.contract.ground import MINUTE, NOW, Uows, an_address
from tests.races.race import race

PAIRS, ROUNDS = 8, 6
FAILED = Receipt("m1", ReceiptState.FAILED, SendFault.REFUSED, "30007")
_keys = count()
Take = Callable[[UnitOfWork, int, Receipt], object]


def test_a_failure_told_while_the_worker_records_is_never_lost(uows: Uows) -> None:
    assert set(_told_while_recording(uows, _take)) == {"failed"}


def test_without_the_row_s_lock_the_failure_is_lost(uows: Uows) -> None:
    """The naive twin: look whether the row has this message, keep the report, act if it had."""
    assert "sent" in _told_while_recording(uows, _take_without_a_lock)


def test_of_reports_at_once_the_highest_stays(uows: Uows) -> None:
    assert set(_told_at_once(uows, _take)) == {ReceiptState.READ}


def test_without_the_guard_the_last_to_write_wins(uows: Uows) -> None:
    """The naive twin: read what is known, then write if this is more."""
    assert set(_told_at_once(uows, _keep_after_a_look)) != {ReceiptState.READ}


def _take(uow: UnitOfWork, outbox_id: int, receipt: Receipt) -> None:
    take_receipt(uow, outbox_id, receipt, channels={}, now=NOW)


def _take_without_a_lock(uow: UnitOfWork, outbox_id: int, receipt: Receipt) -> None:
    row = uow.outbox.row(outbox_id)
    uow.receipts.keep(receipt, outbox_id=outbox_id, now=NOW)
    if row is not None and row.state == "sent":
        uow.outbox.record_failed(outbox_id, error=receipt.code, now=NOW)


def _keep_after_a_look(uow: UnitOfWork, outbox_id: int, receipt: Receipt) -> None:
    connection = uow._connection  # type: ignore[attr-defined]
    of_message = receipts.c.provider_id == receipt.provider_id
    known = connection.execute(select(receipts.c.state).where(of_message)).scalar()
    if known < receipt.state.value:
        connection.execute(receipts.update().where(of_message).values(state=receipt.state.value))


def _told_while_recording(uows: Uows, take: Take) -> list[str]:
    """In rounds of pairs, a worker and a report each: the rows' states in the end."""
    rows = [_claimed_rows(uows, number=PAIRS) for _ in range(ROUNDS)]
    for ids in rows:
        calls = [partial(_record, uows, outbox_id) for outbox_id in ids]
        calls += [partial(_in_one, uows, take, outbox_id, _of(outbox_id, FAILED)) for outbox_id in ids]
        race(calls)
    with uows() as uow:
        found = [uow.outbox.row(outbox_id) for ids in rows for outbox_id in ids]
    return [row.state for row in found if row is not None]


def _told_at_once(uows: Uows, take: Take) -> list[ReceiptState]:
    states = (ReceiptState.READ, ReceiptState.DELIVERED, ReceiptState.FAILED, ReceiptState.SENT)
    rows = [outbox_id for _ in range(ROUNDS) for outbox_id in _claimed_rows(uows, number=4)]
    for outbox_id in rows:
        message = _of(outbox_id, FAILED).provider_id
        _in_one(uows, _take, outbox_id, Receipt(message, ReceiptState.ACCEPTED))
        race([partial(_in_one, uows, take, outbox_id, Receipt(message, state)) for state in states])
    with uows() as uow:
        found = [uow.receipts.of(_of(outbox_id, FAILED).provider_id) for outbox_id in rows]
    return [receipt.state for receipt in found if receipt is not None]


def _record(uows: Uows, outbox_id: int) -> None:
    """The worker's second transaction."""
    message = _of(outbox_id, FAILED).provider_id
    with uows() as uow:
        uow.outbox.record_sent(outbox_id, sent=Sent(message), said=[], now=NOW)
        take_early_receipt(uow, outbox_id, message, channels={}, now=NOW)
        uow.commit()


def _in_one(uows: Uows, take: Take, outbox_id: int, receipt: Receipt) -> None:
    with uows() as uow:
        take(uow, outbox_id, receipt)
        uow.commit()


def _of(outbox_id: int, receipt: Receipt) -> Receipt:
    return Receipt(f"m{outbox_id}", receipt.state, receipt.fault, receipt.code)


def _claimed_rows(uows: Uows, *, number: int) -> list[OutboxId]:
    with uows() as uow:
        not_after = NOW + VALID_FOR[NoticeKind.NEAR]
        people = [an_address(uow, handle=f"{n}").id for n in range(number)]
        notices = [Notice(NoticeKind.NEAR, p, f"{next(_keys)}", NOW, not_after) for p in people]
        ids = uow.outbox.add(notices)
        uow.outbox.claim(ids, now=NOW, lease_until=NOW + MINUTE)
        uow.commit()
    return ids
