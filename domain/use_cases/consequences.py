"""What follows from a message that did not arrive, whether its sender says so or the provider tells it later: the one
place where a fault has its consequence. Never asks a provider, and never commits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import SendError, SendFault
from domain.ports import Channel, OutboxRow, UnitOfWork
from domain.use_cases.fall_back import fall_back

MOST_UNCLEAR = 2  # attempts that may have arrived: told twice at worst, and rather twice than never
MOST_ABSENT = 2  # attempts at which the phone was off
LONGEST_PAUSE = 60.0  # seconds between two attempts
BACK_WITHIN = 60.0  # seconds that a phone which is off is given
MOST_ATTEMPTS = 5  # of a row that trips over a bug of ours

_FOR_PEOPLE = frozenset({SendFault.OURS, SendFault.REFUSED})


@dataclass(frozen=True, slots=True)
class _Case:
    uow: UnitOfWork
    row: OutboxRow
    error: SendError
    channels: Mapping[str, Channel]
    now: datetime


def take_fault(
    uow: UnitOfWork, row: OutboxRow, error: SendError, *, channels: Mapping[str, Channel], now: datetime
) -> None:
    """Of a row that the caller has claimed, or of one that was sent: then once, however often it is told.

    Nothing follows where the channel has told meanwhile that the person has it, or where the claim ran out and another
    process has sent it since.
    """
    if row.state != "sending" and not uow.outbox.reopen(row.id, provider_id=row.provider_id):
        return
    present = uow.outbox.lock(row.id)
    if present is None or present.state != "sending":
        return
    case = _Case(uow, row, error, channels, now)
    if error.told or error.fault in _FOR_PEOPLE:
        _ring(case)
    _CONSEQUENCES[error.fault](case)


def take_bug(uow: UnitOfWork, row: OutboxRow, *, channels: Mapping[str, Channel], now: datetime) -> None:
    """Of a claimed row that we tripped over: another try, a few times, since the next release may know better."""
    case = _Case(uow, row, SendError(SendFault.UNCLEAR), channels, now)
    if row.attempts >= MOST_ATTEMPTS:
        _end(case, error="bug")
    else:
        _again(case, uow.outbox.record_later, error="bug", pause=_pause(row))


def end_here(
    uow: UnitOfWork, row: OutboxRow, *, error: str, channels: Mapping[str, Channel], now: datetime
) -> None:
    """Of a claimed row that can't be told at this address: the next one has its turn."""
    _record_failed(uow, row, error=error, now=now)
    _fall_back(uow, row, channels=channels, now=now)


def hold_back(
    uow: UnitOfWork, row: OutboxRow, *, reason: str, channels: Mapping[str, Channel], now: datetime
) -> None:
    """Of a claimed row that isn't wanted at this address: another one may be where it is."""
    uow.outbox.record_suppressed(row.id, reason=reason, now=now)
    _fall_back(uow, row, channels=channels, now=now)


def write_no_more(uow: UnitOfWork, address_id: int, fault: SendFault, *, now: datetime) -> None:
    """What STOPPED and BLOCKED mean for the address."""
    write = uow.people.stop if fault is SendFault.STOPPED else uow.people.block
    write(address_id, now=now)


def _closed_address(case: _Case) -> None:
    write_no_more(case.uow, case.row.notice.address_id, case.error.fault, now=case.now)
    _end(case)


def _over(case: _Case) -> None:
    _end(case)


def _later(case: _Case) -> None:
    _again(case, case.uow.outbox.record_later)


def _throttled(case: _Case) -> None:
    """Who tells it later doesn't say for how long, and what doesn't count as an attempt has no back-off of its own."""
    pause = LONGEST_PAUSE if case.error.retry_after is None else None
    _again(case, case.uow.outbox.record_throttled, pause=pause)


def _unclear(case: _Case) -> None:
    if case.row.unclear + 1 >= MOST_UNCLEAR:
        _unclear_again(case)
    else:
        _again(case, case.uow.outbox.record_unclear)


def _unclear_again(case: _Case) -> None:
    """Where the attempts before were looked for, only this one may have arrived, and the next will look for it: an
    outage of the provider costs nobody their words.
    """
    is_urgent = case.row.notice.is_rather_told_twice
    if not case.error.looked:
        _end(case)
    elif is_urgent and _goes_elsewhere(case):
        _record_failed(case.uow, case.row, error=str(case.error), now=case.now)
    else:
        pause = max(case.error.retry_after or 0, _pause(case.row))
        _again(case, case.uow.outbox.record_unclear, pause=pause)


