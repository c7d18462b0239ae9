"""THE table of handlers: which of Telegram's updates is what, in order; the first that fits reads it.

A line is a predicate (`telegram.ext.filters`, or a function of an `Update`) and a reader, `Update` to `Incoming`. Both
are pure: nothing is looked up, answered or sent here. A new kind of update gets a line here and a reader in a module
beside.
"""

from collections.abc import Callable
from dataclasses import dataclass

from telegram import Update
from telegram.ext import filters

from bot.handlers import buttons, commands, contacts, groups, membership, messages
from domain.conversation.messages import Incoming


@dataclass(frozen=True, slots=True)
class Handler:
    fits: Callable[[Update], object]
    read: Callable[[Update], Incoming]


# What a person wrote to us, as opposed to edits, channel posts and the chats of business accounts.
_WRITTEN = filters.UpdateType.MESSAGE

HANDLERS: tuple[Handler, ...] = (
    Handler(groups.is_elsewhere, groups.read),
    Handler(membership.is_ours, membership.read),
    Handler(buttons.is_tapped, buttons.read),
    Handler(filters.UpdateType.EDITED_MESSAGE.check_update, messages.read_edited),
    Handler((_WRITTEN & filters.CONTACT).check_update, contacts.read),
    Handler((_WRITTEN & (filters.LOCATION | filters.VENUE)).check_update, messages.read_place),
    Handler((_WRITTEN & filters.COMMAND).check_update, commands.read),
    Handler(messages.is_text, messages.read_text),
    Handler(_WRITTEN.check_update, messages.read_unsupported),
    Handler(lambda _update: True, messages.read_nothing),
)
