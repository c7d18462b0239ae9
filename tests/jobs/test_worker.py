"""A worker leaves when it is asked to, says that it lives, and doesn't need Redis to be there."""

import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobs.process import SENDING_THREADS
from tests.jobs.mortal_valkey import MortalValkey
from tests.jobs.outbox_bench import ROOT, OutboxAtWork, outbox_at_work
from tests.jobs.outbox_process import hand_overs
from tests.processes import eventually


def _lives(outbox: OutboxAtWork, process: str) -> None:
    def has_beaten() -> bool:
        with outbox.services.uow() as uow:
            return process in uow.heartbeats.last()

    eventually(has_beaten, otherwise=outbox.said)


def _leaves(outbox: OutboxAtWork, child: subprocess.Popen[bytes], *, within: float) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        assert child.wait(within) == 0, outbox.said()
    except subprocess.TimeoutExpired:
        pytest.fail(f"still there after {within} s: {outbox.said()}")


@pytest.mark.parametrize("what", ["inbox", "alerts", "bulk", "clock"])
def test_an_idle_process_says_that_it_lives_and_leaves_at_once(
    sqlite_url: str, redis_url: str, tmp_path: Path, what: str
) -> None:
    with outbox_at_work(database_url=sqlite_url, redis_url=redis_url, folder=tmp_path) as outbox:
        child = outbox.start(what)
        _lives(outbox, "clock" if what == "clock" else f"worker:{what}")
        _leaves(outbox, child, within=3)


def test_a_worker_that_has_never_seen_redis_leaves_at_once(sqlite_url: str, tmp_path: Path) -> None:
    away = MortalValkey()
    with outbox_at_work(database_url=sqlite_url, redis_url=away.url, folder=tmp_path) as outbox:
        child = outbox.start("alerts")
        eventually(lambda: "waits for Redis" in outbox.said(), otherwise=outbox.said)
        _leaves(outbox, child, within=3)
        assert "Traceback" not in outbox.said()


def test_a_worker_that_has_lost_redis_says_so_in_a_line_and_leaves_at_once(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        MortalValkey() as valkey,
        outbox_at_work(database_url=sqlite_url, redis_url=valkey.url, folder=tmp_path) as outbox,
    ):
        child = outbox.start("alerts")
        _lives(outbox, "worker:alerts")
        valkey.kill()
        eventually(lambda: "edis" in outbox.said(), otherwise=outbox.said)
        assert "Traceback" not in outbox.said()
        _leaves(outbox, child, within=3)


def test_a_busy_worker_ends_the_row_it_is_at_and_leaves_the_rest_to_others(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    with outbox_at_work(
        database_url=sqlite_url, redis_url=redis_url, folder=tmp_path, send_seconds=0.3
    ) as outbox:
        child = outbox.start("alerts")
        _lives(outbox, "worker:alerts")
        rows = outbox.add(40)
        eventually(lambda: outbox.times_handed().total() >= 2, otherwise=outbox.said)
        _leaves(outbox, child, within=3)
        begun = outbox.times_handed().total()
        assert begun < 40
        assert outbox.unsent() == 40 - begun, "the row in flight was not recorded"
        outbox.environ["SEND_SECONDS"] = "0"
        outbox.start("clock")
        outbox.start("alerts")
        eventually(lambda: outbox.unsent() == 0, otherwise=outbox.said)
        assert outbox.times_handed() == dict.fromkeys(rows, 1)


def test_a_worker_sends_side_by_side(sqlite_url: str, redis_url: str, tmp_path: Path) -> None:
    with outbox_at_work(
        database_url=sqlite_url, redis_url=redis_url, folder=tmp_path, send_seconds=2
    ) as outbox:
        outbox.start("alerts")
        _lives(outbox, "worker:alerts")
        rows = outbox.add(SENDING_THREADS + 1)
        eventually(lambda: outbox.times_handed().total() == SENDING_THREADS, otherwise=outbox.said, within=2)
        eventually(lambda: outbox.unsent() == 0, otherwise=outbox.said)
        assert outbox.times_handed() == dict.fromkeys(rows, 1)


def test_a_batch_of_hints_is_worked_in_well_under_a_second(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    with outbox_at_work(database_url=postgres_url, redis_url=redis_url, folder=tmp_path) as outbox:
        outbox.start("alerts")
        _lives(outbox, "worker:alerts")
        began = time.monotonic()
        outbox.add(4)
        eventually(lambda: outbox.times_handed().total() == 4, otherwise=outbox.said)
        assert time.monotonic() - began < 1


def test_answers_to_one_person_keep_their_order_with_two_workers(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    with outbox_at_work(
        database_url=postgres_url, redis_url=redis_url, folder=tmp_path, send_seconds=0.01
    ) as outbox:
        for _ in range(2):
            outbox.start("alerts")
        _lives(outbox, "worker:alerts")
        rows = [outbox.answer("one person", number) for number in range(40)]
        eventually(lambda: outbox.times_handed().total() >= 40, otherwise=outbox.said)
        assert [row for row, _ in hand_overs(outbox.handed)] == rows


@pytest.mark.parametrize("arguments", [[], ["sms"], ["inbox", "alerts"]])
def test_a_worker_takes_one_known_queue(arguments: list[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "jobs.worker", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert told.returncode == 1
    assert "usage: python -m jobs.worker inbox|alerts|bulk" in told.stderr


@pytest.mark.slow
def test_a_worker_says_that_it_lives_while_its_provider_does_not_answer(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    with outbox_at_work(
        database_url=sqlite_url, redis_url=redis_url, folder=tmp_path, send_seconds=4, threads=1
    ) as outbox:
        outbox.start("alerts")
        _lives(outbox, "worker:alerts")
        rows = outbox.add(6)

        def beats() -> datetime:
            with outbox.services.uow() as uow:
                return uow.heartbeats.last()["worker:alerts"]

        first = beats()
        eventually(lambda: beats() > first + timedelta(seconds=10), otherwise=outbox.said, within=20)
        assert outbox.unsent() > 0, "it had ended before, so that nothing is proved"
        assert max(outbox.times_handed().values()) == 1
        assert set(outbox.times_handed()) < set(rows)
