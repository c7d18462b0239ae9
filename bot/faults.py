"""What Telegram's refusals mean for a message: sent after all, to be sent otherwise, or a fault. Never sends.

The wording of descriptions is Telegram's own and undocumented; codes alone don't tell these cases apart.
"""

import re
from enum import Enum

import httpx
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from domain.errors import SendError, SendFault


class Remedy(Enum):
    """What the sender can do about a refusal by itself."""

    ALREADY_SO = "already-so"  # the message shows this: as good as sent
    ANEW = "anew"  # the message to edit can't be edited: a new one takes its place
    PLAIN = "plain"  # our markup is broken: without it
    SHORTER = "shorter"  # too long, by a count of ours that is wrong


# Parts of the description, in small letters.
_REMEDIES = (
    ("message is not modified", Remedy.ALREADY_SO),
    ("message can't be edited", Remedy.ANEW),
    ("message to edit not found", Remedy.ANEW),
    ("message_id_invalid", Remedy.ANEW),
    ("message identifier is not specified", Remedy.ANEW),
    ("can't parse entities", Remedy.PLAIN),
    ("message is too long", Remedy.SHORTER),
    ("message_too_long", Remedy.SHORTER),
)
_NOBODY_THERE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated", "to bots")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")  # the library puts it into some of its errors
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def remedy_for(error: TelegramError) -> Remedy | None:
    if not isinstance(error, BadRequest):
        return None
    described = error.message.lower()
    return next((remedy for part, remedy in _REMEDIES if part in described), None)


def fault_of(error: TelegramError | TimeoutError, *, may_repeat: bool) -> SendError:
    """`may_repeat` says that doing it twice is the same as once, as an edit is.

    BadRequest is a NetworkError in this library, so that it is asked for first.
    """
    code = words_of(error)
    if isinstance(error, RetryAfter):
        return SendError(SendFault.THROTTLED, code="429", retry_after=seconds_of(error))
    if isinstance(error, (Forbidden, BadRequest)):
        return SendError(_refused(error), code=code)
    if isinstance(error, InvalidToken):
        return SendError(SendFault.OURS, code=code)
    arrived_perhaps = not may_repeat and _may_have_arrived(error)
    return SendError(SendFault.UNCLEAR if arrived_perhaps else SendFault.LATER, code=code)


def words_of(error: Exception) -> str:
    """What it says, without the token."""
    return _TOKEN.sub("…", str(error)) or type(error).__name__


def seconds_of(error: RetryAfter) -> float:
    """The library is on its way from a number to a time span; both are understood."""
    after = error.retry_after
    return float(after) if isinstance(after, (int, float)) else after.total_seconds()


def _refused(error: Forbidden | BadRequest) -> SendFault:
    described = error.message.lower()
    if any(part in described for part in _NOBODY_THERE):
        return SendFault.UNREACHABLE
    return SendFault.BLOCKED if isinstance(error, Forbidden) else SendFault.OURS


def _may_have_arrived(error: TelegramError | TimeoutError) -> bool:
    """An answer of the server, even 5xx, says that it didn't; silence after the request was on its way says nothing."""
    if isinstance(error, NetworkError):
        cause = error.__cause__
        return isinstance(cause, httpx.HTTPError) and not isinstance(cause, _NEVER_CONNECTED)
    return True
