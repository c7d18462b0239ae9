"""The `bot` line of the Procfile: sees to it that Telegram's updates come in, by webhook or by asking for them.

Without a token it says so and waits, so that the same processes run everywhere. It never answers anybody: the inbox
workers do.
"""

import asyncio
import logging
import os
import secrets
import signal
import socket

from telegram import Bot
from telegram.request import HTTPXRequest

from bot.ingesting import Ingesting
from domain.ports import Services
from jobs.heartbeat import beat
from jobs.process import start
from settings import Settings

_BEAT_EVERY = 5.0  # seconds
_ANSWER_WITHIN = 10.0

_log = logging.getLogger("bot")


def main() -> None:
    from app import make_services

    asyncio.run(serve(start(make_services())))


async def serve(services: Services) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if not services.settings.telegram_bot_token:
        _log.info("Telegram is not connected: TELEGRAM_BOT_TOKEN is empty.")
        await stop.wait()
        return
    beating = asyncio.create_task(_beat(services))
    bot = make_bot(services.settings)
    try:
        await Ingesting(services=services, bot=bot, holder=own_name()).run(stop)
    finally:
        beating.cancel()


def make_bot(settings: Settings) -> Bot:
    """The library's, at home in the running loop."""
    root = settings.telegram_api_url
    return Bot(
        settings.telegram_bot_token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=HTTPXRequest(connect_timeout=_ANSWER_WITHIN, read_timeout=_ANSWER_WITHIN),
        get_updates_request=HTTPXRequest(connect_timeout=_ANSWER_WITHIN, read_timeout=_ANSWER_WITHIN),
    )


def own_name() -> str:
    """Another one at each start: a process must not think itself the one that was killed before it."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


async def _beat(services: Services) -> None:
    while True:
        await asyncio.to_thread(beat, services, "bot")
        await asyncio.sleep(_BEAT_EVERY)


if __name__ == "__main__":
    main()
