"""Asks Twilio which messages have come for us, and takes in those that it never posted, or posted while we were away.

Twilio hardly repeats what it couldn't post, but keeps it: an outage of hours loses nobody. What was taken in before is
a no-op by its MessageSid, so that any number of clocks may look at once. What is fetched says when it was written, and
no more than its words: whether it comes too late to be an answer is the conversation's matter. It must never fetch what
was written before this installation began to look, and never move its mark over what isn't committed.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.errors import SendError
from domain.ports import Services
from domain.use_cases.consequences import alarm_key
from domain.use_cases.receive import receive
from settings import Settings
from whatsapp.channel import SMS, WHATSAPP
from whatsapp.client import TwilioClient
from whatsapp.read import WHATSAPP_PREFIX, WRITTEN_AT, handle_of

# So long may a message take until it is listed, and so far may our clock be ahead of Twilio's.
OVERLAP = timedelta(minutes=10)
# Of a message that is posted, too: it waits for that, which says which button was tapped. Twilio gives up after 15 s.
POSTED_WITHIN = timedelta(seconds=30)
# Who wrote longer ago has gone another way, and may not be answered freely any more.
LONGEST = timedelta(hours=24)
RINGS_EVERY = timedelta(minutes=10)
NOT_LET_IN = "20003"
EVERY = 60.0  # seconds
EVERY_WITHOUT_WEBHOOK = 3.0  # where Twilio can't post to us, this is how messages come in

logger = logging.getLogger(__name__)


class LookBack:
    """A step of the clock."""

    def __init__(self, client: TwilioClient, *, page_size: int = 1000) -> None:
        self._client, self._page_size = client, page_size
        self._is_let_in: dict[str, bool] = {}  # by channel, since it was first asked of
        self._rang_at: dict[str, datetime] = {}

    def __call__(self, services: Services) -> int:
        """How many messages were new."""
        return sum(self._look_whatever_comes(services, channel) for channel in _known(services))

    def _look_whatever_comes(self, services: Services, channel: str) -> int:
        """What one channel trips over is nothing to the other."""
        try:
            return self._look(services, channel)
        except Exception:
            logger.exception("messages by %s can't be taken in", channel)
            return 0

    def _look(self, services: Services, channel: str) -> int:
        from whatsapp.trouble import TROUBLE, fault_of

        now = services.clock.now()
        with services.uow() as uow:
            known_until = uow.look_backs.since(channel, now=now)
            uow.commit()
        since = max(known_until, now - LONGEST)
        try:
            listed = list(self._listed(services.settings, channel, since=since))
        except TROUBLE as error:
            fault = fault_of(error, channel=channel)
            self._tell(channel, str(fault))
            self._ring(services, channel, fault, now=now)
            return 0
        self._is_over(services, channel)
        if since > known_until:
            logger.warning(
                "what came by %s from %s until %s is not fetched any more", channel, known_until, since
            )
        until = now - (POSTED_WITHIN if services.settings.public_url else timedelta(0))
        return _take_in(services, channel, _in_order(listed, since=since, until=until), now=now)

    def _listed(self, settings: Settings, channel: str, *, since: datetime) -> Iterable[Any]:
        """What came for our senders since then, page by page. Raises what `whatsapp.trouble` knows."""
        wanted: dict[str, Any] = {
            "date_sent_after": since.replace(microsecond=0),
            "page_size": self._page_size,
        }
        is_of_service = channel == SMS and settings.twilio_messaging_service_sid
        if channel == WHATSAPP:
            wanted["to"] = WHATSAPP_PREFIX + settings.twilio_whatsapp_from
        elif not is_of_service:
            wanted["to"] = settings.twilio_sms_from
        for message in self._client.rest.messages.stream(**wanted):
            if message.direction == "inbound" and (not is_of_service or _is_ours(message, settings)):
                yield message

    def _tell(self, channel: str, told: str) -> None:
        """Once, however long it lasts: the next rounds go back as far."""
        if self._is_let_in.get(channel) is not False:
            logger.warning("Twilio can't be asked which messages came by %s: %s", channel, told)
        self._is_let_in[channel] = False

    def _ring(self, services: Services, channel: str, fault: SendError, *, now: datetime) -> None:
        """Where only people can mend it: who isn't let in may have nothing to send that would ring."""
        rang_at = self._rang_at.get(channel)
        if not fault.told or (rang_at is not None and now - rang_at < RINGS_EVERY):
            return
        self._rang_at[channel] = now
        with services.uow() as uow:
            uow.alarms.ring(alarm_key(channel, fault.code), told=fault.told, todo=fault.todo, now=now)
            uow.commit()

    def _is_over(self, services: Services, channel: str) -> None:
        """Whoever is let in has nothing to mend, maybe since another process was told another token."""
        before = self._is_let_in.get(channel)
        if before is False:
            logger.info("Twilio can be asked again which messages came by %s", channel)
        if not before:
            with services.uow() as uow:
                uow.alarms.end(alarm_key(channel, NOT_LET_IN))
                uow.commit()
        self._rang_at.pop(channel, None)
        self._is_let_in[channel] = True


