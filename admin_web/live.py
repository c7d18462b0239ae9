"""News of changes from Redis to the open pages of this process, by one subscription. It carries topics, never content.

Whoever falls behind misses nothing: a viewer keeps only "something changed" and reads the truth from the database.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import redis

CHANNEL = "threeaway:live"
_DEGRADED_TICK = 2.0  # seconds between looks at the database while nobody tells us of changes
_TRY_AGAIN = 1.0
_log = logging.getLogger(__name__)


class _Viewer:
    """One waiting page: a slot for the newest topic."""

    def __init__(self) -> None:
        self._topic: str | None = None
        self._news = threading.Event()

    def tell(self, topic: str) -> None:
        self._topic = topic
        self._news.set()

    def wait(self, timeout: float) -> str | None:
        if not self._news.wait(timeout):
            return None
        self._news.clear()
        return self._topic


class RedisLiveFeed:
    """A `LiveFeed`. Its thread starts with the first viewer, after gunicorn's fork, and reconnects by itself.

    While Redis is away every viewer is told every other second that something may have changed.
    """

    def __init__(self, redis_url: str, *, degraded_tick: float = _DEGRADED_TICK) -> None:
        self._redis_url = redis_url
        self._degraded_tick = degraded_tick
        self._lock = threading.Lock()
        self._viewers: defaultdict[str, set[_Viewer]] = defaultdict(set)
        self._thread: threading.Thread | None = None
        self._connected = threading.Event()
        self._stopped = threading.Event()

    @contextmanager
    def listen(self, topics: Collection[str], *, timeout: float) -> Iterator[Iterator[str | None]]:
        """See `domain.ports.LiveFeed`."""
        viewer = _Viewer()
        self._start()
        with self._lock:
            for topic in topics:
                self._viewers[topic].add(viewer)
        try:
            yield self._changes(viewer, next(iter(topics), ""), timeout)
        finally:
            self._forget(viewer, topics)

    def close(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _changes(self, viewer: _Viewer, any_topic: str, timeout: float) -> Iterator[str | None]:
        while not self._stopped.is_set():
            connected = self._connected.is_set()
            topic = viewer.wait(timeout if connected else min(timeout, self._degraded_tick))
            yield topic if topic is not None or connected else any_topic

    def _forget(self, viewer: _Viewer, topics: Collection[str]) -> None:
        with self._lock:
            for topic in topics:
                self._viewers[topic].discard(viewer)
                if not self._viewers[topic]:
                    del self._viewers[topic]

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="live-feed", daemon=True)
                self._thread.start()

    def _follow(self) -> None:
        while not self._stopped.is_set():
            try:
                self._subscribe()
            except (redis.RedisError, OSError) as error:
                if self._connected.is_set():
                    _log.warning("live feed lost: %s", type(error).__name__)
                self._connected.clear()
                self._stopped.wait(_TRY_AGAIN)

    def _subscribe(self) -> None:
        """Hands topics on until the connection breaks."""
        client = redis.Redis.from_url(
            self._redis_url,
            decode_responses=True,
            socket_connect_timeout=1,
            socket_timeout=5,
            health_check_interval=10,
        )
        with client, client.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(CHANNEL)
            subscription.get_message(timeout=1)
            self._connected.set()
            # What was said while nobody listened is made up for by one look.
            self._tell_all()
            while not self._stopped.is_set():
                message = subscription.get_message(timeout=1)
                if message is not None:
                    self._tell(str(message["data"]))

    def _tell(self, topic: str) -> None:
        with self._lock:
            for viewer in self._viewers.get(topic, ()):
                viewer.tell(topic)

    def _tell_all(self) -> None:
        with self._lock:
            for topic, viewers in self._viewers.items():
                for viewer in viewers:
                    viewer.tell(topic)
