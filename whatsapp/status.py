"""The address that Twilio reports to: what became of the message of an outbox row. Believed by its signature.

Whether there is such a row is nobody's to learn: whatever Twilio signed is answered alike. Twilio reports in any order,
repeatedly, maybe before its own answer to the request that sent the message, and hardly again where we are away:
whoever waits for a report asks for it in the end (`Channel.ask`).
"""

from collections.abc import Callable, Mapping

from flask.typing import ResponseReturnValue

from domain.errors import SendError, SendFault
from domain.ports import Receipt, Services
from domain.use_cases.receipts import take_receipt
from whatsapp.channel import STATUS_PATH
from whatsapp.faults import receipt_of
from whatsapp.read import WHATSAPP_PREFIX, channel_of, param
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
            _rest(services, posted, receipt)
        return "", 204

    return take


def _rest(services: Services, posted: Mapping[str, object], receipt: Receipt) -> None:
    """Too many is too many for those that follow, too, whether Twilio says so at once or later."""
    channel = services.channels.get(channel_of(posted) or "")
    if receipt.fault is SendFault.THROTTLED and channel is not None and channel.rests is not None:
        handle = param(posted, "To").removeprefix(WHATSAPP_PREFIX)
        channel.rests(SendError(receipt.fault, code=receipt.code), handle)