def begin(services: Services) -> None:
    """What is written from now on will be fetched, though the clock may take a moment until it first asks."""
    with services.uow() as uow:
        for channel in _known(services):
            uow.look_backs.since(channel, now=services.clock.now())
        uow.commit()


def every(settings: Settings) -> float:
    """Seconds between two rounds."""
    return EVERY if settings.public_url else EVERY_WITHOUT_WEBHOOK


def _known(services: Services) -> list[str]:
    return [channel for channel in (WHATSAPP, SMS) if channel in services.channels]


def _is_ours(message: Any, settings: Settings) -> bool:
    """The numbers of a messaging service aren't ours to know, but its messages name it."""
    is_of_number = bool(settings.twilio_sms_from) and message.to == settings.twilio_sms_from
    return is_of_number or message.messaging_service_sid == settings.twilio_messaging_service_sid


def _in_order(messages: Iterable[Any], *, since: datetime, until: datetime) -> list[Any]:
    """As they were written, those of one second by their ids: whoever takes them in beside us does so in this order."""
    # Twilio's instants are whole seconds.
    ripe = [message for message in messages if since.replace(microsecond=0) <= _written_at(message) <= until]
    return sorted(ripe, key=lambda message: (_written_at(message), message.sid))


def _take_in(services: Services, channel: str, messages: Sequence[Any], *, now: datetime) -> int:
    """In one transaction with the mark, which says until when nothing is missing."""
    count = 0
    with services.uow() as uow:
        # Nearly all were posted, and are only asked after again because looks overlap.
        unknown = uow.inbox.unknown([message.sid for message in messages], channel=channel)
        for message in messages:
            if message.sid not in unknown:
                continue
            payload = _as_posted(message)
            handle = handle_of(payload)
            count += bool(handle) and receive(
                uow, channel=channel, handle=handle, provider_id=message.sid, payload=payload, now=now
            )
        uow.look_backs.move(channel, until=now - OVERLAP, now=now)
        uow.commit()
    if count:
        logger.info("%d messages by %s were fetched that nobody had posted", count, channel)
    return count


def _as_posted(message: Any) -> Mapping[str, object]:
    """By the names of the parameters that Twilio posts, as far as it tells them here."""
    service = message.messaging_service_sid
    return ({"MessagingServiceSid": service} if service else {}) | {
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_ or "",
        "To": message.to or "",
        "Body": message.body or "",
        "NumMedia": message.num_media or "0",
        WRITTEN_AT: _written_at(message).isoformat(),
    }


def _written_at(message: Any) -> datetime:
    written: datetime = message.date_sent or message.date_created
    return written.astimezone(UTC)
