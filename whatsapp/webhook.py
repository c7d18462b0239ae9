"""The address that Twilio posts messages to: believed by its signature, stored, answered. Nothing else happens here.

The answer is an empty TwiML document, in milliseconds; what there is to say goes by the REST API. Twilio hardly
repeats, but where it does (`#rc=3&rp=all`, the fallback URL) the unique MessageSid makes that a no-op. Since no
signature has a time stamp, the same makes a recorded request useless.
"""

import logging
from collections.abc import Callable, Mapping

from flask import Response, request
from flask.typing import ResponseReturnValue

from domain.ports import Services
from domain.use_cases.receive import receive
from settings import Settings
from whatsapp.read import channel_of, handle_of, param
from whatsapp.signature import SIGNATURE_HEADER, is_genuine, is_our_account

PATH = "/twilio/inbound"
# A WhatsApp text of 4096 characters, each of four bytes and each byte written as %F0, with all that is said around it.
_MOST_BYTES = 256 * 1024
_NOTHING_TO_SAY = "<Response/>"

logger = logging.getLogger(__name__)


def inbound_view(services: Services) -> Callable[[], ResponseReturnValue]:
    """The view of PATH, for POST alone. It is of use only where PUBLIC_URL says what Twilio has signed."""

    def take() -> ResponseReturnValue:
        posted = genuine_form(services.settings, path=PATH)
        if posted is None:
            return "", 403
        if not (param(posted, "MessageSid") and handle_of(posted)):
            return "", 400
        _store(services, posted)
        return Response(_NOTHING_TO_SAY, mimetype="text/xml")

    return take


def genuine_form(settings: Settings, *, path: str) -> Mapping[str, str | list[str]] | None:
    """All that was posted to this path of ours, where Twilio signed it for our account; else None.

    A name that was repeated has a list.
    """
    signature = request.headers.get(SIGNATURE_HEADER, "")
    if not signature:
        return None
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    named = request.form.to_dict(flat=False)
    posted = {name: values if len(values) > 1 else values[0] for name, values in named.items()}
    genuine = is_genuine(settings, path=path, params=posted, signature=signature)
    return posted if genuine and is_our_account(settings, posted) else None


def _store(services: Services, posted: Mapping[str, object]) -> None:
    channel = channel_of(posted)
    if channel is None or channel not in services.channels:
        # An error would only make Twilio send it again, and nobody is here who could answer.
        sid, kind = param(posted, "MessageSid"), channel or "another channel"
        logger.warning("message %s came by %s, which is not set up here; it is left", sid, kind)
        return
    with services.uow() as uow:
        receive(
            uow,
            channel=channel,
            handle=handle_of(posted),
            provider_id=param(posted, "MessageSid"),
            payload=posted,
            now=services.clock.now(),
        )
        uow.commit()
