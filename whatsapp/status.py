"""The address that Twilio reports to: what became of the message of an outbox row. Believed by its signature.

Whether there is such a row is nobody's to learn: whatever Twilio signed is answered alike. Twilio reports in any order,
repeatedly, maybe before its own answer to the request that sent the message, and hardly again where we are away:
whoever waits for a report asks for it in the end (`Channel.ask`).
"""

from collections.abc import Callable

from flask.typing import ResponseReturnValue

from domain.ports import Services
from domain.use_cases.receipts import take_receipt
from whatsapp.channel import STATUS_PATH
from whatsapp.faults import receipt_of
from whatsapp.read import channel_of, param
from whatsapp.webhook import genuine_form

PATH = f"{STATUS_PATH}/<int:outbox_id>"


def path_of(outbox_id: int) -> str:
    """Where Twilio reports of this row; it stands in the address and no parameter, which the signature covers too."""
    return f"{STATUS_PATH}/{outbox_id}"


def status_view(services: Services) -> Callable[[int], ResponseReturnValue]:
    """The view of PATH, for POST alone."""

    def take(outbox_id: int) -> ResponseReturnValue:
        posted = genuine_form(services.settings, path=path_of(outbox_id))
        if posted is None:
            return "", 403
        provider_id, status = param(posted, "MessageSid"), param(posted, "MessageStatus")
        if not (provider_id and status):
            return "", 400
        receipt = receipt_of(
            provider_id,
            status=status,
            code=param(posted, "ErrorCode"),
            channel=channel_of(posted) or "sms",
        )
        if receipt is not None:
            with services.uow() as uow:
                take_receipt(uow, outbox_id, receipt, channels=services.channels, now=services.clock.now())
                uow.commit()
        return "", 204

    return take
