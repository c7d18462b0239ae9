"""How long an alert takes from the commit of a press until it is handed over, through Valkey and a real worker.

The worker is the Procfile's own, the sender the simulator's; the worker keeps when each row was sent. Both ends read
the clock of this machine. The commit is over when its hint is about to be given.
"""

import time
from collections.abc import Collection, Sequence
from datetime import datetime

import psycopg

from benchmarks.databases import Databases
from benchmarks.operations import Operation, presses
from benchmarks.processes import Installation, installation
from benchmarks.report import Figure, at_most, percentile
from benchmarks.running_day import RunningDay, SystemClock, uows
from benchmarks.sizes import Sizes
from domain.notices import Lane
from domain.ports import Announcer
from jobs.announcer import RedisAnnouncer

MOST_MS = 300
PRESSES_A_SECOND = 5  # each alerts three people: a hall of counters at its busiest
_WARM_UP = 10
_PATIENCE = 20.0  # seconds
_MOST_UNTRUE = 0.05
_UNSENT = "SELECT count(*) FROM outbox WHERE id = ANY(%s) AND state IN ('due', 'later', 'sending')"
_FATES = "SELECT state, error, count(*) FROM outbox WHERE id = ANY(%s) GROUP BY 1, 2"
_HANDED = "SELECT id, sent_at FROM outbox WHERE id = ANY(%s) AND state = 'sent'"


class AlertsLost(RuntimeError):
    """Alerts that were due never came to a sender; the message ends with what the worker logged."""


class CommitsSeen:
    """Hands every hint on, and keeps when each row was committed."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._clock = SystemClock()
        self.inbox_due = announcer.inbox_due
        self.queue_changed = announcer.queue_changed
        self.phone_changed = announcer.phone_changed
        self.live_due = announcer.live_due
        self.committed: dict[int, datetime] = {}

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        self.committed |= dict.fromkeys(outbox_ids, self._clock.now())
        return self._announcer.outbox_due(lane, outbox_ids)


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    with databases.clone(day.url) as url, databases.waiting_for_the_disk(), installation(url) as installed:
        waits = waits_for_alerts(day, installed, url=url, count=sizes.presses_for_alerts)
    name = f"from Next's commit to the sender, {PRESSES_A_SECOND} presses/s"
    return [
        Figure(f"{name}, p50 of {len(waits)} alerts", round(percentile(waits, 50) * 1000, 1), "ms"),
        at_most(f"{name}, p99", percentile(waits, 99) * 1000, unit="ms", most=MOST_MS),
    ]


def waits_for_alerts(day: RunningDay, installed: Installation, *, url: str, count: int) -> list[float]:
    """Seconds that each alert took, those of the first presses left out."""
    announcer = RedisAnnouncer(installed.redis_url)
    seen = CommitsSeen(announcer)
    try:
        with installed.process("alerts"), uows(url, announcer=seen) as (_, make_uow):
            todo = presses(day, make_uow, range(_WARM_UP + count))
            _press_steadily(todo[:_WARM_UP])
            _handed(url, seen.committed, installed)
            seen.committed.clear()
            _press_steadily(todo[_WARM_UP:])
            handed = _handed(url, seen.committed, installed)
    finally:
        announcer.close()
    # What the next press has made untrue meanwhile is rightly never sent.
    if len(handed) < len(seen.committed) * (1 - _MOST_UNTRUE):
        raise AlertsLost(
            f"{len(handed)} of {len(seen.committed)} alerts were sent; {installed.said('alerts')}"
        )
    return [(at - seen.committed[row]).total_seconds() for row, at in handed.items()]


def _press_steadily(operations: Sequence[Operation]) -> None:
    began = time.monotonic()
    for number, operation in enumerate(operations):
        time.sleep(max(0.0, began + number / PRESSES_A_SECOND - time.monotonic()))
        operation()


def _handed(url: str, outbox_ids: Collection[int], installed: Installation) -> dict[int, datetime]:
    """When each of these alerts was handed over, once none is on its way any more."""
    deadline = time.monotonic() + _PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while _unsent(connection, outbox_ids):
            if time.monotonic() > deadline:
                raise AlertsLost(f"{_unsent(connection, outbox_ids)} wait still; {installed.said('alerts')}")
            time.sleep(0.1)
        return dict(connection.execute(_HANDED, ([*outbox_ids],)).fetchall())


def _unsent(connection: psycopg.Connection, outbox_ids: Collection[int]) -> int:
    row = connection.execute(_UNSENT, ([*outbox_ids],)).fetchone()
    assert row is not None
    return int(row[0])


def _fates(url: str, outbox_ids: Collection[int]) -> str:
    with psycopg.connect(url) as connection:
        rows = connection.execute(_FATES, ([*outbox_ids],)).fetchall()
    return ", ".join(f"{count} {state} {error or ''}".strip() for state, error, count in rows)
