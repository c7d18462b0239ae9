"""The words that belong to Twilio where they stand alone, above all by SMS: it answers them itself, and so we don't.

Never offered to anybody as words to write, but STOP and START where they are meant.
"""

import re
from collections.abc import Mapping

STOP_WORDS = frozenset({"stop", "stopall", "cancel", "end", "quit", "revoke", "optout", "unsubscribe"})
START_WORDS = frozenset({"start", "yes", "unstop"})
HELP_WORDS = frozenset({"help", "info"})
RESERVED_WORDS = STOP_WORDS | START_WORDS | HELP_WORDS

_KIND_OF = {"stop": "stopped", "start": "resumed"}
_SHORT_CODE = re.compile(r"\d{3,8}", flags=re.ASCII)


def opted(payload: Mapping[str, object], *, text: str, channel: str) -> str:
    """The kind of an Incoming by which somebody opts out or in again, "" for any other.

    `OptOutType` comes where the owner of a messaging service has chosen words of their own, on any channel.
    """
    kind = _KIND_OF.get(str(payload.get("OptOutType") or "").lower(), "")
    if kind or not _is_sms(channel):
        return kind
    return "stopped" if _word(text) in STOP_WORDS else "resumed" if _word(text) in START_WORDS else ""


def is_answered(payload: Mapping[str, object], *, text: str, channel: str) -> bool:
    """Whether Twilio answers this itself. It leaves all words to us where a short code stands without a service."""
    if payload.get("OptOutType"):
        return True
    is_short = _SHORT_CODE.fullmatch(str(payload.get("To") or "")) is not None
    left_to_us = is_short and not payload.get("MessagingServiceSid")
    return _is_sms(channel) and _word(text) in RESERVED_WORDS and not left_to_us


def _is_sms(channel: str) -> bool:
    return channel.endswith("sms")


def _word(text: str) -> str:
    return text.strip().casefold()
