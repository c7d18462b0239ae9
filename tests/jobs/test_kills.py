"""Workers killed while they send, Redis killed with all its hints: nothing is lost, and a kill doubles what the worker
had in hand at most.
"""

import time
from pathlib import Path

import pytest
import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from jobs.process import SENDING_THREADS
from tests.jobs.mortal_valkey import MortalValkey
from tests.jobs.outbox_bench import OutboxAtWork, outbox_at_work
from tests.processes import eventually


def test_nothing_is_lost_under_kills_of_the_worker_and_of_redis(postgres_url: str, tmp_path: Path) -> None:
    _proof(postgres_url, tmp_path, notices=200, kills=4, workers=1, threads=SENDING_THREADS)


def test_a_kill_doubles_one_at_most_where_one_is_sent_at_a_time(postgres_url: str, tmp_path: Path) -> None:
    _proof(postgres_url, tmp_path, notices=100, kills=4, workers=1, threads=1)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_nothing_is_lost_under_many_kills_with_two_workers_and_two_clocks(
    postgres_url: str, tmp_path: Path
) -> None:
    _proof(postgres_url, tmp_path, notices=1000, kills=20, workers=2, threads=SENDING_THREADS)


def _proof(database_url: str, folder: Path, *, notices: int, kills: int, workers: int, threads: int) -> None:
    with (
        MortalValkey() as valkey,
        outbox_at_work(
            database_url=database_url,
            redis_url=valkey.url,
            folder=folder,
            send_seconds=0.005,
            speed=5,
            threads=threads,
        ) as outbox,
    ):
        for _ in range(workers):
            outbox.start("clock")
        others = [outbox.start("alerts") for _ in range(workers - 1)]
        worker = outbox.start("alerts")
        rows = outbox.add(notices)
        for kill in range(1, kills + 1):
            _wait_for_hand_overs(outbox, notices * kill // (kills + 2))
            worker.kill()
            worker.wait()
            if kill == kills // 2:
                valkey.kill()
                time.sleep(0.5)
                valkey.start()
            worker = outbox.start("alerts")
        eventually(lambda: outbox.unsent() == 0, otherwise=outbox.said, within=60)
        times = outbox.times_handed()
        assert all(other.poll() is None for other in others), outbox.said()
    assert set(times) == set(rows), "lost"
    assert sum(times.values()) - notices <= kills * threads, "doubled more than was in hand at a kill"


def _wait_for_hand_overs(outbox: OutboxAtWork, count: int) -> None:
    eventually(lambda: outbox.times_handed().total() >= count, otherwise=outbox.said, within=30)


def test_while_redis_is_away_the_sweep_sends_within_seconds(postgres_url: str, tmp_path: Path) -> None:
    away = MortalValkey()  # never started
    with outbox_at_work(database_url=postgres_url, redis_url=away.url, folder=tmp_path) as outbox:
        outbox.start("clock")
        waiting = outbox.start("alerts")
        began = time.monotonic()
        rows = outbox.add(20)
        assert time.monotonic() - began < 2, "the commit was held up by Redis"
        _wait_for_hand_overs(outbox, 20)
        assert outbox.times_handed() == dict.fromkeys(rows, 1)
        assert waiting.poll() is None, outbox.said()
        # The worker takes hints as soon as there is a Redis, without a restart.
        with away:
            waiting_for_beat = outbox.add(1, handle="later")
            _wait_for_hand_overs(outbox, 21)
            assert outbox.times_handed()[waiting_for_beat[0]] == 1


def hand_over(path: str, number: int) -> None:
    """The naive twin's job: the only record that there was something to send."""
    with Path(path).open("a", encoding="ascii") as file:
        file.write(f"{number}\n")


def test_the_naive_twin_whose_jobs_are_the_only_record_loses_them(tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    with MortalValkey() as valkey, redis.Redis.from_url(valkey.url) as client:
        queue = Queue("naive", connection=client, serializer=JSONSerializer)
        for number in range(30):
            queue.enqueue(hand_over, str(handed), number)
        worker = SimpleWorker([queue], connection=client, serializer=JSONSerializer)
        worker.work(burst=True, max_jobs=10, logging_level="ERROR")
        valkey.kill()
        valkey.start()
        worker = SimpleWorker([queue], connection=client, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
    assert len(handed.read_text().splitlines()) < 30, (
        "the twin did not fail, so the proof above proves nothing"
    )
