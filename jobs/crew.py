"""A few threads of a worker that work side by side, never two of them on the same thing. They keep no list of what is
to come: what nobody has a hand free for stays where it is, so that a killed worker leaves no more behind than it held.
"""

import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, Semaphore
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

logger = logging.getLogger(__name__)


class Crew(Generic[Key]):
    """`work` is done for each key; what it raises is logged and stops nobody."""

    def __init__(self, work: Callable[[Key], object], *, threads: int, name: str) -> None:
        self._work, self._name = work, name
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = Semaphore(threads)
        self._lock = Lock()
        self._in_hand: dict[Key, bool] = {}  # whether it was asked for again meanwhile
        self._is_open = True

    def hand(self, key: Key) -> None:
        """Waits until somebody is free for it."""
        self._free.acquire()
        self._begin(key)

    def offer(self, key: Key) -> bool:
        """False when nobody is free for it."""
        return self._free.acquire(blocking=False) and self._begin(key)

    def close(self) -> None:
        """Waits for what is in hand, and takes no more."""
        with self._lock:
            self._is_open = False
        self._pool.shutdown(wait=True)

    def _begin(self, key: Key) -> bool:
        """For whoever has got hold of a free hand."""
        with self._lock:
            if self._is_open and key not in self._in_hand:
                self._in_hand[key] = False
                self._pool.submit(self._run, key)
                return True
            self._free.release()
            # Who has it may have looked before there was anything new to see, and looks again.
            if key in self._in_hand:
                self._in_hand[key] = True
            return key in self._in_hand

    def _run(self, key: Key) -> None:
        try:
            self._do(key)
            while self._is_asked_again(key):
                self._do(key)
        finally:
            self._free.release()

    def _do(self, key: Key) -> None:
        try:
            self._work(key)
        except Exception:
            # Not the key: it may be somebody's phone number.
            logger.exception("something could not be worked by %s", self._name)

    def _is_asked_again(self, key: Key) -> bool:
        with self._lock:
            if self._in_hand[key]:
                self._in_hand[key] = False
                return True
            del self._in_hand[key]
            return False
