"""What is announced once a transaction has committed. Never a promise: a hint that fails is found by the sweep."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, Self

from domain.ids import OutboxId
from domain.notices import Lane
from domain.ports import Announcer

P = ParamSpec("P")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class AfterCommit:
    """Collected by the stores of one unit of work."""

    outbox: list[tuple[OutboxId, Lane, datetime]] = field(default_factory=list)  # with the time they're due
    senders: list[tuple[str, str]] = field(default_factory=list)
    queues: list[int] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)
    live: list[int] = field(default_factory=list)  # tickets whose message is to be shown at once

    def copy(self) -> Self:
        return type(self)([*self.outbox], [*self.senders], [*self.queues], [*self.phones], [*self.live])

    def become(self, other: Self) -> None:
        """In place, because the stores hold this very collection."""
        self.outbox[:] = other.outbox
        self.senders[:] = other.senders
        self.queues[:] = other.queues
        self.phones[:] = other.phones
        self.live[:] = other.live

    def clear(self) -> None:
        self.become(type(self)())

    def announce(self, announcer: Announcer, *, now: datetime) -> None:
        """Tells what is due by `now`, each thing once, and forgets it. Whatever the announcer raises is logged."""
        told = self.copy()
        self.clear()
        for lane in Lane:
            ids = [
                outbox_id for outbox_id, its_lane, due_at in told.outbox if its_lane is lane and due_at <= now
            ]
            if ids:
                _try(announcer.outbox_due, lane, [*dict.fromkeys(ids)])
        if told.senders:
            _try(announcer.inbox_due, [*dict.fromkeys(told.senders)])
        if told.queues:
            _try(announcer.queue_changed, [*dict.fromkeys(told.queues)])
        for channel, handle in dict.fromkeys(told.phones):
            _try(announcer.phone_changed, channel, handle)
        if told.live:
            _try(announcer.live_due)


def _try(hint: Callable[P, bool], *args: P.args, **kwargs: P.kwargs) -> None:
    try:
        hint(*args, **kwargs)
    except Exception:  # noqa: BLE001 - the commit stands whatever the announcer's library raises
        _log.warning("A hint failed; the sweep will find what it was about", exc_info=True)
