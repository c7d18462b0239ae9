"""What it means for a message that Twilio's client raised: refused, not sent, or perhaps sent and perhaps not.

It must never take a silence for a refusal: what may have been taken is looked for before it goes again.
"""

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from urllib3.exceptions import HTTPError, NewConnectionError

from domain.errors import SendError, SendFault
from whatsapp.client import OutOfTimeError
from whatsapp.faults import fault_of_code

# An answer that is no JSON is a ValueError: some proxy's, or cut short.
TROUBLE = (TwilioException, requests.RequestException, HTTPError, ValueError, OutOfTimeError)
LOOKED_FOR_AFTER = 5.0  # seconds, until what was taken can be found in the list of messages


def fault_of(error: Exception, *, channel: str) -> SendError:
    """A server's fault (5xx) may come after the message was taken; 503 says that it was not looked at."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        if error.status >= 500 and error.status != 503:
            return _unclear(str(error.code or error.status))
        return fault_of_code(error.code or error.status, channel=channel)
    if isinstance(error, OutOfTimeError) or _never_connected(error):
        return SendError(SendFault.LATER, code=type(error).__name__)
    return _unclear(type(error).__name__)


def code_of(error: Exception) -> int:
    """Twilio's own code; 0 where it said none."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return int(error.code or 0)
    return 0


def _unclear(code: str) -> SendError:
    return SendError(SendFault.UNCLEAR, code=code, retry_after=LOOKED_FOR_AFTER)


def _never_connected(error: Exception) -> bool:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE" in str(error).upper()
    wrapped = error.args[0] if error.args else None
    return isinstance(getattr(wrapped, "reason", wrapped), NewConnectionError)
