"""Twilio's form parameters as we understand them, of WhatsApp and SMS alike. Pure; looks nothing up."""

from collections.abc import Mapping
from functools import partial

from domain.conversation.messages import Incoming
from whatsapp import reserved

WHATSAPP_PREFIX = "whatsapp:"


def read(payload: Mapping[str, object], *, channel: str) -> Incoming:
    """A tapped choice comes as `ButtonPayload` or `ListId`; what its button said is not looked at."""
    tapped = _param(payload, "ButtonPayload") or _param(payload, "ListId")
    text = _param(payload, "Body").replace("\0", "")
    return Incoming(
        channel=channel,
        handle=_param(payload, "From").removeprefix(WHATSAPP_PREFIX),
        provider_id=_param(payload, "MessageSid"),
        kind="tap" if tapped else _kind(payload, text=text, channel=channel),
        text=text,
        tapped=tapped or None,
        shown_in=_param(payload, "OriginalRepliedMessageSid") or None,
        answered=reserved.is_answered(payload, text=text, channel=channel),
    )


read_whatsapp = partial(read, channel="whatsapp")
read_sms = partial(read, channel="sms")
read_simulated_whatsapp = partial(read, channel="sim-whatsapp")
read_simulated_sms = partial(read, channel="sim-sms")


def _kind(payload: Mapping[str, object], *, text: str, channel: str) -> str:
    opted = reserved.opted(payload, text=text, channel=channel)
    if opted:
        return opted
    has_media = _param(payload, "NumMedia") not in {"", "0"}
    is_place = bool(_param(payload, "Latitude"))
    return "unsupported" if not text.strip() and (has_media or is_place) else "text"


def _param(payload: Mapping[str, object], name: str) -> str:
    return str(payload.get(name) or "")
