"""How long from the commit that makes a notice to its hand-over to a sender, with a worker in a process of its own."""

import time
from dataclasses import dataclass
from pathlib import Path

from embedded.valkey import start_valkey
from tests.jobs.outbox_bench import outbox_at_work
from tests.jobs.outbox_process import hand_overs
from tests.processes import eventually


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds."""

    p50: float
    p99: float


def commit_to_hand_over(*, database_url: str, folder: Path, notices: int, every: float) -> Latency:
    """One notice each `every` seconds; the time is taken before the commit, so that the hint counts too."""
    committed: dict[int, float] = {}
    with (
        start_valkey() as valkey,
        outbox_at_work(database_url=database_url, redis_url=valkey.url, folder=folder) as outbox,
    ):
        outbox.start("alerts")
        outbox.add(1, handle="warm-up")
        eventually(lambda: outbox.times_handed().total() == 1, otherwise=outbox.said)
        for number in range(notices):
            at = time.time()
            (outbox_id,) = outbox.add(1, first=number)
            committed[outbox_id] = at
            time.sleep(every)
        eventually(lambda: outbox.times_handed().total() == notices + 1, otherwise=outbox.said)
        taken = sorted(at - committed[row] for row, at in hand_overs(outbox.handed) if row in committed)
    return Latency(p50=taken[len(taken) // 2], p99=taken[min(len(taken) - 1, int(len(taken) * 0.99))])
