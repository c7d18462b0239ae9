"""Taking in what people wrote: stored before anybody is answered, so that nothing is lost. Never reads it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from domain.ports import Services, UnitOfWork

HINTED_ANEW_AFTER = timedelta(seconds=2)
UNHEARD_AFTER = timedelta(seconds=20)  # waiting for so long although it was hinted of: nobody listens
MOST_A_ROUND = 200  # addresses looked at in one round of the sweep

logger = logging.getLogger(__name__)

WorkInbox = Callable[[Services, str, str], int]


def receive(
    uow: UnitOfWork,
    *,
    channel: str,
    handle: str,
    provider_id: str,
    payload: Mapping[str, object],
    now: datetime,
) -> bool:
    """Stores one message; False when it was stored before, which is how a provider's retry becomes a no-op.

    The unit of work hints the inbox workers itself after the commit.
    """
    stored = uow.inbox.add(channel=channel, handle=handle, provider_id=provider_id, payload=payload, now=now)
    return stored is not None


def sweep_inbox(services: Services, *, work_inbox: WorkInbox) -> int:
    """Hints again of messages that wait; where no hint is taken, or hints come to nothing because no worker is alive,
    has them worked here, the oldest first.

    Returns how many addresses were worked here.
    """
    now = services.clock.now()
    with services.uow() as uow:
        due = partial(uow.inbox.due, channels=services.channels, limit=MOST_A_ROUND)
        senders = due(now=now, hinted_before=now - HINTED_ANEW_AFTER)
        unheard = due(now=now - UNHEARD_AFTER, hinted_before=now)
    if senders and services.announcer.inbox_due(senders):
        with services.uow() as uow:
            uow.inbox.mark_hinted(senders, now=now)
            uow.commit()
        senders = []
    return _work_here(services, list(dict.fromkeys([*unheard, *senders])), work_inbox=work_inbox)


def _work_here(services: Services, senders: list[tuple[str, str]], *, work_inbox: WorkInbox) -> int:
    for channel, handle in senders:
        try:
            work_inbox(services, channel, handle)
        except Exception:
            logger.exception("a message on %s can't be worked", channel)
    return len(senders)
