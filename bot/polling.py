"""Asking Telegram for updates, for an installation that nobody reaches from outside.

The offset moves only after the commit: it's what tells Telegram that it may forget them.
"""

import asyncio
import logging
from typing import NoReturn

from telegram import Bot, Update
from telegram.error import Conflict, TelegramError

from bot.ingest import WANTED, ingest
from bot.patience import Patience
from bot.registration import remove_webhook
from domain.ports import Services

_MOST_AT_ONCE = 100
_LONGEST_WAIT = 25  # seconds that Telegram keeps the question open while nothing comes
_ANSWER_WITHIN = 5.0

logger = logging.getLogger(__name__)


async def poll(bot: Bot, services: Services, *, patience: Patience | None = None) -> NoReturn:
    """Until it's cancelled. `patience` is for whoever wants to know of trouble."""
    patience = patience or Patience()
    offset = None
    async with asyncio.TaskGroup() as answers:
        while True:
            try:
                updates = await _take(bot, services, offset=offset)
            except Conflict as error:
                await _resolve(bot, error, patience)
            except TelegramError as error:
                await patience.after(error, doing="asking Telegram for updates")
            except Exception as error:
                logger.exception("updates could not be stored; Telegram keeps them")
                await patience.after(error, doing="storing updates")
            else:
                patience.is_over()
                # Without an end: ids begin anew after a quiet week, and an old offset would confirm them unread.
                offset = updates[-1].update_id + 1 if updates else None
                for update in updates:
                    answers.create_task(_answer(bot, update))


async def _take(bot: Bot, services: Services, *, offset: int | None) -> tuple[Update, ...]:
    """The next updates, stored."""
    updates = await bot.get_updates(
        offset=offset, limit=_MOST_AT_ONCE, timeout=_LONGEST_WAIT, allowed_updates=WANTED
    )
    if updates:
        await asyncio.to_thread(ingest, services, [update.to_dict() for update in updates])
    return updates


async def _resolve(bot: Bot, conflict: Conflict, patience: Patience) -> None:
    """Somebody else takes this bot's updates: a webhook, which we remove, or a program, which we can't stop."""
    if "webhook" in conflict.message:
        try:
            await remove_webhook(bot)
        except TelegramError as error:
            await patience.after(error, doing="removing the webhook")
        return
    await patience.after(
        conflict, doing="asking Telegram for updates (another program asks for the same bot's: stop it)"
    )


async def _answer(bot: Bot, update: Update) -> None:
    """So that the tapped button stops turning. It does so by itself after a while, whatever becomes of this."""
    if update.callback_query is None:
        return
    try:
        await bot.answer_callback_query(
            update.callback_query.id, read_timeout=_ANSWER_WITHIN, connect_timeout=_ANSWER_WITHIN
        )
    except TelegramError as error:
        logger.debug("a callback query was not answered: %s", error)
