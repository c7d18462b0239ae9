"""Wake-up hints to the workers and pokes to the live pages, by Redis. A failure slows and loses nothing.

It must never hold up a request: one second at most, no client retries, and after a failure no try at all for a moment.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from domain.notices import Lane

LIVE_CHANNEL = "threeaway:live"
INBOX = "inbox"
LANES = (INBOX, *(lane.value for lane in Lane))  # one RQ queue each, and one worker process at least for each

_MOST_IN_A_JOB = 50  # rows or addresses
_JOB_TIMEOUT = 120
_HINT_TTL = 60  # seconds; the sweep hints anew long before
_FAILURE_TTL = 300
_QUIET_AFTER_FAILURE = 1.0  # seconds

logger = logging.getLogger(__name__)


class NullAnnouncer:
    """Takes no hint: for tests and for a chat in the terminal, which work what is due themselves."""

    def outbox_due(self, *_: object) -> bool:
        return False

    inbox_due = queue_changed = phone_changed = outbox_due


class RedisAnnouncer:
    """Hints are RQ jobs, a batch of references each; pokes are published to `LIVE_CHANNEL`. Threads may share it."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        self._queues = {
            lane: Queue(lane, connection=self._redis, serializer=JSONSerializer) for lane in LANES
        }
        self._quiet_until = 0.0

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        return self._enqueue(lane.value, job="jobs.deliver.work", references=list(outbox_ids))

    def inbox_due(self, senders: Sequence[tuple[str, str]]) -> bool:
        return self._enqueue(INBOX, job="jobs.inbox.work", references=[list(sender) for sender in senders])

    def queue_changed(self, queue_ids: Collection[int]) -> bool:
        return self._publish([f"queue:{queue_id}" for queue_id in queue_ids])

    def phone_changed(self, channel: str, handle: str) -> bool:
        return self._publish([f"phone:{channel}:{handle}"])

    def close(self) -> None:
        self._redis.close()

    def _enqueue(self, lane: str, *, job: str, references: Sequence[object]) -> bool:
        batches = [
            Queue.prepare_data(
                job,
                args=[references[start : start + _MOST_IN_A_JOB]],
                timeout=_JOB_TIMEOUT,
                ttl=_HINT_TTL,
                result_ttl=0,
                failure_ttl=_FAILURE_TTL,
            )
            for start in range(0, len(references), _MOST_IN_A_JOB)
        ]
        return self._taken(lambda: self._queues[lane].enqueue_many(batches))

    def _publish(self, topics: Sequence[str]) -> bool:
        def publish() -> None:
            pipeline = self._redis.pipeline(transaction=False)
            for topic in topics:
                pipeline.publish(LIVE_CHANNEL, topic)
            pipeline.execute()

        return self._taken(publish)

    def _taken(self, call: Callable[[], object]) -> bool:
        if time.monotonic() < self._quiet_until:
            return False
        try:
            call()
        except redis.RedisError as error:
            self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE
            logger.warning("Redis takes no hint, the sweep will see to it: %s", error)
            return False
        return True
