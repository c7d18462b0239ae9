"""The RQ job behind an outbox hint. It must hold no rule: the row decides whether there is anything to do."""

from collections.abc import Sequence

from domain.use_cases.deliver import work_outbox
from jobs.process import services


def work(outbox_ids: Sequence[int]) -> None:
    work_outbox(services(), outbox_ids)
