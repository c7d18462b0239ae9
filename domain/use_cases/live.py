"""One message per ticket that is kept up to date, where a channel can edit: which are due, what they show, the sending.

Next and Start know nothing of it: who follows a queue is found by its events, after the commit. It must never ask a
provider inside a transaction, nor send what is shown already. A worker that dies while it sends leaves its rows leased;
at most those in flight are doubled.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.errors import SendError, SendFault
from domain.people import Address
from domain.ports import Channel, LiveMessage, Outgoing, Services, UnitOfWork
from domain.queue import LIVE, Ticket
from domain.schedule import Site
from domain.use_cases.consequences import write_no_more
from domain.use_cases.follow import live_queue, place_in
from domain.use_cases.live_words import live_words
from domain.views import PlaceView

EDITED_EVERY = timedelta(seconds=3)
LOOKED_AT_EVERY = timedelta(seconds=60)  # the wait changes as time passes
AT_ONCE = 16  # rows claimed together; the queue's figures are read once for them
LEASE = timedelta(seconds=30)
SENDING_TAKES = timedelta(seconds=15)  # at most; with less left of its lease nothing is handed over any more
PAUSE = timedelta(seconds=5)  # after a failure
UNHEARD_AFTER = timedelta(seconds=20)
MOST_FAILURES = 5
KIND = "live"

_NO_MORE = frozenset({SendFault.STOPPED, SendFault.BLOCKED})
_PASSING = frozenset({SendFault.LATER, SendFault.THROTTLED})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message with what it has to show now; `ended` when that is the end of the visit."""

    claimed: LiveMessage
    channel: Channel
    outgoing: Outgoing
    content: str
    ended: bool


Place = tuple[PlaceView, Site]
SideBySide = Callable[[Callable[[Ready], bool], Sequence[Ready]], Iterable[bool]]


def look_for_changes(services: Services, known: Mapping[int, int]) -> dict[int, int]:
    """Marks what follows the queues that moved since `known`, and what nobody looked at for a while.

    Returns the marks (see `LiveMessageStore.marks`) to compare with at the next look.
    """
    now = services.clock.now()
    channels = [name for name, channel in services.channels.items() if channel.capabilities.keeps_live]
    if not channels:
        return {}
    with services.uow() as uow:
        marks = dict(uow.live.marks())
        for queue_id in (queue_id for queue_id, mark in marks.items() if known.get(queue_id) != mark):
            uow.live.follow(queue_id, channels=channels, now=now)
            uow.live.queue_moved(queue_id, now=now)
        uow.live.time_passed(looked_before=now - LOOKED_AT_EVERY, now=now)
        uow.commit()
    return marks


def waits_since(services: Services) -> datetime | None:
    """Since when the oldest waits that could be shown now; None where there is nothing to do."""
    now = services.clock.now()
    with services.uow() as uow:
        return uow.live.due_since(now=now, shown_before=now - EDITED_EVERY)


def refresh(services: Services, *, side_by_side: SideBySide = map) -> int:
    """Shows some of those that are due, the nearest turn first; returns how many show the truth now.

    `side_by_side` may hand over several at the same time.
    """
    now = services.clock.now()
    with services.uow() as uow:
        claimed = uow.live.claim(
            now=now, lease_until=now + LEASE, shown_before=now - EDITED_EVERY, limit=AT_ONCE
        )
        uow.commit()
    if not claimed:
        return 0
    ready, unchanged = _look(services, claimed, now=now)
    return unchanged + sum(side_by_side(partial(_hand_over, services), ready))


def _look(services: Services, claimed: Sequence[LiveMessage], *, now: datetime) -> tuple[list[Ready], int]:
    """What each has to show; and how many show it already, or can't be shown, and are done with."""
    found: dict[int, Ready] = {}
    broken: list[LiveMessage] = []
    with services.uow() as uow:
        for message, address, ticket, place in _as_they_stand(uow, claimed, now=now):
            if not _is_reached(services, address):
                # While the ticket lives, its person may yet be reached; afterwards nobody need look here again.
                if ticket.state not in LIVE:
                    uow.live.give_up(message)
                continue
            try:
                ready = _prepare(services, message, address, ticket, place)
            except Exception:
                logger.exception("the live message of ticket %d can't be prepared", ticket.id)
                broken.append(message)
                continue
            if ready is not None:
                found[ticket.id] = ready
        done_with = [m for m in claimed if m.ticket_id not in found and m not in broken]
        uow.live.record_unchanged(done_with)
        uow.commit()
    for message in broken:
        _record_failure(services, message)
    return [found[m.ticket_id] for m in claimed if m.ticket_id in found], len(done_with)


