"""Closing what earlier business dates left open, so that no counter serves all night. Never the day that still runs."""

import logging
from collections.abc import Callable
from datetime import timedelta

from domain.events import SYSTEM
from domain.ports import Services
from domain.queue import Queue
from domain.schedule import business_date
from domain.use_cases.queue import close_queue

NIGHT_WORK = timedelta(hours=3)  # after midnight, for those who are served late
MOST_A_ROUND = 200  # queues of a site

logger = logging.getLogger(__name__)


Close = Callable[..., int]


def close_earlier_days(services: Services, *, close: Close = close_queue) -> int:
    """Closes the queues of earlier dates at every site and returns how many; one that fails stops no other."""
    left = _left_open(services)
    closed = [queue for queue in left if _close(services, queue, close)]
    if left:
        logger.info("closed %d of %d queues of earlier days", len(closed), len(left))
    return len(closed)


def _left_open(services: Services) -> list[Queue]:
    now = services.clock.now()
    with services.uow() as uow:
        return [
            queue
            for site in uow.places.sites()
            for queue in uow.queues.unclosed_before(
                site_id=site.id, day=business_date(now - NIGHT_WORK, site.zone), limit=MOST_A_ROUND
            )
        ]


def _close(services: Services, queue: Queue, close: Close) -> bool:
    try:
        with services.uow() as uow:
            ended = close(uow, queue_id=queue.id, actor=SYSTEM, now=services.clock.now())
            uow.commit()
    except Exception:
        logger.exception("queue %d of %s can't be closed", queue.id, queue.business_date)
        return False
    logger.info("closed queue %d of %s with %d people still in line", queue.id, queue.business_date, ended)
    return True
