"""Wake-up hints to the workers and pokes to the live pages, by Redis. A failure slows and loses nothing.

It must never hold up a request: one second at most, no client retries, and after a failure no try at all for a moment.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence

import redis

from domain.notices import Lane
from domain.ports import Announcer
from jobs.hints import INBOX, LIVE, Hints, connect

LIVE_CHANNEL = "threeaway:live"
_QUIET_AFTER_FAILURE = 1.0  # seconds

logger = logging.getLogger(__name__)


class NullAnnouncer:
    """Takes no hint: for tests and for a chat in the terminal, which work what is due themselves."""

    def outbox_due(self, *_: object) -> bool:
        return False

    inbox_due = live_due = queue_changed = phone_changed = outbox_due


class RedisAnnouncer:
    """Hints wake workers (see `jobs.hints`); pokes are published to `LIVE_CHANNEL`. Threads may share it."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        self._hints = Hints(self._redis)
        self._quiet_until = 0.0

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        return self._taken(lambda: self._hints.leave(lane.value, outbox_ids))

    def inbox_due(self, senders: Sequence[tuple[str, str]]) -> bool:
        return self._taken(lambda: self._hints.leave(INBOX, senders))

    def live_due(self) -> bool:
        return self._taken(lambda: self._hints.leave(LIVE, [0]))

    def queue_changed(self, queue_ids: Collection[int]) -> bool:
        return self._publish([f"queue:{queue_id}" for queue_id in queue_ids])

    def phone_changed(self, channel: str, handle: str) -> bool:
        return self._publish([f"phone:{channel}:{handle}"])

    def close(self) -> None:
        self._redis.close()

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


class OwnHandsFirst:
    """The announcer of a worker: what it has a hand free for it sends by itself, at once; of all else it hints.

    An answer would else lie in Redis until another worker has heard of it.
    """

    def __init__(self, others: Announcer, *, offer: Callable[[int], bool]) -> None:
        self._others, self._offer = others, offer
        self.inbox_due = others.inbox_due
        self.queue_changed = others.queue_changed
        self.phone_changed = others.phone_changed
        self.live_due = others.live_due

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        is_ours = lane is Lane.ALERTS
        left = [outbox_id for outbox_id in outbox_ids if not (is_ours and self._offer(outbox_id))]
        return not left or self._others.outbox_due(lane, left)
