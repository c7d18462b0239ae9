"""Buttons below our messages. Never believes what they carry: that is for the conversation to check."""

from dataclasses import replace

from telegram import Update

from bot.handlers.origin import incoming
from bot.render import NOTHING, TAP
from domain.conversation.messages import Incoming


def is_tapped(update: Update) -> bool:
    return update.callback_query is not None


def read(update: Update) -> Incoming:
    """Data of another make is a button that no version of ours knows: it reads as a stale one."""
    query = update.callback_query
    assert query is not None
    data = str(query.data or "")
    if data == NOTHING:
        return incoming(update, kind="nothing")
    shown_in = query.message.message_id if query.message is not None else None
    return replace(
        incoming(update, kind="tap"),
        tapped=data.removeprefix(TAP) if data.startswith(TAP) else "",
        shown_in=str(shown_in) if isinstance(shown_in, int) else None,
    )
