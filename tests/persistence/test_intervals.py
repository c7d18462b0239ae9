"""The intervals of a ticket as they are stored: appended, closed once, void after an undo, never overwritten."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from domain.ports import UnitOfWork
from domain.queue import Ticket, TicketState
from persistence.engine import make_engine
from persistence.tables import ticket_intervals
from persistence.unit_of_work import SqlUnitOfWork
from tests.contract.ground import MINUTE, NOW, Ground, Heard, StoppedClock, a_ticket, a_user, prepare

CALLED, COMPLETED, EXPECTED = TicketState.CALLED, TicketState.COMPLETED, TicketState.EXPECTED
Stay = tuple[int, str, int, int | None, bool]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def uow(engine: Engine) -> Iterator[UnitOfWork]:
    with SqlUnitOfWork(engine, announcer=Heard(), clock=StoppedClock()) as uow:
        yield uow


@pytest.fixture
def ground(uow: UnitOfWork) -> Ground:
    return prepare(uow)


def _stays(uow: UnitOfWork, engine: Engine, ticket: Ticket) -> list[Stay]:
    """Number, state, from and to in minutes, void; the unit is committed so that another connection sees it."""
    uow.commit()
    wanted = select(ticket_intervals).where(ticket_intervals.c.ticket_id == ticket.id)
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(ticket_intervals.c.number)).all()
    return [(r.number, r.state, _minute(r.from_at), r.to_at and _minute(r.to_at), r.void) for r in rows]


def _minute(at: datetime) -> int:
    return (at - NOW) // MINUTE


def _call(uow: UnitOfWork, ground: Ground, ticket: Ticket, *, minute: int) -> Ticket:
    called = uow.tickets.move(ticket, to=CALLED, at=NOW + minute * MINUTE, counter_id=ground.counter.id)
    assert called is not None
    return called


def test_each_stay_ends_where_the_next_begins(uow: UnitOfWork, ground: Ground, engine: Engine) -> None:
    ticket = a_ticket(uow, ground, number=1)
    called = _call(uow, ground, ticket, minute=5)
    uow.tickets.move(called, to=COMPLETED, at=NOW + 9 * MINUTE)
    assert _stays(uow, engine, ticket) == [(1, "waiting", 0, 5, False), (2, "called", 5, 9, False)]


def test_a_stay_names_who_called_from_where(uow: UnitOfWork, ground: Ground, engine: Engine) -> None:
    clerk = a_user(uow, ground)
    ticket = a_ticket(uow, ground, number=1)
    uow.tickets.move(ticket, to=CALLED, at=NOW, counter_id=ground.counter.id, user_id=clerk)
    uow.commit()
    with engine.connect() as connection:
        stays = connection.execute(select(ticket_intervals).order_by(ticket_intervals.c.number)).all()
    assert [(s.counter_id, s.user_id) for s in stays] == [(None, None), (ground.counter.id, clerk)]


def test_undo_voids_what_came_since_and_reopens_what_was(
    uow: UnitOfWork, ground: Ground, engine: Engine
) -> None:
    before = a_ticket(uow, ground, number=1)
    called = _call(uow, ground, before, minute=5)
    uow.tickets.restore(before, version=called.version)
    assert _stays(uow, engine, before) == [(1, "waiting", 0, None, False), (2, "called", 5, None, True)]
    present = uow.tickets.get(before.id)
    assert present is not None
    _call(uow, ground, present, minute=7)
    assert _stays(uow, engine, before)[0] == (1, "waiting", 0, 7, False)
    assert _stays(uow, engine, before)[2] == (3, "called", 7, None, False)


def test_undo_of_an_end_reopens_the_call(uow: UnitOfWork, ground: Ground, engine: Engine) -> None:
    called = _call(uow, ground, a_ticket(uow, ground, number=1), minute=5)
    done = uow.tickets.move(called, to=COMPLETED, at=NOW + 9 * MINUTE)
    assert done is not None
    uow.tickets.restore(called, version=done.version)
    assert _stays(uow, engine, called)[1:] == [(2, "called", 5, None, False)]
    uow.tickets.move(called, to=COMPLETED, at=NOW + 11 * MINUTE)
    assert _stays(uow, engine, called)[1:] == [(2, "called", 5, 11, False)]


def test_a_start_that_is_undone_leaves_a_void_stay(uow: UnitOfWork, ground: Ground, engine: Engine) -> None:
    ticket = a_ticket(uow, ground, number=1, state=EXPECTED)
    uow.tickets.start_waiting(ground.queue.id, at=NOW + MINUTE)
    assert _stays(uow, engine, ticket) == [(1, "waiting", 1, None, False)]
    uow.tickets.stop_waiting(ground.queue.id)
    uow.tickets.start_waiting(ground.queue.id, at=NOW + 3 * MINUTE)
    assert _stays(uow, engine, ticket) == [(1, "waiting", 1, None, True), (2, "waiting", 3, None, False)]