def _as_they_stand(
    uow: UnitOfWork, claimed: Sequence[LiveMessage], *, now: datetime
) -> Iterator[tuple[LiveMessage, Address, Ticket, Place]]:
    """Each with its ticket and place; the figures of a queue are read once."""
    addresses = {a.id: a for a in uow.people.addresses({message.address_id for message in claimed})}
    for queue_id in {message.queue_id for message in claimed}:
        of_queue = {m.ticket_id: m for m in claimed if m.queue_id == queue_id}
        live = live_queue(uow, queue_id)
        assert live is not None
        for ticket, ahead in uow.tickets.with_ahead(queue_id, of_queue):
            message = of_queue[ticket.id]
            place = (place_in(uow, live, ticket, ahead=ahead, now=now), live.site)
            yield message, addresses[message.address_id], ticket, place


def _is_reached(services: Services, address: Address) -> bool:
    """False where the person wants no more of us, or their channel is gone."""
    return address.channel in services.channels and address.stopped_at is None and address.blocked_at is None


def _prepare(
    services: Services,
    claimed: LiveMessage,
    address: Address,
    ticket: Ticket,
    place: Place,
) -> Ready | None:
    """None where it is shown already."""
    channel = services.channels[address.channel]
    view, site = place
    language = services.catalogue.language_for(address.language or site.default_language)
    words = live_words(ticket, view, site, language=language)
    if claimed.provider_id is not None and claimed.shown == words.content:
        return None
    message = words.message(
        catalogue=services.catalogue, variant=channel.capabilities.variant, replaces=claimed.provider_id
    )
    outgoing = Outgoing(
        handle=address.handle,
        messages=(message,),
        outbox_id=None,
        kind=KIND,
        not_after=view.updated_at + LEASE,
        supersedes=claimed.outdated_id,
    )
    return Ready(claimed, channel, outgoing, words.content, ended=ticket.state not in LIVE)


def _hand_over(services: Services, ready: Ready) -> bool:
    """Outside of any transaction; what became of it is kept in a short one. False for a failure."""
    if services.clock.now() > ready.claimed.lease_until - SENDING_TAKES:
        _give_back(services, ready.claimed)
        return False
    try:
        sent = ready.channel.sender.send(ready.outgoing)
    except SendError as error:
        _record_fault(services, ready, error)
        return False
    except Exception:
        logger.exception("the live message of ticket %d can't be sent", ready.claimed.ticket_id)
        _record_failure(services, ready.claimed)
        return False
    with services.uow() as uow:
        uow.live.record_shown(
            ready.claimed,
            provider_id=sent.provider_id,
            shown=ready.content,
            ended=ready.ended,
            now=services.clock.now(),
        )
        uow.commit()
    return True


def _record_fault(services: Services, ready: Ready, error: SendError) -> None:
    claimed, now = ready.claimed, services.clock.now()
    if error.fault is SendFault.OURS:
        logger.error(
            "live message of ticket %d: %s refuses us: %s", claimed.ticket_id, ready.channel.name, error
        )
    if error.fault not in _PASSING | _NO_MORE | {SendFault.UNREACHABLE}:
        _record_failure(services, claimed)
        return
    with services.uow() as uow:
        if error.fault in _PASSING:
            pause = PAUSE if error.retry_after is None else timedelta(seconds=error.retry_after)
            uow.live.record_later(claimed, due_at=now + pause, failed=False)
        elif error.fault in _NO_MORE:
            write_no_more(uow, claimed.address_id, error.fault, now=now)
            uow.live.record_later(
                claimed, due_at=now, failed=False
            )  # the next look sees that nobody is reached
        else:
            uow.live.give_up(claimed)
        uow.commit()


def _record_failure(services: Services, claimed: LiveMessage) -> None:
    """Ours, or nobody knows whether it arrived: tried again a few times, so that a phone isn't filled with doubles."""
    with services.uow() as uow:
        if claimed.attempts + 1 >= MOST_FAILURES:
            uow.live.give_up(claimed)
        else:
            uow.live.record_later(claimed, due_at=services.clock.now() + PAUSE, failed=True)
        uow.commit()


def _give_back(services: Services, claimed: LiveMessage) -> None:
    with services.uow() as uow:
        uow.live.record_later(claimed, due_at=services.clock.now(), failed=False)
        uow.commit()
