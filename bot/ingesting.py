"""Which bot process takes in updates, one at a time: a lease in the database, renewed well before it ends.

Losing it stops the taking in at once. It keeps the peace between processes, no more: what is stored twice is stored
once, and what isn't stored is not confirmed, whoever asks.
"""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn

from telegram import Bot
from telegram.error import TelegramError

from bot import CHANNEL
from bot.patience import Patience
from bot.polling import LONGEST_WAIT, poll
from bot.profile import keep_profile
from bot.registration import keep_webhook, remove_webhook
from bot.secret import webhook_secret
from bot.webhook import PATH
from domain.ports import IngestLease, Services

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Ingesting:
    """A process that may take in updates. `holder` is its name among all of them."""

    services: Services
    bot: Bot
    holder: str
    lasts: timedelta = timedelta(seconds=10)
    renewed_every: float = 2.5  # seconds
    asks_for: int = LONGEST_WAIT  # seconds
    _account: str | None = None
    _patience: Patience = field(default_factory=Patience)
    _until: float = field(default=0.0)  # by the monotonic clock: until when the lease is surely ours

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        work: asyncio.Task[None] | None = None
        waits = False
        try:
            while not stop.is_set():
                if not await self._holds():
                    await _end(work)
                    work, waits = None, self._tell(waits=waits)
                elif work is None or work.done():
                    await _end(work)
                    work, waits = asyncio.create_task(self._work()), False
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.renewed_every)
        finally:
            await _end(work)
            await asyncio.to_thread(self._release)

    @property
    def mode(self) -> str:
        return "webhook" if self.services.settings.public_url else "polling"

    def _tell(self, *, waits: bool) -> bool:
        if not waits:
            logger.info("another process takes in Telegram's updates; this one waits for its turn")
        return True

    async def _holds(self) -> bool:
        """Whether the lease is ours; one that can't be renewed for now is, until it ends."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.renewed_every):
                is_held = await asyncio.to_thread(self._hold)
        except Exception:
            logger.exception("the lease could not be renewed")
            return time.monotonic() + self.renewed_every < self._until
        self._until = began + self.lasts.total_seconds() if is_held else 0.0
        return is_held

    def _hold(self) -> bool:
        now = self.services.clock.now()
        lease = IngestLease(
            channel=CHANNEL,
            holder=self.holder,
            mode=self.mode,
            lease_until=now + self.lasts,
            account=self._account,
            trouble=self._patience.trouble,
        )
        with self.services.uow() as uow:
            is_held = uow.ingest_leases.hold(lease, now=now)
            uow.commit()
        return is_held

    def _release(self) -> None:
        try:
            with self.services.uow() as uow:
                uow.ingest_leases.release(CHANNEL, holder=self.holder, now=self.services.clock.now())
                uow.commit()
        except Exception:
            logger.exception("the lease could not be given up; it ends by itself")

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_in())
            tasks.create_task(self._introduce())

    async def _take_in(self) -> NoReturn:
        settings = self.services.settings
        if self.mode == "webhook":
            await keep_webhook(
                self.bot,
                url=settings.public_url + PATH,
                secret=webhook_secret(self.services.settings),
                patience=self._patience,
            )
        await self._remove_webhook()
        await poll(self.bot, self.services, patience=self._patience, wait=self.asks_for)

    async def _remove_webhook(self) -> None:
        while True:
            try:
                await remove_webhook(self.bot)
            except TelegramError as error:
                await self._patience.after(error, doing="removing the webhook")
            else:
                self._patience.is_over()
                return

    async def _introduce(self) -> None:
        """Whatever goes wrong here must not end the taking in beside it."""
        try:
            await self._say_who_it_is()
        except Exception:
            logger.exception("the bot could not be introduced; the next start tries again")

    async def _say_who_it_is(self) -> None:
        patience = Patience()
        while self._account is None:
            try:
                self._account = (await self.bot.get_me()).username
            except TelegramError as error:
                await patience.after(error, doing="asking Telegram who the bot is")
        logger.info("Telegram is connected: @%s, by %s", self._account, self.mode)
        place = await asyncio.to_thread(self._only_place)
        await keep_profile(self.bot, self.services.catalogue, place=place)

    def _only_place(self) -> str | None:
        with self.services.uow() as uow:
            sites = uow.places.sites()
        return sites[0].discreet_name if len(sites) == 1 else None


async def _end(work: asyncio.Task[None] | None) -> None:
    """Cancelled where it runs; a bug that ended it is told, and it may be begun anew."""
    if work is None:
        return
    work.cancel()
    try:
        await work
    except asyncio.CancelledError:
        pass
    except Exception:
        logger.exception("taking in Telegram's updates failed")
