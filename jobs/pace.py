"""Token buckets that all processes share, in Redis; and the same in one process, for the time without Redis.

Whoever has to wait is told a turn of its own, one behind the other at the bucket's rate. A thousand that are refused
come back spread over the time that they need, and not as one. Nothing here may hold up a sender for long: a second
for Redis at most, and after a failure no try at all for a moment.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import redis

from domain.ports import Bucket
from jobs.hints import connect

_PREFIX = "threeaway:pace:"
_QUIET_AFTER_FAILURE = 1.0  # seconds
_MOST_KEPT = 10_000  # buckets in one process; most are of chats that have long been full again
_CRUMB = 1e-3  # of a token, lost in the arithmetic of fractions

logger = logging.getLogger(__name__)

# `level` tokens were there at the moment `at`, which is to come while the bucket is held; `turn` is the last moment
# that somebody with this reserve was told. Time is Redis's own, which all processes agree on, unless a test tells it.
_BUCKET = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
"""
_TAKE = f"""{_BUCKET}
local rate, burst, reserve, tokens = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local turns = 'turn:' .. ARGV[4]
local kept = redis.call('HMGET', KEYS[1], 'level', 'at', turns)
local level, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
if at < now then
  level, at = math.min(burst, level + (now - at) * rate), now
end
tokens = math.min(tokens, burst - reserve)
local ready = math.max(at, at + (tokens + reserve - level) / rate)
if at <= now and level + {_CRUMB} >= tokens + reserve then
  redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level - tokens), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * burst / rate) + 1000)
  return '0'
end
local turn = math.max(ready, (tonumber(kept[3]) or 0) + tokens / rate)
redis.call('HSET', KEYS[1], turns, string.format('%.6f', turn))
if not kept[1] then
  redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.6f', at))
end
local stays = math.ceil(1000 * (turn - now + burst / rate)) + 1000
if redis.call('PTTL', KEYS[1]) < stays then
  redis.call('PEXPIRE', KEYS[1], stays)
end
return string.format('%.6f', turn - now)
"""
_HOLD = f"""{_BUCKET}
local til = now + tonumber(ARGV[2])
if (tonumber(redis.call('HGET', KEYS[1], 'at')) or 0) < til then
  redis.call('HSET', KEYS[1], 'level', '0', 'at', string.format('%.6f', til))
end
local stays = math.ceil(1000 * tonumber(ARGV[2])) + 60000
if redis.call('PTTL', KEYS[1]) < stays then
  redis.call('PEXPIRE', KEYS[1], stays)
end
return '0'
"""


@dataclass(slots=True)
class _Level:
    """What is known of a bucket: see the script, which says the same."""

    level: float
    at: float
    turns: dict[float, float] = field(default_factory=dict)  # reserve -> the last turn told


class LocalPace:
    """The buckets of one process. Threads may share it."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._buckets: dict[str, _Level] = {}

    def take(self, bucket: Bucket, *, tokens: int = 1) -> float:
        with self._lock:
            now = self._now()
            kept = self._filled(bucket, now=now)
            wanted = min(tokens, bucket.burst - bucket.reserve)
            missing = wanted + bucket.reserve - kept.level
            if kept.at <= now and missing <= _CRUMB:
                kept.level -= wanted
                return 0
            ready = kept.at + max(0, missing) / bucket.rate
            turn = max(ready, kept.turns.get(bucket.reserve, 0) + wanted / bucket.rate)
            kept.turns[bucket.reserve] = turn
            return turn - now

    def hold(self, key: str, seconds: float) -> None:
        with self._lock:
            until = self._now() + seconds
            kept = self._buckets.setdefault(key, _Level(0, until))
            if kept.at < until:
                kept.level, kept.at = 0, until

    def _filled(self, bucket: Bucket, *, now: float) -> _Level:
        if len(self._buckets) > _MOST_KEPT:
            self._forget_the_idle(now=now)
        kept = self._buckets.setdefault(bucket.key, _Level(bucket.burst, now))
        if kept.at < now:
            kept.level = min(bucket.burst, kept.level + (now - kept.at) * bucket.rate)
            kept.at = now
        return kept

    def _forget_the_idle(self, *, now: float) -> None:
        idle = [key for key, kept in self._buckets.items() if kept.at < now - 60]
        for key in idle:
            del self._buckets[key]


class RedisPace:
    """The buckets of all processes; where Redis is away, those of this one. Threads may share it."""

    def __init__(self, redis_url: str, *, now: Callable[[], float] | None = None) -> None:
        self._redis = connect(redis_url)
        self._take, self._hold = self._redis.register_script(_TAKE), self._redis.register_script(_HOLD)
        self._now = now
        self._alone = LocalPace()
        self._quiet_until = 0.0

    def take(self, bucket: Bucket, *, tokens: int = 1) -> float:
        limits = [bucket.rate, bucket.burst, bucket.reserve, tokens]
        told = self._ask(lambda: self._take([_PREFIX + bucket.key], [self._time(), *limits]))
        return self._alone.take(bucket, tokens=tokens) if told is None else float(told)

    def hold(self, key: str, seconds: float) -> None:
        # Here too: the provider said so, whatever becomes of Redis meanwhile.
        self._alone.hold(key, seconds)
        self._ask(lambda: self._hold([_PREFIX + key], [self._time(), seconds]))

    def close(self) -> None:
        self._redis.close()

    def _time(self) -> str:
        return "" if self._now is None else f"{self._now():.6f}"

    def _ask(self, call: Callable[[], bytes]) -> bytes | None:
        if time.monotonic() < self._quiet_until:
            return None
        try:
            return call()
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE
            logger.warning("Redis keeps no pace, this process keeps its own: %s", error)
            return None
