"""Taking many looks at once, within a time. A look that fails or hangs is a finding, never an error of ours."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock, Thread
from typing import TypeVar

from domain.ports import Clock

Answer = TypeVar("Answer")

_PATIENCE = 5.0  # seconds for all looks together, which are taken side by side
_FRESH_FOR = 10.0  # seconds

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`told` is how it is. `todo` is what to do, or, where all is well, what could be done."""

    name: str
    ok: bool
    told: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the world, which may find several things."""

    name: str
    look: Callable[[], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]
    at: datetime

    @property
    def todos(self) -> int:
        return sum(not finding.ok for finding in self.findings)

    @property
    def summary(self) -> str:
        if not self.todos:
            return "All is well."
        return "1 thing to do." if self.todos == 1 else f"{self.todos} things to do."


def examine(checks: Sequence[Check], *, clock: Clock, within: float = _PATIENCE) -> Report:
    """What all checks find, in their order. `within` is in seconds."""
    deadline = time.monotonic() + within
    begun = [(check, in_background(partial(_seen, check))) for check in checks]
    found = [
        finding
        for check, answer in begun
        for finding in _outcome(check, answer, deadline=deadline, within=within)
    ]
    return Report(tuple(found), clock.now())


class Examiner:
    """One examination at a time, and each serves everybody for a moment: reloads must not hammer a provider."""

    def __init__(
        self,
        checks: Sequence[Check],
        *,
        clock: Clock,
        within: float = _PATIENCE,
        fresh_for: float = _FRESH_FOR,
    ) -> None:
        self._look = partial(examine, checks, clock=clock, within=within)
        self._fresh_for = fresh_for
        self._lock = Lock()
        self._last: tuple[float, Report] | None = None

    def report(self) -> Report:
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > self._fresh_for:
                report = self._look()
                self._last = (time.monotonic(), report)
            return self._last[1]


def in_background(look: Callable[[], Answer]) -> "Future[Answer]":
    """Daemon threads rather than a pool: one that hangs must not hold up the end of the process."""
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(look())
        except Exception as error:  # noqa: BLE001 - whoever asks for the answer gets it
            answer.set_exception(error)

    Thread(target=run, name="check", daemon=True).start()
    return answer


def _seen(check: Check) -> list[Finding]:
    """What it found, up to where it failed."""
    found: list[Finding] = []
    try:
        found.extend(check.look())
    except Exception:
        logger.exception("the check of %s failed", check.name)
        found.append(
            Finding(name=check.name, ok=False, told="The check itself failed.", todo="The log says why.")
        )
    return found


def _outcome(
    check: Check, answer: "Future[list[Finding]]", *, deadline: float, within: float
) -> list[Finding]:
    try:
        return answer.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        told, todo = f"No answer within {within:g} seconds.", "Look whether it runs and can be reached."
        return [Finding(name=check.name, ok=False, told=told, todo=todo)]
