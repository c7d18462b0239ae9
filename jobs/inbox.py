"""The RQ job behind an inbox hint. One sender that fails must not hold up the others; the sweep comes back to it."""

import logging
from collections.abc import Sequence

from domain.conversation.inbox import work_inbox
from jobs.process import leaving, services

logger = logging.getLogger(__name__)


def work(senders: Sequence[tuple[str, str]]) -> None:
    for channel, handle in senders:
        if leaving.asked:
            return
        try:
            work_inbox(services(), channel, handle)
        except Exception:
            logger.exception("a message on %s could not be worked", channel)
