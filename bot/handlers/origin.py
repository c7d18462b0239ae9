"""Where an update comes from: what every reader says of it. Never what it means."""

from telegram import Update

from bot import CHANNEL
from domain.conversation.messages import Incoming


def incoming(update: Update, *, kind: str) -> Incoming:
    """The handle is the chat's id; a button in a message that Telegram no longer shows comes without its chat."""
    chat, person = update.effective_chat, update.effective_user
    place = chat or person
    return Incoming(
        channel=CHANNEL,
        handle="" if place is None else str(place.id),
        provider_id=str(update.update_id),
        kind=kind,
        language=person.language_code if person is not None else None,
        sent_at=update.message.date if update.message is not None else None,
    )
