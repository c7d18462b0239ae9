"""Messages that are neither buttons, contacts nor commands: text, what isn't text, and what was changed afterwards."""

from dataclasses import replace

from telegram import Update

from bot.handlers.origin import incoming
from domain.conversation.messages import Incoming


def is_text(update: Update) -> bool:
    """Also an empty one, which gets its own answer."""
    return update.message is not None and isinstance(update.message.text, str)


def read_text(update: Update) -> Incoming:
    message = update.message
    assert message is not None
    # No database keeps a NUL in text.
    return replace(incoming(update, kind="text"), text=(message.text or "").replace("\0", ""))


def read_edited(update: Update) -> Incoming:
    """What it said was answered already, so that it isn't read again."""
    return incoming(update, kind="edited")


def read_place(update: Update) -> Incoming:
    return incoming(update, kind="location")


def read_unsupported(update: Update) -> Incoming:
    return incoming(update, kind="unsupported")


def read_nothing(update: Update) -> Incoming:
    return incoming(update, kind="nothing")
