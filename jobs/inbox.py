"""The RQ job behind inbox hints. One sender that fails must not hold up the others; the sweep comes back to it."""

import logging

from domain.conversation.inbox import work_inbox
from jobs.process import hints, leaving, services

logger = logging.getLogger(__name__)


def work(lane: str) -> None:
    for senders in hints().piles(lane):
        for channel, handle in senders:
            if leaving.asked:
                return
            _work(channel, handle)


def _work(channel: str, handle: str) -> None:
    try:
        work_inbox(services(), channel, handle)
    except Exception:
        logger.exception("a message on %s could not be worked", channel)
