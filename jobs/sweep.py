"""One round of the sweep: what nobody took a hint of. Never a rule, and never one half failing for the other."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from domain.conversation.inbox import work_inbox
from domain.ports import Services
from domain.use_cases.deliver import HINTED_ANEW_AFTER, deliver, still_due, sweep_outbox
from domain.use_cases.receive import sweep_inbox
from jobs.process import SENDING_THREADS

logger = logging.getLogger(__name__)


def sweep(services: Services) -> None:
    # Messages that had to be answered here say that Redis takes no hints: their answers needn't wait for one either.
    answered_here = _sweep_inbox(services)
    patience = timedelta(0) if answered_here else HINTED_ANEW_AFTER
    sweep_outbox(services, patience=patience, work=_send_side_by_side)


def _send_side_by_side(services: Services, outbox_ids: Sequence[int]) -> int:
    due = still_due(services, outbox_ids)
    with ThreadPoolExecutor(SENDING_THREADS, thread_name_prefix="sweep") as pool:
        return sum(pool.map(lambda outbox_id: deliver(services, outbox_id), due))


def _sweep_inbox(services: Services) -> int:
    try:
        return sweep_inbox(services, work_inbox=work_inbox)
    except Exception:
        logger.exception("the inbox can't be swept")
        return 0