def _absent(case: _Case) -> None:
    if case.row.absent + 1 >= MOST_ABSENT:
        _end(case)
    else:
        _again(case, case.uow.outbox.record_absent, pause=BACK_WITHIN)


def _window_closed(case: _Case) -> None:
    if case.row.as_template:
        _end(case)
    else:
        case.uow.outbox.record_closed(case.row.id, due_at=case.now, error=str(case.error))


_CONSEQUENCES: Mapping[SendFault, Callable[[_Case], None]] = {
    SendFault.LATER: _later,
    SendFault.THROTTLED: _throttled,
    SendFault.STOPPED: _closed_address,
    SendFault.BLOCKED: _closed_address,
    SendFault.UNCLEAR: _unclear,
    SendFault.UNREACHABLE: _over,
    SendFault.ABSENT: _absent,
    SendFault.CLOSED: _window_closed,
    SendFault.REFUSED: _over,
    SendFault.OURS: _later,
}


def alarm_key(channel: str, code: str) -> str:
    """The same however a provider's refusal was met, so that it rings in one place."""
    return f"{channel}:{code}"


def _ring(case: _Case) -> None:
    """An alarm for people who can mend it; a code that nobody has words for is told by its number."""
    address = case.uow.people.address_by_id(case.row.notice.address_id)
    channel, code = address.channel if address is not None else "", case.error.code or case.error.fault.value
    case.uow.alarms.ring(
        alarm_key(channel, code),
        told=case.error.told or f"A message by {channel} was refused with the code {code}.",
        todo=case.error.todo or "Look the code up with the provider.",
        now=case.now,
    )


def _again(
    case: _Case,
    record: Callable[..., None],
    *,
    error: str | None = None,
    pause: float | None = None,
) -> None:
    """Another try here; or another address, where that would come too late to be worth anything."""
    row, said = case.row, error or str(case.error)
    seconds = pause if pause is not None else case.error.retry_after
    due_at = case.now + timedelta(seconds=_pause(row) if seconds is None else seconds)
    if due_at >= row.notice.not_after:
        _end(case, error=said)
    elif _is_out_of_its_time(case, due_at) and _goes_elsewhere(case):
        _record_failed(case.uow, row, error=said, now=case.now)
    else:
        record(row.id, due_at=due_at, error=said)


def _end(case: _Case, *, error: str | None = None) -> None:
    _record_failed(case.uow, case.row, error=error or str(case.error), now=case.now)
    _goes_elsewhere(case)


def _record_failed(uow: UnitOfWork, row: OutboxRow, *, error: str, now: datetime) -> None:
    """Staff's pages show at once whom a word of their line has not reached."""
    uow.outbox.record_failed(row.id, error=error, now=now)
    if row.notice.queue_id is not None:
        uow.poke(row.notice.queue_id)


def _is_out_of_its_time(case: _Case, due_at: datetime) -> bool:
    """Whether the next try would come later than the notice may arrive. Who only waits for a turn of the channel's pace
    goes no other way for that, or a morning's reminders would all go by the dearer channel.
    """
    notice, began = case.row.notice, case.row.first_tried_at or case.now
    waits_its_turn = case.error.fault is SendFault.THROTTLED and not notice.is_rather_told_twice
    within = notice.arrives_within
    return within is not None and not waits_its_turn and due_at > began + within


def _goes_elsewhere(case: _Case) -> bool:
    """Whether another address has its turn. Who can never be reached wasn't by any attempt before either."""
    fault, row = case.error.fault, case.row
    if fault is SendFault.UNREACHABLE:
        return fall_back(case.uow, row, channels=case.channels, now=case.now) is not None
    if fault is SendFault.UNCLEAR and not row.notice.is_rather_told_twice:
        return False
    return _fall_back(case.uow, row, channels=case.channels, now=case.now)


def _fall_back(uow: UnitOfWork, row: OutboxRow, *, channels: Mapping[str, Channel], now: datetime) -> bool:
    """What may have arrived, by an attempt before, goes on only where twice is better than never."""
    if row.unclear and not row.notice.is_rather_told_twice:
        return False
    return fall_back(uow, row, channels=channels, now=now) is not None


def _pause(row: OutboxRow) -> float:
    """Seconds until the next try: doubling, and spread by a quarter either way: rows don't come back as one.

    The spread is drawn from the row's own number by the golden ratio, which needs no source of chance.
    """
    spread = 0.75 + 0.5 * (row.id * 0.6180339887498949 % 1)
    return float(min(LONGEST_PAUSE, 2.0 ** max(0, row.attempts - 1)) * spread)
