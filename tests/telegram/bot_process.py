"""`python -m tests.telegram.bot_process`: the bot process with a short lease, for tests that kill it."""

import asyncio
from datetime import timedelta

from app import make_services
from bot.__main__ import make_bot, own_name
from bot.ingesting import Ingesting
from jobs.process import start


async def _serve() -> None:
    services = start(make_services())
    ingesting = Ingesting(
        services=services,
        bot=make_bot(services.settings),
        holder=own_name(),
        lasts=timedelta(seconds=0.6),
        renewed_every=0.15,
    )
    await ingesting.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_serve())
