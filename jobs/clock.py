"""What happens by itself: the sweep every second, and the slower rounds. Any number of clocks may run at once.

A step that fails must not keep the others from their turn; each is done whole, and SIGTERM waits for it.
"""

import logging
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from domain.ports import Services
from domain.use_cases.administer import extend_schedules
from jobs.aside import Aside
from jobs.closing import close_earlier_days
from jobs.heartbeat import beat
from jobs.live import Watch
from jobs.process import start
from jobs.sweep import sweep
from jobs.unconfirmed import ask_after_all

TICK = 1.0  # seconds

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Step:
    """Something to do every so many seconds, at the first tick too."""

    name: str
    every: float
    run: Callable[[Services], object]
    due_at: float = field(default=0.0)


def steps() -> list[Step]:
    return [
        Step("sweep", TICK, sweep),
        Step("live messages", TICK, Watch()),
        Step("what nobody has heard of", TICK, Aside(ask_after_all)),
        Step("heartbeat", 5, lambda services: beat(services, "clock")),
        Step("more slots", 300, _extend_schedules),
        Step("closing of earlier days", 60, close_earlier_days),
    ]


def run(services: Services, *, steps: Sequence[Step], stop: Event) -> None:
    """Until `stop` is set."""
    while not stop.is_set():
        tick(services, steps=steps, at=time.monotonic(), stop=stop)
        stop.wait(TICK)


def tick(services: Services, *, steps: Sequence[Step], at: float, stop: Event) -> None:
    """Each step whose time has come, one after the other."""
    for step in steps:
        if at >= step.due_at and not stop.is_set():
            step.due_at = at + step.every
            _do(step, services)


def _do(step: Step, services: Services) -> None:
    try:
        step.run(services)
    except Exception:
        logger.exception("%s failed; it is tried again at its next turn", step.name)


def _extend_schedules(services: Services) -> int:
    with services.uow() as uow:
        added = extend_schedules(uow, now=services.clock.now())
        uow.commit()
    return added


def serve(services: Services, *, steps: Sequence[Step]) -> None:
    """Until SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(services, steps=steps, stop=stop)


def main() -> None:
    from app import make_services, provider_steps

    services = start(make_services())
    serve(services, steps=[*steps(), *provider_steps(services)])


if __name__ == "__main__":
    main()
