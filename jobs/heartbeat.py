"""Saying "I'm alive" in the database, where `/readyz` and the console look. Never a reason to stop working."""

import logging

from domain.ports import Services

logger = logging.getLogger(__name__)


def beat(services: Services, process: str) -> None:
    try:
        with services.uow() as uow:
            uow.heartbeats.beat(process, now=services.clock.now())
            uow.commit()
    except Exception:
        logger.exception("the heartbeat of %s was not taken", process)
