"""The RQ job behind outbox hints. It must hold no rule: the row decides whether there is anything to do."""

from domain.use_cases.deliver import still_due
from jobs.process import hints, leaving, sending, services


def work(lane: str) -> None:
    """Hands over what is due. The last rows may still be on their way when the job ends; the rows know."""
    for outbox_ids in hints().piles(lane):
        for outbox_id in still_due(services(), outbox_ids):
            if leaving.asked:
                return  # the sweep hints again of the rest
            sending().hand(outbox_id)
