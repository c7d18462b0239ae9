"""The RQ job behind outbox hints. It must hold no rule: the row decides whether there is anything to do."""

from domain.use_cases.deliver import deliver, still_due
from jobs.process import hints, leaving, services


def work(lane: str) -> None:
    for outbox_ids in hints().piles(lane):
        for outbox_id in still_due(services(), outbox_ids):
            if leaving.asked:
                return  # the sweep hints again of the rest
            deliver(services(), outbox_id)
