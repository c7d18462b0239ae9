"""Who has to be told that their turn is near, and who was told what is true no more. Under the queue's lock only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.ids import AddressId, EventId
from domain.notices import VALID_FOR, Notice, NoticeKind, called_key, near_key, undone_key
from domain.ports import UnitOfWork
from domain.queue import Ticket, TicketState, newly_near, threshold_crossed, told_too_much
from domain.schedule import THRESHOLDS

REACH = max(THRESHOLDS) + 1  # the head of the line that an alert can concern


def tell_those_near(uow: UnitOfWork, queue_id: int, *, now: datetime) -> None:
    """Alerts those who have come to a threshold, and nobody else."""
    uow.outbox.add(_alerts(uow, uow.tickets.head(queue_id, limit=REACH), now=now))


def tell_called_and_near(
    uow: UnitOfWork, called: Ticket | None, head: Sequence[Ticket], *, now: datetime
) -> None:
    """Tells who is called for the first time, and who has come to a threshold in the head of the line as it is now."""
    calls = [] if called is None else _calls(called, call=1, now=now)
    uow.outbox.add([*calls, *_alerts(uow, head, now=now)])


def join(uow: UnitOfWork, ticket: Ticket, *, now: datetime) -> int:
    """How many are ahead of a ticket that has just joined a running line.

    What it is told on joining is its first alert, so that the next press doesn't tell it the same again. Who stands
    behind it and was told a smaller number is told anew when that number is reached again.
    """
    ahead = uow.tickets.ahead(ticket)
    threshold = threshold_crossed(ahead=ahead, alerted=None)
    if threshold is not None:
        uow.tickets.mark_alerted({ticket.id: threshold})
        pushed_back = told_too_much(uow.tickets.head(ticket.queue_id, limit=REACH + 1))
        _take_back(uow, pushed_back, since=now - VALID_FOR[NoticeKind.NEAR], now=now)
    return ahead


def tell_called(uow: UnitOfWork, ticket: Ticket, *, call: int, now: datetime) -> None:
    """Says that it's the person's turn, once for each call."""
    uow.outbox.add(_calls(ticket, call=call, now=now))


def tell_on_return(uow: UnitOfWork, seen: Ticket, *, now: datetime) -> None:
    """Rings for a call that reached nobody, because the person took nothing from us then; once for each call."""
    if seen.state is not TicketState.CALLED:
        return
    uow.queues.lock([seen.queue_id])
    ticket = uow.tickets.get(seen.id)  # as it is under the lock
    if ticket is None or ticket.state is not TicketState.CALLED or ticket.called_at is None:
        return
    told = uow.outbox.told(ticket_ids=[ticket.id], since=ticket.called_at)
    if NoticeKind.CALLED.value not in told.get(ticket.id, {}).values():
        calls = _calls(ticket, call=ticket.calls, now=now)
        uow.outbox.add([replace(call, dedupe_key=f"{call.dedupe_key}:back") for call in calls])


def correct(
    uow: UnitOfWork,
    still_true: Mapping[Ticket, int | None],
    *,
    event_id: EventId,
    since: datetime,
    now: datetime,
) -> None:
    """After an undo: what these tickets were told since then is no longer true; the value is the threshold that is.

    Whoever was told is told the truth, wherever they were told: where the first address was only slow, that is two.
    """
    if not still_true:
        return
    _take_back(uow, still_true, since=since, now=now)
    told = uow.outbox.told(ticket_ids=[ticket.id for ticket in still_true], since=since)
    uow.outbox.add(
        [
            notice
            for ticket in still_true
            for notice in _corrections(ticket, told.get(ticket.id, {}), event_id=event_id, now=now)
        ]
    )


def _corrections(
    ticket: Ticket, told: Mapping[AddressId, str], *, event_id: EventId, now: datetime
) -> list[Notice]:
    """One for each address; each knows of the others, so that none falls back to where another goes."""
    return [
        _notice(
            NoticeKind.UNDONE,
            ticket,
            address_id=address_id,
            key=undone_key(ticket_id=ticket.id, event_id=event_id, address_id=address_id),
            data={"was": was, "told": sorted(told)},
            now=now,
        )
        for address_id, was in told.items()
    ]


def _take_back(
    uow: UnitOfWork, still_true: Mapping[Ticket, int | None], *, since: datetime, now: datetime
) -> None:
    """Withdraws alerts that are still on their way, in a guarded statement that a worker's claim can't overlap, and
    counts as told only what is true.
    """
    if still_true:
        uow.outbox.withdraw(ticket_ids=[ticket.id for ticket in still_true], since=since, now=now)
        uow.tickets.correct_alerted({ticket.id: threshold for ticket, threshold in still_true.items()})


def _calls(ticket: Ticket, *, call: int, now: datetime) -> list[Notice]:
    """One notice, or none for a person without an address."""
    if ticket.address_id is None:
        return []
    key = called_key(ticket_id=ticket.id, interval=ticket.interval, alert_round=ticket.alert_round, call=call)
    data = {"interval": ticket.interval, "round": ticket.alert_round, "call": call}
    return [_notice(NoticeKind.CALLED, ticket, address_id=ticket.address_id, key=key, data=data, now=now)]


def _alerts(uow: UnitOfWork, head: Sequence[Ticket], *, now: datetime) -> list[Notice]:
    """For those of the head of the line who have come to a threshold, who count as told from now on."""
    near = newly_near(head)
    uow.tickets.mark_alerted({ticket.id: threshold for ticket, _, threshold in near})
    return [
        _near(ticket, address_id=ticket.address_id, threshold=threshold, now=now)
        for ticket, _, threshold in near
        if ticket.address_id is not None
    ]


def _near(ticket: Ticket, *, address_id: AddressId, threshold: int, now: datetime) -> Notice:
    key = near_key(
        ticket_id=ticket.id, interval=ticket.interval, alert_round=ticket.alert_round, threshold=threshold
    )
    data = {"interval": ticket.interval, "round": ticket.alert_round, "threshold": threshold}
    return _notice(NoticeKind.NEAR, ticket, address_id=address_id, key=key, data=data, now=now)


def _notice(
    kind: NoticeKind,
    ticket: Ticket,
    *,
    address_id: AddressId,
    key: str,
    data: Mapping[str, object],
    now: datetime,
) -> Notice:
    return Notice(
        kind=kind,
        address_id=address_id,
        dedupe_key=key,
        due_at=now,
        not_after=now + VALID_FOR[kind],
        organisation_id=ticket.organisation_id,
        site_id=ticket.site_id,
        queue_id=ticket.queue_id,
        ticket_id=ticket.id,
        appointment_id=ticket.appointment_id,
        data=data,
    )
