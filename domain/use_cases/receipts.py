"""What providers report of messages: by rank, never back, however early, late or often it comes.

A report may overtake the answer to the very request that sent the message; then it is kept, and counts once the outbox
knows the message. It must never ask a provider, and never commits.

Each takes the outbox row's lock first, as recording what was sent does: so one of the two sees the other.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.errors import SendError, SendFault
from domain.ports import Channel, OutboxRow, Receipt, ReceiptState, UnitOfWork
from domain.use_cases.consequences import take_fault


def take_receipt(
    uow: UnitOfWork, outbox_id: int, receipt: Receipt, *, channels: Mapping[str, Channel], now: datetime
) -> bool:
    """Whether it was news: False where as much was known, or there is no such row."""
    row = uow.outbox.lock(outbox_id)
    if row is None or not uow.receipts.keep(receipt, outbox_id=row.id, now=now):
        return False
    if receipt.state >= ReceiptState.DELIVERED:
        # Of whichever attempt: the person has it.
        is_read = receipt.state is ReceiptState.READ
        uow.outbox.record_arrived(row.id, provider_id=receipt.provider_id, is_read=is_read, now=now)
    else:
        _take_failure(uow, row, receipt, channels=channels, now=now)
    return True


def take_early_receipt(
    uow: UnitOfWork, outbox_id: int, provider_id: str, *, channels: Mapping[str, Channel], now: datetime
) -> None:
    """For whoever has just recorded that it was sent under this id: it may be known already that it came to nothing."""
    receipt = uow.receipts.of(provider_id)
    row = uow.outbox.lock(outbox_id) if receipt is not None else None
    if receipt is not None and row is not None:
        _take_failure(uow, row, receipt, channels=channels, now=now)


def _take_failure(
    uow: UnitOfWork, row: OutboxRow, receipt: Receipt, *, channels: Mapping[str, Channel], now: datetime
) -> None:
    """Only of the message that the row stands for now: what became of an earlier attempt was dealt with then."""
    is_present = (row.state, row.provider_id) == ("sent", receipt.provider_id)
    if is_present and receipt.state is ReceiptState.FAILED:
        error = SendError(
            receipt.fault or SendFault.REFUSED, code=receipt.code, told=receipt.told, todo=receipt.todo
        )
        take_fault(uow, row, error, channels=channels, now=now)
