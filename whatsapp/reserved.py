"""The words that belong to Twilio where they stand alone, above all by SMS: it answers them itself, and so we don't.

Never offered to anybody as words to write, but STOP and START where they are meant.
"""

import re

STOP_WORDS = frozenset({"stop", "stopall", "cancel", "end", "quit", "revoke", "optout", "unsubscribe"})
START_WORDS = frozenset({"start", "yes", "unstop"})
HELP_WORDS = frozenset({"help", "info"})
RESERVED_WORDS = STOP_WORDS | START_WORDS | HELP_WORDS

_KIND_OF = {"stop": "stopped", "start": "resumed"}
_SHORT_CODE = re.compile(r"\d{3,8}", flags=re.ASCII)


def opted(text: str, *, opt_out_type: str, is_sms: bool) -> str:
    """The kind of an Incoming by which somebody opts out or in again, "" for any other.

    `opt_out_type` is given where the owner of a messaging service has chosen words of their own, on any channel.
    """
    kind = _KIND_OF.get(opt_out_type.lower(), "")
    if kind or not is_sms:
        return kind
    return "stopped" if _word(text) in STOP_WORDS else "resumed" if _word(text) in START_WORDS else ""


def is_answered(text: str, *, opt_out_type: str, is_sms: bool, sent_to: str, by_service: bool) -> bool:
    """Whether Twilio answers this itself. It leaves all words to us where a short code stands without a service."""
    if opt_out_type:
        return True
    left_to_us = _SHORT_CODE.fullmatch(sent_to) is not None and not by_service
    return is_sms and _word(text) in RESERVED_WORDS and not left_to_us


def _word(text: str) -> str:
    return text.strip().casefold()
