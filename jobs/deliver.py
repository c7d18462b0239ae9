"""The RQ job behind outbox hints. It must hold no rule: the row decides whether there is anything to do."""

import time

from domain.use_cases.deliver import still_due
from jobs.hints import LONGEST_JOB
from jobs.process import hints, leaving, sending, services


def work(lane: str) -> None:
    """Hands over what is due. The last rows may still be on their way when the job ends; the rows know."""
    ends = time.monotonic() + LONGEST_JOB
    for outbox_ids in hints().piles(lane):
        due = still_due(services(), outbox_ids)
        for number, outbox_id in enumerate(due):
            if leaving.asked:
                return  # the sweep hints again of the rest
            if time.monotonic() > ends:
                # A provider that doesn't answer: between two jobs the worker says that it lives.
                hints().leave(lane, due[number:])
                return
            sending().hand(outbox_id)
