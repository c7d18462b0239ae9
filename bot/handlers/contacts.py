"""Phone numbers that were shared. Only one's own is vouched for by Telegram."""

from dataclasses import replace

from telegram import Update

from bot.handlers.origin import incoming
from domain.conversation.messages import Incoming


def read(update: Update) -> Incoming:
    """A card that was forwarded, or is somebody else's, says nothing of who sent it."""
    message = update.message
    assert message is not None
    assert message.contact is not None
    sender = message.from_user
    is_own = sender is not None and message.forward_origin is None and message.contact.user_id == sender.id
    return replace(
        incoming(update, kind="contact"), phone=str(message.contact.phone_number or ""), is_own=is_own
    )
