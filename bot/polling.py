"""Asking Telegram for updates, for an installation that nobody reaches from outside.

The offset moves only after the commit: it's what tells Telegram that it may forget them.
"""

import asyncio
import logging
from contextlib import suppress
from typing import NoReturn

from telegram import Bot
from telegram.error import Conflict, TelegramError

from bot.ingest import WANTED, Update, ingest, query_of
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
                updates = await take(bot, services, offset=offset, wait=_LONGEST_WAIT)
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
                offset = updates[-1]["update_id"] + 1 if updates else None
                for update in updates:
                    answers.create_task(_answer(bot, update))


async def take(bot: Bot, services: Services, *, offset: int | None, wait: int = 0) -> list[Update]:
    """The next updates, stored; waits so many seconds for one. Raises TelegramError, or what storing raises."""
    updates = await _next(bot, offset=offset, wait=wait)
    if updates:
        await asyncio.to_thread(ingest, services, updates)
    return updates


async def _next(bot: Bot, *, offset: int | None, wait: int) -> list[Update]:
    try:
        found = await bot.get_updates(
            offset=offset, limit=_MOST_AT_ONCE, timeout=wait, allowed_updates=WANTED
        )
    except TelegramError:
        raise
    except Exception:
        # It would be given again for ever, with all that come after it.
        logger.exception("the library can't read an update; they are taken as they came")
        asked = {"offset": offset, "limit": _MOST_AT_ONCE, "allowed_updates": WANTED}
        raw: list[Update] = await bot.do_api_request("getUpdates", api_kwargs=asked)
        return raw
    return [update.to_dict() for update in found]


async def _resolve(bot: Bot, conflict: Conflict, patience: Patience) -> None:
    """Somebody else takes this bot's updates: a webhook, which we remove, or a program, which we can't stop."""
    doing = "asking Telegram for updates (another program asks for the same bot's: stop it)"
    if "webhook" in conflict.message:
        doing = "asking Telegram for updates (somebody set a webhook, which is removed)"
        with suppress(TelegramError):
            await remove_webhook(bot)
    await patience.after(conflict, doing=doing)


async def _answer(bot: Bot, update: Update) -> None:
    """So that the tapped button stops turning. It does so by itself after a while, whatever becomes of this."""
    query_id = query_of(update)
    if query_id is None:
        return
    try:
        await bot.answer_callback_query(query_id, read_timeout=_ANSWER_WITHIN, connect_timeout=_ANSWER_WITHIN)
    except TelegramError as error:
        logger.debug("a callback query was not answered: %s", error)
