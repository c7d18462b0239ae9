"""References of due rows, piled up in Redis, and one RQ job a pile that wakes a worker. Never the truth.

RQ costs a worker about 2 ms of CPU a job, as much as answering a message: under load one job has to stand for many
hints. A job that is lost with its worker holds nothing up for longer than `_WOKEN_TTL_MS`; what was taken from a pile
and not worked is found by the sweep.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from domain.notices import Lane

INBOX = "inbox"
LANES = (INBOX, *(lane.value for lane in Lane))  # one RQ queue each, and one worker process at least for each
LIVE = "live"  # a pile of its own, worked by the workers of `bulk` between other things
MOST_AT_ONCE = 50  # rows or addresses
LONGEST_JOB = 3.0  # seconds: between two jobs the worker says that it lives

_JOBS = {INBOX: "jobs.inbox.work", LIVE: "jobs.live.work"} | {
    lane.value: "jobs.deliver.work" for lane in Lane
}
_JOB_TIMEOUT = 120  # seconds
_LARGEST_PILE = 10_000
_HINT_TTL = 60  # seconds; the sweep hints anew long before
_WOKEN_TTL_MS = 1000
_FAILURE_TTL = 300


def connect(redis_url: str) -> redis.Redis:
    """One second at most, and no retries: nobody may wait for a hint."""
    return redis.Redis.from_url(
        redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


class Hints:
    """Every method raises RedisError where Redis is away. Threads may share it."""

    def __init__(self, connection: redis.Redis, *, longest_job: float = LONGEST_JOB) -> None:
        self._redis = connection
        self._longest_job = longest_job
        self._queues = {lane: Queue(lane, connection=connection, serializer=JSONSerializer) for lane in LANES}
        self._queues[LIVE] = self._queues[Lane.BULK.value]

    def leave(self, lane: str, references: Sequence[object]) -> None:
        """On the pile of the lane. A worker is woken unless one has been since it last looked."""
        pile = _pile(lane)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.rpush(pile, *(json.dumps(reference) for reference in references))
        pipeline.ltrim(pile, -_LARGEST_PILE, -1)  # where no worker is alive, it would grow for ever
        pipeline.expire(pile, _HINT_TTL)
        # After the push: a worker that is just clearing this mark looks at the pile afterwards.
        pipeline.set(_woken(lane), 1, nx=True, px=_WOKEN_TTL_MS)
        if pipeline.execute()[-1]:
            self._wake(lane)

    def piles(self, lane: str) -> Iterator[list[Any]]:
        """What lies there, `MOST_AT_ONCE` references at a time, until there is no more or others should have a turn."""
        self._redis.delete(_woken(lane))
        ends = time.monotonic() + self._longest_job
        while taken := cast("list[bytes] | None", self._redis.lpop(_pile(lane), MOST_AT_ONCE)):
            yield [json.loads(reference) for reference in taken]
            if time.monotonic() >= ends:
                self._wake(lane)
                return

    def _wake(self, lane: str) -> None:
        self._queues[lane].enqueue_call(
            _JOBS[lane],
            args=[lane],
            timeout=_JOB_TIMEOUT,
            ttl=_HINT_TTL,
            result_ttl=0,
            failure_ttl=_FAILURE_TTL,
        )


def _pile(lane: str) -> str:
    return f"threeaway:hints:{lane}"


def _woken(lane: str) -> str:
    return f"threeaway:woken:{lane}"
