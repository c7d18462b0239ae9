"""The limits on how fast a bot may ask."""

import math
from dataclasses import dataclass, field

from tests.telegram.refusals import too_many_requests


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Messages per second: of the bot, and in one chat beyond a short burst."""

    per_bot: float = 30
    per_chat: float = 1
    burst: int = 5
    _buckets: dict[int | None, _Bucket] = field(default_factory=dict)

    def take(self, chat_id: int, now: float) -> None:
        """Raises the 429 refusal; nothing is taken then."""
        chat = self._filled(chat_id, rate=self.per_chat, size=self.burst, now=now)
        bot = self._filled(None, rate=self.per_bot, size=self.per_bot, now=now)
        for bucket, rate in ((chat, self.per_chat), (bot, self.per_bot)):
            if bucket.tokens < 1:
                raise too_many_requests(max(1, math.ceil((1 - bucket.tokens) / rate)))
        chat.tokens -= 1
        bot.tokens -= 1

    def _filled(self, key: int | None, *, rate: float, size: float, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(tokens=size, at=now))
        bucket.tokens = min(size, bucket.tokens + rate * (now - bucket.at))
        bucket.at = now
        return bucket
