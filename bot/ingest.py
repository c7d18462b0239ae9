"""Telegram's updates into the inbox, whichever way they came. It never reads what they say, and never answers them.

An update is filed under its chat, since that is whose order must be kept. One that names no chat is none of the kinds
that we ask for, and has nobody to answer: it's logged by its number and kind, and left.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from bot import CHANNEL
from bot.secret import bot_id
from domain.ports import Services
from domain.use_cases.receive import receive

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")  # as `allowed_updates`

Update = Mapping[str, Any]

logger = logging.getLogger(__name__)


def ingest(services: Services, updates: Sequence[Update]) -> None:
    """Stores them in their order, in one commit; those that are known already change nothing.

    Raises KeyError for what is no update, before anything is stored.
    """
    filed = [(update["update_id"], chat_of(update), update) for update in updates]
    now = services.clock.now()
    # Update ids are counted per bot, so a new bot may use old ones again.
    bot = bot_id(services.settings.telegram_bot_token)
    with services.uow() as uow:
        for update_id, handle, update in filed:
            if handle is None:
                logger.warning("update %s names no chat: %s", update_id, ", ".join(update))
                continue
            receive(
                uow,
                channel=CHANNEL,
                handle=handle,
                provider_id=f"{bot}:{update_id}",
                payload=update,
                now=now,
            )
        uow.commit()


def chat_of(update: Update) -> str | None:
    """The id of the chat that it belongs to."""
    body = next((value for value in update.values() if isinstance(value, Mapping)), {})
    message = body.get("message") or {}
    # A callback query may come without its message; its sender's id is the id of the private chat with them.
    place = body.get("chat") or message.get("chat") or body.get("from") or {}
    chat_id = place.get("id")
    return None if chat_id is None else str(chat_id)


def query_of(update: Update) -> str | None:
    """The id of the callback query that waits for an answer, if it is one."""
    query = update.get("callback_query") or {}
    return query.get("id")
