"""Asking what became of words of which nobody has heard in their time: reports get lost, and some phones are slow.

Where a person loses their turn by not being told, the words go another way as well; others are only asked after again,
so that nobody is told twice because the first was slow. Never asks a provider inside a transaction.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from domain.ports import OutboxRow, Receipt, Services, UnitOfWork
from domain.use_cases.fall_back import fall_back
from domain.use_cases.receipts import take_receipt

ASKED_AT_ONCE = 20
LEASE = timedelta(minutes=1)  # longer than all of these take, each as long as a sender's own time-out

logger = logging.getLogger(__name__)

SideBySide = Callable[[Callable[[OutboxRow], None], Iterable[OutboxRow]], Iterable[None]]


def ask_after_unconfirmed(services: Services, *, side_by_side: SideBySide = map) -> int:
    """Asks after some of them, and returns how many: fewer than `ASKED_AT_ONCE` where these were all."""
    now = services.clock.now()
    with services.uow() as uow:
        rows = uow.outbox.claim_unconfirmed(now=now, lease_until=now + LEASE, limit=ASKED_AT_ONCE)
        uow.commit()
    return len(list(side_by_side(lambda row: _ask_after(services, row), rows)))


def _ask_after(services: Services, row: OutboxRow) -> None:
    try:
        receipt = _ask(services, row)
        with services.uow() as uow:
            now = services.clock.now()
            if receipt is not None:
                take_receipt(uow, row.id, receipt, channels=services.channels, now=now)
            _go_on(services, uow, row, now=now)
            uow.commit()
    except Exception:
        logger.exception("nobody knows what became of outbox row %d; it is asked after again", row.id)


def _ask(services: Services, row: OutboxRow) -> Receipt | None:
    """None where nobody can say now: for the person it's the same as if the message were still under way."""
    with services.uow() as uow:
        address = uow.people.address_by_id(row.notice.address_id)
    channel = services.channels.get(address.channel) if address is not None else None
    if channel is None or channel.ask is None or row.provider_id is None:
        return None
    try:
        return channel.ask(row.provider_id)
    except Exception:
        logger.exception("%s doesn't say what became of outbox row %d", channel.name, row.id)
        return None


def _go_on(services: Services, uow: UnitOfWork, row: OutboxRow, *, now: datetime) -> None:
    """What is still under way goes another way as well, where twice is better than never, and is asked after again."""
    present = uow.outbox.lock(row.id)
    if present is None or (present.state, present.provider_id) != ("sent", row.provider_id):
        return
    if row.notice.is_rather_told_twice:
        fall_back(uow, row, channels=services.channels, now=now)
    uow.outbox.ask_again(row.id, provider_id=row.provider_id, at=_next_time(row, now=now))


def _next_time(row: OutboxRow, *, now: datetime) -> datetime | None:
    """When twice as long has passed; never when the words are worth nothing any more."""
    at = now + (now - (row.first_tried_at or now))
    return at if now < at < row.notice.not_after else None
