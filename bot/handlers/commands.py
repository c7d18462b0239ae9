"""Words with a slash: `/book`, `/start civic-centre`. They mean what the words mean without it."""

import re
from dataclasses import replace

from telegram import Update

from bot.handlers.messages import read_text
from domain.conversation.messages import Incoming

_OUR_NAME = re.compile(r"^(/\w+)@\w+")


def read(update: Update) -> Incoming:
    """`/book@our_bot`, as Telegram's clients write it in places, is `/book`."""
    found = read_text(update)
    return replace(found, text=_OUR_NAME.sub(r"\1", found.text))
