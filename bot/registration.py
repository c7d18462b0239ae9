"""Where Telegram sends updates to: set, looked after and removed. What waits there is never dropped."""

import asyncio
import logging
from typing import NoReturn

from telegram import Bot, WebhookInfo
from telegram.error import TelegramError

from bot.ingest import WANTED
from bot.patience import Patience

logger = logging.getLogger(__name__)


async def keep_webhook(
    bot: Bot, *, url: str, secret: str, patience: Patience | None = None, looked_after_every: float = 60
) -> NoReturn:
    """Until it's cancelled: the webhook is ours, and as we want it.

    `patience` is for whoever wants to know of trouble.
    """
    patience = patience or Patience()
    # The secret can't be read back and may be another since the last start: the first round sets it in any case.
    set_at = 0
    while True:
        try:
            info = await bot.get_webhook_info()
            if not set_at or _differs(info, url=url) or _was_refused(info, since=set_at):
                await bot.set_webhook(url, secret_token=secret, allowed_updates=WANTED)
                set_at = max(1, _seconds(info))
                logger.info("Telegram posts to %s from now on", url)
        except TelegramError as error:
            await patience.after(error, doing="setting the webhook")
        else:
            patience.is_over()
            await asyncio.sleep(looked_after_every)


async def remove_webhook(bot: Bot) -> None:
    """Raises TelegramError."""
    info = await bot.get_webhook_info()
    if info.url:
        await bot.delete_webhook(drop_pending_updates=False)
        logger.info("Telegram no longer posts to %s", info.url)


def _differs(info: WebhookInfo, *, url: str) -> bool:
    return info.url != url or set(info.allowed_updates or ()) != set(WANTED)


def _was_refused(info: WebhookInfo, *, since: int) -> bool:
    """We refuse with 403 whom we don't believe: Telegram then has another secret than we."""
    return "403" in (info.last_error_message or "") and _seconds(info) > since


def _seconds(info: WebhookInfo) -> int:
    return int(info.last_error_date.timestamp()) if info.last_error_date else 0
