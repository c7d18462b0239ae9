"""The inbox worker, in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import demo
from domain.ports import Services
from domain.use_cases.receive import receive
from embedded.process import die_with_parent
from jobs.process import SENDING_THREADS
from persistence.engine import make_engine
from simulator import handset
from tests.jobs.outbox_bench import ROOT
from tests.jobs.outbox_process import make_services
from tests.processes import eventually

PEOPLE = range(1000, 1000 + SENDING_THREADS)  # of more at once, some answers would be left to another worker


@pytest.fixture
def environ(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "k" * 40,
        "VAR_DIR": str(tmp_path),
        "HANDED": str(tmp_path / "handed"),
    }


@pytest.fixture
def services(environ: dict[str, str]) -> Iterator[Services]:
    engine = make_engine(environ["DATABASE_URL"])
    services = make_services(environ, engine)
    with services.uow() as uow:
        demo.seed_demo(uow, email="owner@example.org", password_hash="x", now=services.clock.now())
        uow.commit()
    yield services
    engine.dispose()


def test_who_answers_sends_the_answer_itself(
    services: Services, environ: dict[str, str], tmp_path: Path
) -> None:
    """No other worker runs, and no clock: each of many people who write at once is answered, each once."""
    with _inbox_worker(environ, log=tmp_path / "log") as log:
        for number in PEOPLE:
            _writes(services, number)
        eventually(lambda: _answered(services) == len(PEOPLE), otherwise=log.read_text, within=20)
    assert [len(_screen(services, number)) for number in PEOPLE] == [1] * len(PEOPLE)


def _writes(services: Services, number: int) -> None:
    now = services.clock.now()
    payload = handset.written("sim-telegram", str(number), "hi", at=now)
    with services.uow() as uow:
        receive(
            uow,
            channel="sim-telegram",
            handle=str(number),
            provider_id=str(number),
            payload=payload,
            now=now,
        )
        uow.commit()


def _screen(services: Services, number: int) -> list[object]:
    with services.uow() as uow:
        return [*uow.phones.screen(channel="sim-telegram", handle=str(number), limit=9)]


def _answered(services: Services) -> int:
    with services.uow() as uow:
        return len(uow.phones.phones())


@contextmanager
def _inbox_worker(environ: dict[str, str], *, log: Path) -> Iterator[Path]:
    with log.open("wb") as file:
        worker = subprocess.Popen(
            [sys.executable, "-m", "jobs.worker", "inbox"],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - started from the main thread
        )
        try:
            yield log
        finally:
            worker.terminate()
            code = worker.wait(10)
    assert code == 0, log.read_text()
