"""Works what an address wrote: one message, one transaction, oldest first. Never half of one, never two at a time."""

import logging
import traceback
from dataclasses import replace
from datetime import datetime, timedelta

from domain.conversation import desk, router
from domain.conversation.messages import Conversation, Incoming, Reply, Text
from domain.conversation.state import goes
from domain.conversation.turn import Turn
from domain.ids import OutboxId
from domain.notices import DESPITE_STOP, VALID_FOR, Notice, NoticeKind, appointment_key
from domain.people import Address
from domain.ports import Channel, InboxRow, Services, UnitOfWork
from domain.schedule import Site
from domain.texts.compose import replies_as_data

MOST_ATTEMPTS = 5
FIRST_RETRY = timedelta(seconds=2)  # doubled at each further attempt
MOST_ON_THEIR_WAY = 3  # plain answers to one address
A_FLOOD = 10  # messages of one address that wait: more than anybody writes who reads what we answer
TAPPED_TWICE_WITHIN = timedelta(seconds=5)

_ASKED_CONTACT = "asked-contact"  # the last question showed the button that shares a phone number
_BUTTONS = "buttons"  # the outbox row of the last question, where its buttons stay until they are taken away
_EDITED = "edited"  # the message whose place the last question took
_KEPT = "kept"  # the last answer was a confirmation: its token and code must stay to be read

_log = logging.getLogger(__name__)


class _Failed(Exception):
    """A message that could not be answered; the reason is its cause."""

    def __init__(self, row: InboxRow) -> None:
        super().__init__(row.id)
        self.row = row


def work_inbox(services: Services, channel: str, handle: str) -> int:
    """Answers what waits of this address and returns how many messages were done with.

    Stops at a message that fails, so that order is kept; it comes back by its `due_at`, and is set aside with an
    apology after five attempts.
    """
    done, more = 0, True
    while more:
        try:
            count, more = _work_oldest(services, services.channels[channel], handle)
        except _Failed as failed:
            if not _count(services, failed):
                return done
            count = 1
        done += count
    return done


def _work_oldest(services: Services, channel: Channel, handle: str) -> tuple[int, bool]:
    """Answers the oldest message; how many were answered, and whether there are more to look for. Raises _Failed."""
    with services.uow() as uow:
        now = services.clock.now()
        waiting = uow.inbox.waiting(channel=channel.name, handle=handle, limit=A_FLOOD + 1)
        if not waiting:
            return 0, False
        try:
            is_outdated = len(waiting) > A_FLOOD
            is_ours = _work(services, uow, channel, waiting[0], is_outdated=is_outdated, now=now)
            uow.commit()
        except Exception as error:  # whatever it was, the next message must not be lost for it
            raise _Failed(waiting[0]) from error
    # Whoever was first may have looked before there was a message behind it.
    return (1, len(waiting) > 1) if is_ours else (0, True)


def _work(
    services: Services, uow: UnitOfWork, channel: Channel, row: InboxRow, *, is_outdated: bool, now: datetime
) -> bool:
    """False where another process has answered it before the conversation was ours.

    `is_outdated`: so many newer messages wait that nobody waits for the answer to this one.
    """
    incoming = _read(channel, row)
    address, conversation = _lock(uow, row, wrote_at=incoming.sent_at, now=now)
    if not uow.inbox.mark_processed(row.id, now=now):
        return False
    turn = Turn(
        uow=uow,
        catalogue=services.catalogue,
        incoming=incoming,
        conversation=conversation,
        address=address,
        capabilities=channel.capabilities,
        now=now,
        public_url=services.settings.public_url,
        channels={name: each.capabilities.variant for name, each in services.channels.items()},
        by_number=_by_number(services, channel),
        keeps_shown=_KEPT in conversation.data,
    )
    turn.repeats = _repeats(turn)
    _settle_language(turn)
    router.take(turn)
    _answer(turn, row, is_outdated=is_outdated)
    return True


def _read(channel: Channel, row: InboxRow) -> Incoming:
    """Where the channel doesn't say when it was written, it has waited since it came, and maybe for long."""
    incoming = channel.read(row.payload)
    return replace(incoming, sent_at=incoming.sent_at or row.received_at)


def _by_number(services: Services, channel: Channel) -> str:
    """Another channel of the same family that reaches phones by number: simulated ones and real ones never mix."""
    if channel.capabilities.by_number:
        return ""
    family = _family(channel)
    others = services.channels.values()
    return next((c.name for c in others if c.capabilities.by_number and _family(c) == family), "")


def _family(channel: Channel) -> str:
    """`sim-` of `sim-whatsapp`."""
    return channel.name.removesuffix(channel.capabilities.variant)


def _lock(
    uow: UnitOfWork, row: InboxRow, *, wrote_at: datetime | None, now: datetime
) -> tuple[Address, Conversation]:
    """The address as it is once the conversation is ours: another process may just have changed it."""
    seen = uow.people.address(channel=row.channel, handle=row.handle, now=now, wrote_at=wrote_at)
    conversation = uow.conversations.lock(seen.id)
    return uow.people.address_by_id(seen.id) or seen, conversation


def _repeats(turn: Turn) -> bool:
    """Whether this was tapped in the message that has just become the present question: the same button twice."""
    conversation, shown_in = turn.conversation, turn.incoming.shown_in
    if shown_in is None or conversation.updated_at is None:
        return False
    is_recent = turn.now - conversation.updated_at <= TAPPED_TWICE_WITHIN
    return is_recent and conversation.data.get(_EDITED) == shown_in


