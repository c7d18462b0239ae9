"""Twilio's form parameters as we understand them, of WhatsApp and SMS alike. Pure; looks nothing up.

Whatever came, it makes an Incoming: parameters and kinds that nobody documented must not hold up those after them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from domain.conversation.messages import Incoming
from whatsapp import reserved

WHATSAPP_PREFIX = "whatsapp:"
WRITTEN_AT = "DateSent"  # ours, on messages that were fetched; what Twilio posts has none
# Kinds of WhatsApp message whose body, if any, is not what the person wrote: a file's name, an emoji put to a message.
_WORDLESS = frozenset({"audio", "document", "reaction", "sticker"})
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})


def read(payload: Mapping[str, object], *, channel: str) -> Incoming:
    """A tapped choice comes as `ButtonPayload` or `ListId`; what its button said is not looked at.

    What WhatsApp says of a person's name is not either: people are asked.
    """
    tapped = param(payload, "ButtonPayload") or param(payload, "ListId")
    text = param(payload, "Body")
    return Incoming(
        channel=channel,
        handle=handle_of(payload),
        provider_id=param(payload, "MessageSid"),
        kind="tap" if tapped else _opted(payload, text=text, channel=channel) or _kind(payload, text=text),
        text=text,
        tapped=tapped or None,
        shown_in=param(payload, "OriginalRepliedMessageSid") or None,
        sent_at=_written_at(payload),
        answered=_is_answered(payload, text=text, channel=channel),
    )


read_whatsapp = partial(read, channel="whatsapp")
read_sms = partial(read, channel="sms")


def param(payload: Mapping[str, object], name: str) -> str:
    """The first where there are several; without what no database takes."""
    value = payload.get(name)
    first = value[0] if isinstance(value, list) and value else value
    return str(first or "").replace("\0", "").encode("utf-8", "replace").decode()


def handle_of(payload: Mapping[str, object]) -> str:
    """Any text: a WhatsApp user may have no number to show, and an SMS may come from a name."""
    return param(payload, "From").removeprefix(WHATSAPP_PREFIX)


def channel_of(payload: Mapping[str, object]) -> str | None:
    """None for what Twilio carries besides WhatsApp and SMS, which it marks by a prefix of its own."""
    kind, colon, _ = param(payload, "From").partition(":")
    if not colon:
        return "sms"
    return "whatsapp" if kind + colon == WHATSAPP_PREFIX else None


def _opted(payload: Mapping[str, object], *, text: str, channel: str) -> str:
    """Whether the person opted out or in again; "" where they did not."""
    return reserved.opted(text, opt_out_type=param(payload, "OptOutType"), is_sms=channel.endswith("sms"))


def _is_answered(payload: Mapping[str, object], *, text: str, channel: str) -> bool:
    return reserved.is_answered(
        text,
        opt_out_type=param(payload, "OptOutType"),
        is_sms=channel.endswith("sms"),
        sent_to=param(payload, "To"),
        by_service=bool(param(payload, "MessagingServiceSid")),
    )


def _kind(payload: Mapping[str, object], *, text: str) -> str:
    """A picture with words below it is answered for its words, and so is a kind of message that nobody knows."""
    kind = param(payload, "MessageType").lower()
    if kind == "location" or param(payload, "Latitude"):
        return "location"
    if kind == "contacts" or param(payload, "MediaContentType0").lower() in _CARDS:
        return "contact"
    has_words = bool(text.strip()) and kind not in _WORDLESS
    is_of_text = kind in {"", "text"} and param(payload, "NumMedia") in {"", "0"}
    return "text" if has_words or is_of_text else "unsupported"


def _written_at(payload: Mapping[str, object]) -> datetime | None:
    """In UTC; None where nobody said so, or not in our way."""
    try:
        written = datetime.fromisoformat(param(payload, WRITTEN_AT))
    except ValueError:
        return None
    return written.astimezone(UTC) if written.tzinfo else None
