"""What can go wrong between a client and the Bot API, and the limits on how fast it may ask."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.telegram.refusals import Refusal, too_many_requests


class Fault(Enum):
    HANG = auto()  # never answered; nothing done
    HANG_AFTER = auto()  # done, never answered
    DROP = auto()  # the connection ends; nothing done
    DROP_AFTER = auto()  # done, and the connection ends before the answer
    BAD_GATEWAY = auto()  # a proxy's HTML page; nothing done

    @property
    def is_done(self) -> bool:
        return self in {Fault.HANG_AFTER, Fault.DROP_AFTER}


@dataclass(slots=True)
class Faults:
    """What the next calls of a method meet, in order."""

    _waiting: dict[str, deque[Fault | Refusal]] = field(default_factory=lambda: defaultdict(deque))

    def add(self, method: str, fault: Fault | Refusal, *, times: int) -> None:
        self._waiting[method].extend([fault] * times)

    def next_for(self, method: str) -> Fault | Refusal | None:
        waiting = self._waiting.get(method)
        return waiting.popleft() if waiting else None


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
