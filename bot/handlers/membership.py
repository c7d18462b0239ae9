"""Whether a person lets us write to them: Telegram tells when we are blocked, and when no longer."""

from telegram import ChatMember, Update

from bot.handlers.origin import incoming
from domain.conversation.messages import Incoming

_KINDS = {ChatMember.BANNED: "blocked", ChatMember.MEMBER: "unblocked"}


def is_ours(update: Update) -> bool:
    return update.my_chat_member is not None


def read(update: Update) -> Incoming:
    ours = update.my_chat_member
    assert ours is not None
    return incoming(update, kind=_KINDS.get(ours.new_chat_member.status, "nothing"))
