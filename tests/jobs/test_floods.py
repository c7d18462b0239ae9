"""One sender with a hundred messages among others, on the crew that answers."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select

from domain.conversation.inbox import MOST_ON_THEIR_WAY, work_inbox
from jobs.crew import Crew
from jobs.process import ANSWERING_THREADS
from persistence import tables
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.conversation.test_inbox import StandingClock
from tests.processes import eventually
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import Town
from tests.use_cases.clinic import SilentAnnouncer

FLOOD = 100


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    engine = make_engine(database_url, pool_size=ANSWERING_THREADS + 2)
    uow = partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=StandingClock())
    yield Town(uow, folder=tmp_path)
    engine.dispose()


def unanswered(town: Town) -> int:
    return _count(town, select(func.count()).where(tables.inbox.c.processed_at.is_(None)))


def waiting_answers(town: Town) -> int:
    return _count(
        town, select(func.count()).where(tables.outbox.c.kind == "reply", tables.outbox.c.state == "due")
    )


def _count(town: Town, statement: object) -> int:
    with town.uow() as uow:
        assert isinstance(uow, SqlUnitOfWork)
        return int(uow._connection.execute(statement).scalar_one())  # type: ignore[call-overload]


def test_nobody_waits_for_the_hundred_messages_of_another(town: Town) -> None:
    """Whoever floods has one hand of the crew, however often it's hinted of them."""
    flooding = introduced(Chat(town, "whatsapp", "+919800000001"))
    others = [introduced(Chat(town, "whatsapp", f"+9198000001{number:02}")) for number in range(10)]
    may_go_on = Event()

    def work(handle: str) -> None:
        if handle == flooding.handle:
            assert may_go_on.wait(20)
        work_inbox(town.services, "whatsapp", handle)

    crew: Crew[str] = Crew(work, threads=ANSWERING_THREADS, name="answering")
    for number in range(FLOOD):
        flooding.leaves(flooding.written("menu"))
        crew.hand(flooding.handle)
        if number % 10 == 0:
            other = others[number // 10]
            other.leaves(other.written("help"))
            crew.hand(other.handle)
    eventually(lambda: unanswered(town) == FLOOD, otherwise=lambda: f"{unanswered(town)} are unanswered")
    assert waiting_answers(town) == len(others)
    began = time.monotonic()
    may_go_on.set()
    crew.close()
    assert unanswered(town) == 0
    assert waiting_answers(town) == len(others) + MOST_ON_THEIR_WAY
    assert time.monotonic() - began < 10, "one address must not hold a hand of the crew for long"
