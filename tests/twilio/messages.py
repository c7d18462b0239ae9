"""Messages as Twilio keeps and shows them, and what it refuses to take."""

import math
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from tests.twilio.contents import Choice, Filled
from tests.twilio.refusals import (
    BAD_STATUS_CALLBACK,
    BAD_VALIDITY_PERIOD,
    CHANNELS_DIFFER,
    NO_BODY,
    NO_FROM,
    NO_TO,
    TOO_LONG,
    bad_request,
    not_a_number,
)

Json = dict[str, Any]
Params = dict[str, str]
WHATSAPP = "whatsapp:"
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_USER = re.compile(
    r"(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9._]{2,128})"
)  # WhatsApp also knows people without a number
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€\f"
)


# Of the last three before "read" one is the end.
RANK = [
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "undelivered",
    "failed",
    "delivered",
    "read",
    "received",
]


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass(slots=True, kw_only=True)
class Message:
    """One message, of either direction. `params` is how the client asked for it, `body` what its reader sees."""

    sid: str
    account: str
    sender: str  # empty where a Messaging Service has still to pick one
    to: str
    body: str
    direction: str
    status: str
    created: datetime
    params: Params = field(default_factory=dict)
    service: str = ""
    media: int = 0
    updated: datetime | None = None
    sent: datetime | None = None
    error_code: int | None = None
    fails_with: int = 0  # what becomes of it, as is told later; 0 where its reader gets it
    shown: Filled | None = None  # of a content
    is_template: bool = False

    @property
    def is_whatsapp(self) -> bool:
        return self.to.startswith(WHATSAPP)

    @property
    def is_ours(self) -> bool:
        return self.direction != "inbound"

    @property
    def choices(self) -> list[Choice]:
        """What its reader can tap."""
        return self.shown.choices if self.shown else []

    @property
    def kind(self) -> str:
        """The type of its content; empty for plain words."""
        return self.shown.kind if self.shown else ""

    @property
    def callback(self) -> str:
        return self.params.get("StatusCallback", "")

    @property
    def segments(self) -> int:
        if self.is_whatsapp:
            return 1
        return 0 if self.status == "accepted" else _segments(self.body)

    @property
    def is_final(self) -> bool:
        return self.status in {"delivered", "read", "undelivered", "failed", "received"}

    def moves_to(self, status: str, *, error_code: int | None, now: datetime) -> None:
        """Never back: what is told late doesn't change what the message came to."""
        if RANK.index(status) < RANK.index(self.status):
            return
        self.status, self.error_code, self.updated = status, error_code, now
        if status in {"sent", "delivered", "read", "undelivered"} and self.sent is None:
            self.sent = now

    @property
    def uri(self) -> str:
        return f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}.json"

    def as_json(self) -> Json:
        is_priced = self.status in {"sent", "delivered", "read", "received"}
        price = -0.0079 * max(1, self.segments)
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": format_datetime(self.created),
            "date_sent": format_datetime(self.sent) if self.sent else None,
            "date_updated": format_datetime(self.updated or self.created),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": f"Error {self.error_code}" if self.error_code else None,
            "from": self.sender or None,
            "messaging_service_sid": self.service or None,
            "num_media": str(self.media),
            "num_segments": str(self.segments),
            "price": f"{price:.5f}" if is_priced else None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": self.uri.replace(".json", "/Media.json")},
            "to": self.to,
            "uri": self.uri,
        }


def check_message(params: Params) -> None:
    """Raises what Twilio says to parameters that no account could use."""
    to, sender = params.get("To", ""), params.get("From", "")
    if not to:
        raise NO_TO
    if not sender and not params.get("MessagingServiceSid"):
        raise NO_FROM
    if not any(params.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        raise NO_BODY
    if len(params.get("Body", "")) > 1600:
        raise TOO_LONG
    form = _USER if to.startswith(WHATSAPP) else _NUMBER
    if not form.fullmatch(to.removeprefix(WHATSAPP)):
        raise not_a_number(to)
    if sender and sender.startswith(WHATSAPP) != to.startswith(WHATSAPP):
        raise CHANNELS_DIFFER
    _check_options(params)


def _check_options(params: Params) -> None:
    callback = params.get("StatusCallback", "")
    if callback and (urlsplit(callback).scheme not in {"http", "https"} or not urlsplit(callback).netloc):
        raise BAD_STATUS_CALLBACK
    period = params.get("ValidityPeriod", "1")
    if not period.isdecimal() or not 1 <= int(period) <= 36000:
        raise BAD_VALIDITY_PERIOD


def listed(messages: list[Message], params: Params) -> list[Message]:
    """Those that the filters of a list ask for, the latest first.

    One that was not sent yet has no date of sending, and no filter on that finds it.
    """
    found = [message for message in messages if _is_asked_for(message, params)]
    return sorted(found, key=lambda message: message.sent or message.created, reverse=True)


def _is_asked_for(message: Message, params: Params) -> bool:
    if "To" in params and message.to != params["To"]:
        return False
    if "From" in params and message.sender != params["From"]:
        return False
    dates = [name for name in ("DateSent", "DateSent<", "DateSent>") if name in params]
    return all(_was_sent(message.sent, name, params[name]) for name in dates)


def _was_sent(sent: datetime | None, name: str, value: str) -> bool:
    if sent is None:
        return False
    try:
        asked = datetime.fromisoformat(value)
    except ValueError:
        raise bad_request(20001, f"Invalid date: {value}") from None
    asked = asked if asked.tzinfo else asked.replace(tzinfo=sent.tzinfo)
    if name == "DateSent":
        return sent.date() == asked.date()
    whole = sent.replace(microsecond=0)  # Twilio's dates have no fractions
    return whole <= asked if name == "DateSent<" else whole >= asked


def status_form(message: Message, status: str, error_code: int | None) -> Params:
    """What Twilio posts to a message's StatusCallback: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status."""
    form = {
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": message.account,
        "From": message.sender,
        "ApiVersion": "2010-04-01",
    }
    if message.service:
        form["MessagingServiceSid"] = message.service
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    if not message.is_whatsapp:
        return form | ({"RawDlrDate": "2611230330"} if status == "delivered" else {})
    form |= {
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": "XE" + "7e" * 16,
        "ChannelToAddress": f"{message.to.removeprefix(WHATSAPP)[:-4]}XXXX",
    }
    if status == "sent":
        form["StructuredMessage"] = "true" if message.is_template else "false"
    if status in {"delivered", "read", "undelivered", "failed"}:
        form["EventType"] = status.upper()
    return form


def _segments(body: str) -> int:
    if set(body) <= _GSM:
        length = sum(2 if sign in "^{}\\[~]|€\f" else 1 for sign in body)
        return 1 if length <= 160 else math.ceil(length / 153)
    length = len(body.encode("utf-16-le")) // 2
    return 1 if length <= 70 else math.ceil(length / 67)
