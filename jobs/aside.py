"""Rounds of the clock that ask somebody elsewhere, who may be slow: done aside, so that the sweep has its turn."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from domain.ports import Services

logger = logging.getLogger(__name__)


def _a_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="aside")


@dataclass(slots=True)
class Aside:
    """A step of the clock. While its last round goes on it is left out; who ends the process waits for that one."""

    run: Callable[[Services], object]
    _thread: ThreadPoolExecutor = field(default_factory=_a_thread)
    _round: Future[None] | None = None

    def __call__(self, services: Services) -> None:
        if self._round is None or self._round.done():
            self._round = self._thread.submit(self._do, services)

    def wait(self) -> None:
        """For the round that goes on, if one does."""
        if self._round is not None:
            self._round.result()

    def _do(self, services: Services) -> None:
        try:
            self.run(services)
        except Exception:
            logger.exception("a round aside failed; it is tried again at its next turn")
