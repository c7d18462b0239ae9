"""Sending what the outbox holds: claim, truth, words, hand-over, record.

It must never ask a provider inside a transaction, nor let one bad row stop the others. A worker that dies
while it sends leaves its rows leased. When the lease has run out they go again: at most those in flight are
doubled.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import SendError, SendFault
from domain.ids import OutboxId
from domain.notices import DESPITE_STOP, WORDS_OF_THE_LINE, Lane, Notice
from domain.people import Address
from domain.ports import Channel, OutboxRow, Outgoing, Sent, Services, UnitOfWork
from domain.use_cases.approved import approved_words
from domain.use_cases.consequences import end_here, hold_back, take_bug, take_fault
from domain.use_cases.receipts import take_early_receipt
from domain.use_cases.truth import Untrue, what_to_say
from domain.use_cases.wording import as_kept, language_of, languages_read, put_into_words

LEASE = timedelta(seconds=15)  # longer than any sender's own time-out
HINTED_ANEW_AFTER = timedelta(seconds=2)
# A second hint of the same row is mostly of a backlog, where more hints are only more to read for its worker.
HINTED_AGAIN_AFTER = timedelta(seconds=10)
UNHEARD_AFTER = timedelta(seconds=20)  # due for so long although it was hinted of: nobody listens
MOST_HINTED_A_ROUND = 500
MOST_WORKED_A_ROUND = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A claimed row, rendered for its address."""

    row: OutboxRow
    channel: Channel
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Swept:
    """What a round of the sweep found: rows hinted again, worked here, and expired."""

    hinted: int
    worked: int
    expired: int


def work_outbox(services: Services, outbox_ids: Sequence[int]) -> int:
    """Sends those of these rows that are due and that nobody else has; returns how many a provider took.

    One at a time: a worker that is killed holds up one message, not a batch.
    """
    return sum(deliver(services, outbox_id) for outbox_id in still_due(services, outbox_ids))


def still_due(services: Services, outbox_ids: Sequence[int]) -> list[OutboxId]:
    """Those of a hint that are worth a claim: after a burst most hints of the sweep are old."""
    with services.uow() as uow:
        return uow.outbox.still_due(outbox_ids, now=services.clock.now())


def deliver(services: Services, outbox_id: int) -> bool:
    """Sends one row, if it is due and nobody else has it; whether a provider took it."""
    try:
        ready = _claim(services, outbox_id)
    except Exception:
        # The claim was rolled back with the rest, so that the row has to be claimed anew to be put off.
        logger.exception("outbox row %d can't be prepared", outbox_id)
        _claim_and_put_off(services, outbox_id)
        return False
    return ready is not None and _hand_over(services, ready)


Work = Callable[[Services, Sequence[int]], int]


def sweep_outbox(
    services: Services, *, patience: timedelta = HINTED_ANEW_AFTER, work: Work = work_outbox
) -> Swept:
    """Expires what is stale, hints again of what is due, and works it here where the hint isn't taken, or was taken
    and came to nothing because no worker of that lane is alive.

    `patience` is how long an earlier hint is trusted; `work` sends rows and returns how many a provider took.
    """
    now = services.clock.now()
    with services.uow() as uow:
        expired = uow.outbox.expire(now=now, limit=MOST_HINTED_A_ROUND)
        due = uow.outbox.due(now=now, hinted_before=now - patience, limit=MOST_HINTED_A_ROUND)
        unheard = uow.outbox.due(
            now=now - UNHEARD_AFTER, hinted_before=now + HINTED_AGAIN_AFTER, limit=MOST_WORKED_A_ROUND
        )
        uow.commit()
    hinted = _hint(services, due)
    if hinted:
        with services.uow() as uow:
            uow.outbox.mark_hinted(hinted, now=now + HINTED_AGAIN_AFTER - HINTED_ANEW_AFTER)
            uow.commit()
    left = [outbox_id for outbox_id, _ in due if outbox_id not in hinted]
    here = dict.fromkeys([*(outbox_id for outbox_id, _ in unheard), *left])
    worked = work(services, list(here)[:MOST_WORKED_A_ROUND]) if here else 0
    return Swept(hinted=len(hinted), worked=worked, expired=expired)


def _hint(services: Services, due: Sequence[tuple[OutboxId, Lane]]) -> set[OutboxId]:
    """The rows whose hint was taken."""
    lanes: dict[Lane, list[OutboxId]] = defaultdict(list)
    for outbox_id, lane in due:
        lanes[lane].append(outbox_id)
    taken = [ids for lane, ids in lanes.items() if services.announcer.outbox_due(lane, ids)]
    return {outbox_id for ids in taken for outbox_id in ids}


def _claim(services: Services, outbox_id: int) -> _Ready | None:
    """The first short transaction: the row, if it is ours to send and still worth sending."""
    now = services.clock.now()
    with services.uow() as uow:
        rows = uow.outbox.claim([outbox_id], now=now, lease_until=now + LEASE)
        if not rows:
            return None
        ready = _prepare(services, uow, rows[0], now=now)
        uow.commit()
    return ready


