"""Messages that are kept up to date: the clock's look at which queues moved, and the RQ job behind a live hint.

It must hold no rule, and never keep its process from other things for long.
"""

import time
from dataclasses import dataclass, field

from domain.ports import Services
from domain.use_cases.live import UNHEARD_AFTER, SideBySide, look_for_changes, refresh, waits_since
from jobs.hints import LONGEST_JOB
from jobs.process import hints, leaving, services, showing

_WORKED_BY_THE_CLOCK = 0.5  # seconds of a round, while no worker does it


@dataclass(slots=True)
class Watch:
    """A step of the clock. What it knows of the queues is forgotten with its process: then all are looked at once."""

    marks: dict[int, int] = field(default_factory=dict)

    def __call__(self, services: Services) -> None:
        self.marks = look_for_changes(services, self.marks)
        since = waits_since(services)
        if since is None:
            return
        is_taken = services.announcer.live_due()
        if not is_taken or services.clock.now() - since > UNHEARD_AFTER:
            work_for(services, seconds=_WORKED_BY_THE_CLOCK)


def work(lane: str) -> None:
    for _ in hints().piles(lane):
        work_for(services(), seconds=LONGEST_JOB, side_by_side=showing().map)


def work_for(services: Services, *, seconds: float, side_by_side: SideBySide = map) -> None:
    """Until there is no more to show, or this has taken so long; the clock hints of the rest."""
    ends = time.monotonic() + seconds
    while not leaving.asked and time.monotonic() < ends and refresh(services, side_by_side=side_by_side):
        pass
