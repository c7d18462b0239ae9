"""One address worked by several processes at once, on real databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import Engine, select

from domain.conversation.inbox import A_FLOOD, work_inbox
from domain.notices import Lane
from domain.ports import InboxRow, Sent, UnitOfWork
from domain.use_cases.deliver import LEASE
from persistence import tables
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import NINE, Town
from tests.use_cases.clinic import SilentAnnouncer


class StandingClock:
    def now(self) -> datetime:
        return NINE


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, pool_size=10)
    yield engine
    engine.dispose()


@pytest.fixture
def town(engine: Engine, tmp_path: Path) -> Town:
    return Town(
        partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=StandingClock()), folder=tmp_path
    )


def at_once(work: Callable[[], int], *, times: int = 6) -> list[int]:
    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(times)]]


def rows(town: Town, column: object) -> list[object]:
    with town.uow() as uow:
        assert isinstance(uow, SqlUnitOfWork)
        return list(uow._connection.execute(select(column)).scalars())  # type: ignore[call-overload]


def test_two_taps_at_once_book_once(town: Town) -> None:
    known = introduced(Chat(town, "telegram")).picks("Book").picks("Dr. Rao").picks("Earliest free")
    known.leaves(known.tap("Book it")).leaves(known.tap("Book it"))
    done = at_once(lambda: work_inbox(town.services, "telegram", known.handle))
    assert sum(done) == 2
    assert town.booked() == [(time(9, 30), 1)]
    known.looks().hears("booked.").hears_no("older message")


def test_every_message_is_answered_once_however_many_work_on_it(town: Town) -> None:
    known = introduced(Chat(town, "sms"))
    before = len(rows(town, tables.outbox.c.id))
    for text in ("book", "menu", "late", "status", "visits", "language"):
        known.leaves(known.written(text))
    assert sum(at_once(lambda: work_inbox(town.services, "sms", known.handle))) == 6
    assert len(rows(town, tables.outbox.c.id)) == before + 6


class SendsAtOnce(SilentAnnouncer):
    """A channel that takes every word at once, from when it has units of work; `sent` are the rows."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.uow: Callable[[], UnitOfWork] | None = None

    def outbox_due(self, lane: Lane, outbox_ids: Any) -> bool:
        if self.uow is None:
            return True
        with self.uow() as uow:
            claimed = uow.outbox.claim(outbox_ids, now=NINE, lease_until=NINE + LEASE)
            for row in claimed:
                uow.outbox.record_sent(row.id, sent=Sent(f"p{row.id}"), said=[], now=NINE)
            uow.commit()
        self.sent += [row.id for row in claimed]
        return True


def test_a_flood_is_answered_in_a_few_words_however_fast_the_channel_is(
    engine: Engine, tmp_path: Path
) -> None:
    """And each message has its row, which says what became of its answer."""
    channel = SendsAtOnce()
    uow = partial(SqlUnitOfWork, engine, announcer=channel, clock=StandingClock())
    town = Town(uow, folder=tmp_path, is_wired=False)
    known = introduced(Chat(town, "whatsapp"))
    before, channel.uow = len(rows(town, tables.outbox.c.id)), uow
    for text in ["hi", "menu", "book"] * 33 + ["menu"]:
        known.leaves(known.written(text))
    assert work_inbox(town.services, "whatsapp", known.handle) == 100
    assert len(rows(town, tables.outbox.c.id)) == before + 100
    assert len(channel.sent) == A_FLOOD
    assert max(rows(town, tables.outbox.c.id)) == channel.sent[-1]  # type: ignore[type-var]


def test_answers_count_for_the_site_that_the_conversation_is_at(town: Town) -> None:
    """Also those that are about no booking."""
    chat = introduced(Chat(town, "sms"))
    with town.uow() as uow:
        address = uow.people.address(channel="sms", handle=chat.handle, now=NINE)
        site_id = uow.conversations.lock(address.id).site_id
    before = len(rows(town, tables.outbox.c.site_id))
    chat.leaves(chat.written("menu"))
    work_inbox(town.services, "sms", chat.handle)
    assert site_id is not None
    assert rows(town, tables.outbox.c.site_id)[before:] == [site_id]


def test_the_first_message_of_a_new_person_makes_one_address_and_one_conversation(town: Town) -> None:
    chat = Chat(town, "whatsapp", "+919800000001")
    for _ in range(5):
        chat.leaves(chat.written("hi"))
    assert sum(at_once(lambda: work_inbox(town.services, "whatsapp", chat.handle))) == 5
    assert len(rows(town, tables.addresses.c.id)) == len(rows(town, tables.conversations.c.address_id)) == 1


def test_what_came_behind_a_message_that_another_process_answered_is_not_left(
    postgres_url: str, tmp_path: Path
) -> None:
    """Another one answers the oldest after we have looked, and before the conversation is ours."""
    engine = make_engine(postgres_url, pool_size=4)
    town = Town(
        partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=StandingClock()), folder=tmp_path
    )
    known = introduced(Chat(town, "sms"))
    known.leaves(known.written("book"))
    answered_elsewhere: list[int] = []

    class LookingEarly(SqlUnitOfWork):
        def __enter__(self) -> Self:
            entered = super().__enter__()
            look, elsewhere = self.inbox.waiting, replace(town.services, uow=town.uow)

            def waiting(**wanted: Any) -> list[InboxRow]:
                seen = look(**wanted)
                if not answered_elsewhere:
                    answered_elsewhere.append(work_inbox(elsewhere, "sms", known.handle))
                    known.leaves(known.written("menu"))
                return seen

            self.inbox.waiting = waiting  # type: ignore[method-assign]
            return entered

    with _with_uow(town, LookingEarly):
        assert work_inbox(town.services, "sms", known.handle) == 1
    assert answered_elsewhere == [1]
    engine.dispose()


def test_a_failure_half_way_leaves_nothing_done(town: Town) -> None:
    known = introduced(Chat(town, "telegram")).picks("Book").picks("Dr. Rao").picks("Earliest free")
    known.leaves(known.tap("Book it"))
    fails_once = [True]

    class Dropping(SqlUnitOfWork):
        """Loses its connection at the first commit of a booking."""

        def commit(self) -> None:
            if fails_once and self._connection.execute(select(tables.appointments.c.id)).first():
                fails_once.clear()
                raise ConnectionError("the database went away")
            super().commit()

    with _with_uow(town, Dropping):
        assert work_inbox(town.services, "telegram", known.handle) == 0
        assert town.booked() == []
        assert rows(town, tables.appointments.c.id) == []
        assert work_inbox(town.services, "telegram", known.handle) == 1
    assert town.booked() == [(time(9, 30), 1)]


@contextmanager
def _with_uow(town: Town, kind: type[SqlUnitOfWork]) -> Iterator[None]:
    ordinary = town.services
    assert isinstance(town.uow, partial)
    make_uow: Callable[[], UnitOfWork] = partial(kind, *town.uow.args, **town.uow.keywords)
    town.services = replace(ordinary, uow=make_uow)
    yield
    town.services = ordinary
