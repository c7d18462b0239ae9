"""The bot and the inbox worker killed again and again while people write: nothing lost, nothing twice, all in order."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.processes import eventually
from tests.telegram.bot_api import BotApi
from tests.telegram.bot_at_work import BotAtWork, bot_at_work

PEOPLE = range(101, 109)
PAUSE = 0.05  # seconds between two messages

Process = subprocess.Popen[bytes]


@pytest.mark.timeout(120)
def test_no_update_is_lost_or_doubled_by_kills_of_the_bot_and_of_the_inbox_worker(
    api: BotApi, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    _proof(api, postgres_url, redis_url, tmp_path, rounds=2)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_no_update_is_lost_or_doubled_by_many_kills(
    api: BotApi, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    _proof(api, postgres_url, redis_url, tmp_path, rounds=25)


def _proof(api: BotApi, database_url: str, redis_url: str, folder: Path, *, rounds: int) -> None:
    with bot_at_work(
        folder=folder, database_url=database_url, redis_url=redis_url, api_root=api.root
    ) as at_work:
        at_work.start("-m", "jobs.clock")
        bot, worker = _start(at_work)
        with people_who_write(api) as written:
            for number in range(rounds):
                _until_more_is_stored(at_work)
                at_work.kill(bot if number % 2 else worker)
                at_work.kill(worker if number % 2 else bot)
                bot, worker = _start(at_work)
        eventually(lambda: api.pending == 0 and at_work.unprocessed() == 0, otherwise=at_work.said, within=60)
        assert at_work.failed() == []
        assert at_work.texts() == written
        # Each message is answered by one row of the outbox, which bears its number.
        answers = at_work.answers()
        assert len(answers) == len(set(answers)) == sum(map(len, written.values()))


def _start(at_work: BotAtWork) -> tuple[Process, Process]:
    return at_work.start("-m", "tests.telegram.bot_process"), at_work.start("-m", "jobs.worker", "inbox")


@contextmanager
def people_who_write(api: BotApi) -> Iterator[dict[str, list[str]]]:
    """One after the other, without an end; what each has written is there once they have stopped."""
    written: dict[str, list[str]] = {str(person): [] for person in PEOPLE}
    stop = Event()

    def write() -> None:
        number = 0
        while not stop.wait(PAUSE):
            number += 1
            person = PEOPLE[number % len(PEOPLE)]
            api.user(person).says(str(number))
            written[str(person)].append(str(number))

    writing = Thread(target=write)
    writing.start()
    try:
        yield written
    finally:
        stop.set()
        writing.join()


def _until_more_is_stored(at_work: BotAtWork) -> None:
    before = _stored(at_work)
    eventually(lambda: _stored(at_work) > before, otherwise=at_work.said, within=30)


def _stored(at_work: BotAtWork) -> int:
    return sum(map(len, at_work.texts().values()))