def _settle_language(turn: Turn) -> None:
    """At the first message: the channel's hint, else the site's language. From then on only the person changes it."""
    if turn.address.language is not None:
        return
    here = desk.site(turn)
    hint = turn.incoming.language or (here.default_language if here else None)
    turn.save_address(replace(turn.address, language=turn.catalogue.language_for(hint)))


def _answer(turn: Turn, row: InboxRow, *, is_outdated: bool) -> None:
    """Saves the conversation and puts all that was said into one row of the outbox."""
    if not turn.said:
        return
    if turn.is_aside:
        aside = replies_as_data(turn.said, revision=turn.conversation.revision, first=1)
        _put_on_its_way(turn, _notice(turn, row, data=aside, replaces=None), is_outdated=is_outdated)
        return
    edits = turn.capabilities.edits_in_place
    replaces = turn.incoming.shown_in if edits and not turn.stale and not turn.keeps_shown else None
    asks_contact = turn.capabilities.shares_contact and turn.said[-1].asks_contact is not None
    revision = turn.conversation.revision + 1
    data = replies_as_data(
        turn.said,
        revision=revision,
        first=turn.conversation.page + 1,
        closes=turn.number(_BUTTONS) if replaces is None else None,
        closes_contact=_ASKED_CONTACT in turn.conversation.data and not asks_contact,
    )
    if turn.address.stopped_at is not None:
        data[DESPITE_STOP] = True
    notice = _notice(turn, row, data=data, replaces=replaces)
    added = _put_on_its_way(turn, notice, is_outdated=is_outdated)
    has_buttons = edits and bool(turn.said[-1].choices) and not asks_contact
    turn.remember(
        **{
            _KEPT: 1 if turn.about else None,
            _EDITED: replaces,
            _ASKED_CONTACT: 1 if asks_contact else None,
            _BUTTONS: added[0] if added and has_buttons else None,
        }
    )
    turn.uow.conversations.save(replace(turn.conversation, revision=revision), now=turn.now)


def _put_on_its_way(turn: Turn, notice: Notice, *, is_outdated: bool) -> list[OutboxId]:
    """Whoever writes faster than a channel lets us answer gets a few answers, the last of them true, and not each of
    them over the next ten minutes. What was booked or given up is told whatever comes after it.
    """
    added = turn.uow.outbox.add([notice])
    if is_outdated and notice.kind is NoticeKind.REPLY:
        for outbox_id in added:
            turn.uow.outbox.record_suppressed(outbox_id, reason="outdated", now=turn.now)
        return []
    turn.uow.outbox.outdate(turn.address.id, keep=MOST_ON_THEIR_WAY, now=turn.now)
    return added


def _notice(turn: Turn, row: InboxRow, *, data: dict[str, object], replaces: str | None) -> Notice:
    about = turn.about
    here = turn.uow.places.site(about.site_id) if about else desk.site(turn)
    key = f"inbox:{row.id}" if about is None else appointment_key(appointment_id=about.id, kind=turn.kind)
    return Notice(
        kind=turn.kind,
        address_id=turn.address.id,
        dedupe_key=key,
        due_at=turn.now,
        not_after=turn.now + VALID_FOR[turn.kind],
        organisation_id=here.organisation_id if here else None,
        site_id=here.id if here else None,
        queue_id=about.queue_id if about else None,
        appointment_id=about.id if about else None,
        data=data,
        replaces=replaces,
    )


def _count(services: Services, failed: _Failed) -> bool:
    """One more attempt; True when it was the last one and the message is set aside."""
    row, error = failed.row, failed.__cause__
    reason = type(error).__name__
    # Where it happened and what kind it was; an error's own text may quote what the person wrote.
    where = "".join(traceback.format_tb(error.__traceback__ if error else None))
    _log.error("inbox row %s failed: %s (attempt %s)\n%s", row.id, reason, row.attempts + 1, where)
    if row.attempts + 1 >= MOST_ATTEMPTS:
        _set_aside(services, row, reason=reason)
        return True
    with services.uow() as uow:
        due_at = services.clock.now() + FIRST_RETRY * 2**row.attempts
        uow.inbox.count_attempt(row.id, error=reason, due_at=due_at)
        uow.commit()
    return False


def _set_aside(services: Services, row: InboxRow, *, reason: str) -> None:
    """Ends a message that can't be answered, tells the person, and lets the conversation begin anew."""
    with services.uow() as uow:
        now = services.clock.now()
        address, conversation = _lock(uow, row, wrote_at=row.received_at, now=now)
        if not uow.inbox.mark_processed(row.id, now=now, error=reason):
            return
        channel = services.channels[row.channel]
        (menu,) = goes("go-menu")
        label = services.catalogue.render(
            menu.label, language=address.language or "en", variant=channel.capabilities.variant
        )
        anew = Conversation(
            address_id=address.id,
            choices=((menu.key, label),),
            revision=conversation.revision + 1,
            site_id=conversation.site_id,
        )
        uow.conversations.save(anew, now=now)
        data = replies_as_data(
            [Reply(Text("apology"), (menu,))],
            revision=anew.revision,
            first=1,
            closes_contact=_ASKED_CONTACT in conversation.data,
        )
        site = uow.places.site(anew.site_id) if anew.site_id is not None else None
        uow.outbox.add([_apology(row, address, site=site, data=data, now=now)])
        uow.commit()


def _apology(
    row: InboxRow, address: Address, *, site: Site | None, data: dict[str, object], now: datetime
) -> Notice:
    return Notice(
        kind=NoticeKind.REPLY,
        address_id=address.id,
        dedupe_key=f"inbox:{row.id}",
        due_at=now,
        not_after=now + VALID_FOR[NoticeKind.REPLY],
        organisation_id=site.organisation_id if site else None,
        site_id=site.id if site else None,
        data=data,
    )
