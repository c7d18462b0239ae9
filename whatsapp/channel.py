"""WhatsApp and SMS as the core sees them. Twilio's library is loaded when the first message goes, and not before: half
of all processes never send one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from domain.conversation.messages import Capabilities
from domain.errors import SendError
from domain.people import Address
from domain.ports import Channel, Outgoing, Pace, Receipt, Sent, UnitOfWork
from settings import Settings
from whatsapp.client import TwilioClient
from whatsapp.countries import sms_capabilities
from whatsapp.gate import Gate, sms_limits, whatsapp_limits
from whatsapp.known_frames import KnownFrames
from whatsapp.opening import open_sms, open_whatsapp
from whatsapp.parts import sms_parts, whatsapp_parts
from whatsapp.read import WHATSAPP_PREFIX, read_sms, read_whatsapp
from whatsapp.render import SMS_CAPABILITIES, WHATSAPP_CAPABILITIES, render_sms, render_whatsapp

if TYPE_CHECKING:
    from whatsapp.sender import TwilioSender

WHATSAPP, SMS = "whatsapp", "sms"
# The number of Twilio's sandbox, shared by all of its customers: it is nobody's, and can't have words approved.
SANDBOX = "+14155238886"
# WhatsApp allows 24 hours. Where the last words came with some delay, or ours go with some, a message would be refused.
WINDOW = timedelta(hours=23, minutes=55)
STATUS_PATH = "/twilio/status"


def twilio_channels(
    settings: Settings, *, pace: Pace, uow: Callable[[], UnitOfWork], client: TwilioClient | None = None
) -> dict[str, Channel]:
    """Those that the settings have a sender for."""
    client = client or TwilioClient(settings)
    made = {}
    if settings.has_whatsapp:
        sender = SenderAtNeed(partial(_whatsapp_sender, settings, client=client, pace=pace, uow=uow))
        made[WHATSAPP] = Channel(
            name=WHATSAPP,
            capabilities=replace(WHATSAPP_CAPABILITIES, window=WINDOW, confirms=True),
            read=read_whatsapp,
            render=render_whatsapp,
            sender=sender,
            account=client.account,
            ask=sender.ask,
            rests=sender.rests,
            opens=partial(open_whatsapp, settings),
        )
    if settings.has_sms:
        sender = SenderAtNeed(partial(_sms_sender, settings, client=client, pace=pace))
        made[SMS] = Channel(
            name=SMS,
            capabilities=replace(SMS_CAPABILITIES, confirms=True),
            read=read_sms,
            render=render_sms,
            sender=sender,
            account=client.account,
            ask=sender.ask,
            rests=sender.rests,
            narrowed=partial(_sms_capabilities, settings),
            opens=partial(open_sms, settings),
        )
    return made


class SenderAtNeed:
    """Makes the real sender at the first message. Threads may share it."""

    def __init__(self, make: "Callable[[], TwilioSender]") -> None:
        self._make = make
        self._lock = Lock()
        self._sender: TwilioSender | None = None

    def send(self, outgoing: Outgoing) -> Sent:
        return self._at_hand().send(outgoing)

    def ask(self, provider_id: str) -> Receipt | None:
        return self._at_hand().ask(provider_id)

    def rests(self, error: SendError, handle: str) -> None:
        self._at_hand().gate.obey(error, handle)

    def _at_hand(self) -> "TwilioSender":
        with self._lock:
            if self._sender is None:
                self._sender = self._make()
            return self._sender


def _whatsapp_sender(
    settings: Settings, *, client: TwilioClient, pace: Pace, uow: Callable[[], UnitOfWork]
) -> "TwilioSender":
    from whatsapp.sender import Route, TwilioSender

    number = WHATSAPP_PREFIX + settings.twilio_whatsapp_from
    frames = KnownFrames(uow, channel=WHATSAPP, account=client.account)
    return TwilioSender(
        client,
        Route(WHATSAPP, WHATSAPP_PREFIX, {"from_": number}),
        Gate(pace, _who_asks(settings), number, whatsapp_limits()),
        lambda outgoing: whatsapp_parts(outgoing, frames.content_id),
        _status_url(settings),
        _now,
    )


def _sms_sender(settings: Settings, *, client: TwilioClient, pace: Pace) -> "TwilioSender":
    from whatsapp.sender import Route, TwilioSender

    named = {
        "messaging_service_sid": settings.twilio_messaging_service_sid,
        "from_": settings.twilio_sms_from,
    }
    parameters = {name: value for name, value in named.items() if value}
    key = settings.twilio_sms_from or settings.twilio_messaging_service_sid
    return TwilioSender(
        client,
        Route(SMS, "", parameters),
        Gate(pace, _who_asks(settings), key, sms_limits(settings.twilio_sms_segments_per_second)),
        sms_parts,
        _status_url(settings),
        _now,
    )


def _sms_capabilities(settings: Settings, address: Address) -> Capabilities:
    return replace(sms_capabilities(settings, address), confirms=True)


def _who_asks(settings: Settings) -> str:
    """The account with its token: what is held for a token that was refused isn't held for the one after it."""
    token = hashlib.sha256(settings.twilio_auth_token.encode()).hexdigest()[:8]
    return f"{settings.twilio_account_sid}:{token}"


def _status_url(settings: Settings) -> Callable[[int], str] | None:
    """None where Twilio can't reach us: then what became of a message is asked for."""
    if not settings.public_url:
        return None
    return lambda outbox_id: f"{settings.public_url}{STATUS_PATH}/{outbox_id}"


def _now() -> datetime:
    return datetime.now(UTC)
