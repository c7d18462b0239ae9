"""The RQ job behind an outbox hint. It must hold no rule: the row decides whether there is anything to do."""

from collections.abc import Sequence

from domain.use_cases.deliver import deliver, still_due
from jobs.process import leaving, services


def work(outbox_ids: Sequence[int]) -> None:
    for outbox_id in still_due(services(), outbox_ids):
        if leaving.asked:
            return  # the sweep hints again of the rest
        deliver(services(), outbox_id)
