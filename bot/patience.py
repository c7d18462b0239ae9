"""How long to wait before Telegram is asked again, and what is told meanwhile: once. It never gives up."""

import asyncio
import logging
from dataclasses import dataclass

from telegram.error import InvalidToken, RetryAfter

from bot.faults import seconds_of, words_of

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Patience:
    """For one thing that is tried again and again: longer from failure to failure, and as long as Telegram says."""

    longest: float = LONGEST_PAUSE
    trouble: str | None = None  # what failed last, as long as it has not worked since
    _next: float = FIRST_PAUSE

    def is_over(self) -> None:
        """It worked."""
        if self.trouble:
            logger.info("it works again; before, %s", self.trouble)
        self._next, self.trouble = FIRST_PAUSE, None

    async def after(self, error: Exception, *, doing: str) -> None:
        pause, self._next = self._next, min(self._next * 2, self.longest)
        if isinstance(error, RetryAfter):
            pause = max(pause, seconds_of(error))
        trouble = f"{doing} failed: {_told(error)}"
        known, self.trouble = trouble == self.trouble, trouble
        logger.log(logging.DEBUG if known else logging.WARNING, "%s; it is tried again", trouble)
        await asyncio.sleep(pause)


def _told(error: Exception) -> str:
    if isinstance(error, InvalidToken):
        return "Telegram does not know the token in TELEGRAM_BOT_TOKEN; copy it again from @BotFather"
    return words_of(error)
