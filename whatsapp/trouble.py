"""What it means for a message that Twilio's client raised: refused, not sent, or perhaps sent and perhaps not.

It must never take a silence for a refusal: what may have been taken is looked for before it goes again.
"""

import json

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from urllib3.exceptions import HTTPError, NewConnectionError

from domain.errors import SendError, SendFault
from whatsapp.client import OutOfTimeError
from whatsapp.faults import fault_of_code

# An answer that is no JSON is a ValueError: some proxy's, or cut short.
TROUBLE = (TwilioException, requests.RequestException, HTTPError, ValueError, OutOfTimeError)
LOOKED_FOR_AFTER = 5.0  # seconds, until what was taken can be found in the list of messages
_NOT_LOOKED_AT = 503  # of a server's faults the one that says so; others may come after the message was taken


def fault_of(error: Exception, *, channel: str) -> SendError:
    status = _status_of(error)
    if status >= 500 and status != _NOT_LOOKED_AT:
        return _unclear(str(code_of(error) or status))
    if status:
        return fault_of_code(code_of(error) or status, channel=channel)
    if isinstance(error, OutOfTimeError) or _never_connected(error):
        return SendError(SendFault.LATER, code=type(error).__name__)
    return _unclear(type(error).__name__)


def code_of(error: Exception) -> int:
    """Twilio's own code, or the status where it said none; 0 where nothing was answered."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return int(error.code or error.status)
    answer = _answer_of(error)
    if answer is None:
        return 0
    try:
        return int(json.loads(answer.text)["code"])
    except (ValueError, TypeError, KeyError):
        return int(answer.status_code)


def _status_of(error: Exception) -> int:
    """0 where nothing was answered, or nothing that can be read."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return int(error.status)
    answer = _answer_of(error)
    return 0 if answer is None else int(answer.status_code)


def _answer_of(error: Exception) -> Response | None:
    """What was answered to a list: the library raises that as it came."""
    return next((part for part in error.args if isinstance(part, Response)), None)


def _unclear(code: str) -> SendError:
    return SendError(SendFault.UNCLEAR, code=code, retry_after=LOOKED_FOR_AFTER)


def _never_connected(error: Exception) -> bool:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE" in str(error).upper()
    wrapped = error.args[0] if error.args else None
    return isinstance(getattr(wrapped, "reason", wrapped), NewConnectionError)
