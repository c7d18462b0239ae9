"""What comes from where others read along: groups and channels. Never what was said there."""

from telegram import Chat, ChatMember, Update

from bot.handlers.origin import incoming
from domain.conversation.messages import Incoming

_GONE = {ChatMember.LEFT, ChatMember.BANNED}


def is_elsewhere(update: Update) -> bool:
    chat = update.effective_chat
    return chat is not None and chat.type != Chat.PRIVATE


def read(update: Update) -> Incoming:
    """A channel has no one to answer, and a group that threw us out takes no answer."""
    chat, ours = update.effective_chat, update.my_chat_member
    is_group = chat is not None and chat.type in {Chat.GROUP, Chat.SUPERGROUP}
    is_gone = ours is not None and ours.new_chat_member.status in _GONE
    return incoming(update, kind="group" if is_group and not is_gone else "nothing")
