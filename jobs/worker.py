"""`python -m jobs.worker inbox|alerts|bulk`: takes hints from one RQ queue and works the rows they speak of.

One queue a process: a worker on two loses a hint when it is killed between pop and registration. It must outlive
Redis: a hint is only a hint, and the sweep works what no hint was taken of.
"""

import logging
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from domain.ports import Services
from jobs.announcer import LANES
from jobs.heartbeat import beat
from jobs.process import start

_BEAT_EVERY = 5.0
_PAUSE_WITHOUT_REDIS = 1.0
# RQ waits for a hint 15 s less than this, and for an answer of Redis 5 s less: a Redis gone silent is noticed soon.
_WORKER_TTL = 20

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Leaving:
    """What SIGTERM does: ends the process at once when it is idle, after the present job when it is not."""

    asked: bool = False
    busy: bool = False

    def __call__(self, *_: object) -> None:
        self.asked = True
        if not self.busy:
            raise SystemExit(0)


class LaneWorker(SimpleWorker):
    """RQ's worker, with our heartbeat at every turn of its loop and without what needs Redis to be up."""

    max_connection_wait_time = _PAUSE_WITHOUT_REDIS

    def __init__(self, lane: str, *, services: Services, connection: redis.Redis, leaving: Leaving) -> None:
        super().__init__(
            [lane],
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL,
            log_job_description=False,
        )
        self._services, self._process, self._leaving = services, f"worker:{lane}", leaving
        self._beat_due = 0.0

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        if time.monotonic() >= self._beat_due:
            self._beat_due = time.monotonic() + _BEAT_EVERY
            beat(self._services, self._process)
        super().heartbeat(timeout, pipeline)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        self._leaving.busy = True
        try:
            return super().perform_job(job, queue, execution)
        finally:
            self._leaving.busy = False
            self._stop_requested = self._leaving.asked

    def subscribe(self) -> None:
        """Not to RQ's commands: nobody sends any, and the thread that waits for them dies with Redis."""

    def teardown(self) -> None:
        with suppress(redis.RedisError):
            super().teardown()

    def _install_signal_handlers(self) -> None:
        """`run` did, for the time without Redis too."""


def run(lane: str, *, services: Services, redis_url: str) -> None:
    """Until SIGTERM or SIGINT, whatever becomes of Redis meanwhile."""
    leaving = Leaving()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leaving)
    connection = redis.Redis.from_url(redis_url, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    while not leaving.asked:
        try:
            LaneWorker(lane, services=services, connection=connection, leaving=leaving).work(
                logging_level="ERROR"
            )
        except redis.RedisError as error:
            logger.warning("worker %s waits for Redis: %s", lane, error)
        if not leaving.asked:
            time.sleep(_PAUSE_WITHOUT_REDIS)


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in LANES:
        raise SystemExit(f"usage: python -m jobs.worker {'|'.join(LANES)}")
    from app import make_services

    services = start(make_services())
    run(sys.argv[1], services=services, redis_url=services.settings.redis_url)


if __name__ == "__main__":
    main()
