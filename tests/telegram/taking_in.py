"""Parts of the bot process at work against the double, without a process of their own."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telegram import Bot
from telegram.request import HTTPXRequest

from domain.ports import InboxRow, Services, UnitOfWork
from persistence.memory import memory_uow
from settings import Settings
from tests.delivery.world import KeptHints, services_for
from tests.telegram.bot_api import TOKEN

Work = Callable[[Bot], Coroutine[Any, Any, Any]]


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def installation_of(root: str, hints: KeptHints, *, var_dir: Path, public_url: str = "") -> Services:
    clock = WallClock()
    settings = Settings.from_env(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": root,
            "SECRET_KEY": "k" * 40,
            "VAR_DIR": str(var_dir),
        }
    )
    # Where people reach it is said here, since the rest of production isn't what these tests are about.
    settings = replace(settings, public_url=public_url)
    uow = memory_uow(hints, clock=clock)
    return services_for(uow, channels=[], announcer=hints, clock=clock, settings=settings)


def stored(services: Services, handle: str) -> list[InboxRow]:
    """What waits in the inbox of one chat."""
    with services.uow() as uow:
        return uow.inbox.waiting(channel="telegram", handle=handle, limit=1000)


def texts_stored(services: Services, handle: str) -> list[str]:
    payloads: list[Any] = [row.payload for row in stored(services, handle)]
    return [payload["message"]["text"] for payload in payloads if "message" in payload]


def while_running(work: Work, then: Callable[[], object], *, root: str) -> None:
    """Runs `work` with the real client, and `then` beside it in another thread; ends when `then` returned."""

    async def both() -> None:
        request, patient = HTTPXRequest(), HTTPXRequest()
        bot = Bot(TOKEN, base_url=f"{root}/bot", request=request, get_updates_request=patient)
        working = asyncio.create_task(work(bot))
        watching = asyncio.create_task(asyncio.to_thread(then))
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await watching
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await request.shutdown()
            await patient.shutdown()
        await watching

    asyncio.run(both())


@dataclass(slots=True)
class FailingCommits:
    """Units of work whose commits fail until they are mended."""

    uow: Callable[[], UnitOfWork]
    broken: bool = True
    tried: int = 0

    def __call__(self) -> UnitOfWork:
        unit = self.uow()
        self.tried += 1
        if self.broken:
            raise OSError("the database is away")
        return unit
