"""`python -m jobs.worker inbox|alerts|bulk`: takes hints from one RQ queue and works the rows they speak of.

One queue a process: a worker on two loses a hint when it is killed between pop and registration. It must outlive
Redis: a hint is only a hint, and the sweep works what no hint was taken of.
"""

import logging
import signal
import sys
import time
from contextlib import suppress
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from domain.ports import Services
from jobs.announcer import OwnHandsFirst, RedisAnnouncer
from jobs.heartbeat import beat
from jobs.hints import LANES
from jobs.process import end, leaving, sending, start

_BEAT_EVERY = 5.0
_PAUSE_WITHOUT_REDIS = 1.0
# RQ waits for a hint 15 s less than this, and for an answer of Redis 5 s less: a Redis gone silent is noticed soon.
_WORKER_TTL = 20

logger = logging.getLogger(__name__)


class LaneWorker(SimpleWorker):
    """RQ's worker, with our heartbeat at every turn of its loop and without what needs Redis to be up."""

    max_connection_wait_time = _PAUSE_WITHOUT_REDIS

    def __init__(self, lane: str, *, services: Services, connection: redis.Redis) -> None:
        super().__init__(
            [lane],
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL,
            log_job_description=False,
        )
        self._services, self._process = services, f"worker:{lane}"
        self._beat_due = 0.0

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        if time.monotonic() >= self._beat_due:
            self._beat_due = time.monotonic() + _BEAT_EVERY
            beat(self._services, self._process)
        super().heartbeat(timeout, pipeline)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        leaving.busy = True
        try:
            return super().perform_job(job, queue, execution)
        finally:
            leaving.busy = False
            self._stop_requested = leaving.asked

    def subscribe(self) -> None:
        """Not to RQ's commands: nobody sends any, and the thread that waits for them dies with Redis."""

    def teardown(self) -> None:
        with suppress(redis.RedisError):
            super().teardown()

    def _install_signal_handlers(self) -> None:
        """`run` did, for the time without Redis too."""


def run(lane: str, *, services: Services, redis_url: str) -> None:
    """Until SIGTERM or SIGINT, whatever becomes of Redis meanwhile."""
    logging.getLogger("rq.worker").addFilter(_without_traces_of_redis)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leaving)
    connection = redis.Redis.from_url(redis_url, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    try:
        _take_hints(lane, services=services, connection=connection)
    finally:
        end()


def _take_hints(lane: str, *, services: Services, connection: redis.Redis) -> None:
    told = False
    while not leaving.asked:
        try:
            LaneWorker(lane, services=services, connection=connection).work(logging_level="ERROR")
            told = False
        except redis.RedisError as error:
            if not told:
                logger.warning("worker %s waits for Redis, the clock sends meanwhile: %s", lane, error)
            told = True
        if not leaving.asked:
            time.sleep(_PAUSE_WITHOUT_REDIS)


def _without_traces_of_redis(record: logging.LogRecord) -> bool:
    """That Redis is away is one line; where in RQ that was noticed is of no use to anybody."""
    if record.exc_info and isinstance(record.exc_info[1], redis.RedisError):
        record.msg, record.args = "Redis was lost: %s", (str(record.exc_info[1]),)
        record.exc_info = None
    return True


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in LANES:
        raise SystemExit(f"usage: python -m jobs.worker {'|'.join(LANES)}")
    from app import make_services
    from settings import Settings

    settings = Settings.load()
    if not settings.redis_url:
        raise SystemExit("REDIS_URL is not set: a worker waits for hints by Redis.")
    announcer = OwnHandsFirst(RedisAnnouncer(settings.redis_url), offer=lambda row: sending().offer(row))
    services = start(make_services(settings, announcer=announcer))
    run(sys.argv[1], services=services, redis_url=services.settings.redis_url)


if __name__ == "__main__":
    main()