def _prepare(services: Services, uow: UnitOfWork, row: OutboxRow, *, now: datetime) -> _Ready | None:
    address = uow.people.address_by_id(row.notice.address_id)
    channel = services.channels.get(address.channel) if address is not None else None
    if address is None or channel is None:
        end_here(uow, row, error="no-channel", channels=services.channels, now=now)
        return None
    unwanted = _unwanted(row.notice, address, channel)
    if unwanted is not None:
        hold_back(uow, row, reason=unwanted, channels=services.channels, now=now)
        return None
    said = what_to_say(uow, row.notice, now=now)
    if isinstance(said, Untrue):
        uow.outbox.record_suppressed(row.id, reason=said.reason, now=now)
        return None
    outgoing = _put_into_words(services, uow, row, said, address=address, channel=channel)
    if not (row.as_template or _is_closed(channel, address, now=now)):
        return _Ready(row, channel, outgoing)
    languages = languages_read(uow, row.notice, address, catalogue=services.catalogue)
    approved = approved_words(uow, said, channel=channel, languages=languages, catalogue=services.catalogue)
    if approved is None:
        end_here(uow, row, error="no-template", channels=services.channels, now=now)
        return None
    return _Ready(row, channel, replace(outgoing, approved=approved))


def _put_into_words(
    services: Services,
    uow: UnitOfWork,
    row: OutboxRow,
    said: Mapping[str, object],
    *,
    address: Address,
    channel: Channel,
) -> Outgoing:
    messages = put_into_words(
        said,
        row.notice,
        capabilities=channel.capabilities_at(address),
        catalogue=services.catalogue,
        language=language_of(uow, row.notice, address, catalogue=services.catalogue),
    )
    return Outgoing(
        address.handle,
        messages,
        row.id,
        row.notice.kind.value,
        row.notice.not_after,
        supersedes=_outdated(uow, row.notice, channel),
        closes=_answered(uow, row.notice),
        urgent=row.notice.is_urgent,
        tried_since=row.first_tried_at if row.unclear else None,
    )


def _is_closed(channel: Channel, address: Address, *, now: datetime) -> bool:
    """Whether the person wrote too long ago for words of our own."""
    window, heard_at = channel.capabilities.window, address.last_inbound_at
    return window is not None and (heard_at is None or now - heard_at >= window)


def _outdated(uow: UnitOfWork, notice: Notice, channel: Channel) -> str | None:
    """The word about the line that this one outdates, where one message shows how things stand and stays."""
    outdates = channel.capabilities.keeps_live and notice.kind in WORDS_OF_THE_LINE
    if not outdates or notice.ticket_id is None:
        return None
    return uow.outbox.latest_word(ticket_id=notice.ticket_id, address_id=notice.address_id)


def _answered(uow: UnitOfWork, notice: Notice) -> str | None:
    """The question that stood before this one, in a message of its own."""
    closes = notice.data.get("closes")
    return uow.outbox.provider_id(closes) if isinstance(closes, int) else None


def _unwanted(notice: Notice, address: Address, channel: Channel) -> str | None:
    """Nobody who said STOP is written to, but in answer; where the provider answers it, only if that was left to us.
    Another way needs a consent of its own, which may have been taken back meanwhile.
    """
    if address.blocked_at is not None:
        return "blocked"
    if notice.fallback_of is not None and address.consent_at is None:
        return "no-consent"
    answers = notice.is_answer and (not channel.capabilities.answers_stop or DESPITE_STOP in notice.data)
    return None if address.stopped_at is None or answers else "stopped"


def _hand_over(services: Services, ready: _Ready) -> bool:
    """The sending, outside of any transaction, and the second short one, which keeps what became of it."""
    try:
        sent = ready.channel.sender.send(ready.outgoing)
    except SendError as error:
        _record_fault(services, ready, error)
        return False
    except Exception:
        logger.exception("outbox row %d can't be sent", ready.row.id)
        _put_off(services, ready.row)
        return False
    _record_sent(services, ready, sent)
    return True


def _record_sent(services: Services, ready: _Ready, sent: Sent) -> None:
    """Who has to wait for a word of the channel is asked after; where it never tells, nobody waits or looks for one."""
    notice, now = ready.row.notice, services.clock.now()
    confirms = ready.channel.capabilities.confirms
    within = notice.arrives_within if confirms else None
    with services.uow() as uow:
        uow.outbox.record_sent(
            ready.row.id,
            sent=sent,
            said=as_kept(ready.outgoing, notice),
            now=now,
            confirm_by=None if within is None else now + within,
        )
        if confirms:
            take_early_receipt(uow, ready.row.id, sent.provider_id, channels=services.channels, now=now)
        uow.commit()


def _record_fault(services: Services, ready: _Ready, error: SendError) -> None:
    if error.fault is SendFault.OURS:
        logger.error("outbox row %d: %s refuses us: %s", ready.row.id, ready.channel.name, error)
    with services.uow() as uow:
        take_fault(uow, ready.row, error, channels=services.channels, now=services.clock.now())
        uow.commit()


def _claim_and_put_off(services: Services, outbox_id: int) -> None:
    now = services.clock.now()
    with services.uow() as uow:
        rows = uow.outbox.claim([outbox_id], now=now, lease_until=now + LEASE)
        uow.commit()
    for row in rows:
        _put_off(services, row)


def _put_off(services: Services, row: OutboxRow) -> None:
    with services.uow() as uow:
        take_bug(uow, row, channels=services.channels, now=services.clock.now())
        uow.commit()
