"""How a unit of work ends on PostgreSQL: what was only read costs no prepared statement, what was written is undone."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, event, text

from domain.ports import UnitOfWork
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.contract.ground import Heard, StoppedClock, prepare

_ENOUGH_TO_BE_PREPARED = 7  # psycopg does so at the sixth time
_PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM sites%'")


class ChangedMind(Exception):
    pass


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    """With one connection, so that every unit has the same."""
    engine = make_engine(postgres_url, pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture
def rollbacks(engine: Engine) -> list[Connection]:
    seen: list[Connection] = []
    event.listen(engine, "rollback", seen.append)
    return seen


@pytest.fixture
def make_uow(engine: Engine) -> Callable[[], UnitOfWork]:
    return lambda: SqlUnitOfWork(engine, announcer=Heard(), clock=StoppedClock())


def _read_often(make_uow: Callable[[], UnitOfWork]) -> None:
    for _ in range(_ENOUGH_TO_BE_PREPARED):
        with make_uow() as uow:
            uow.places.sites()


def _read_and_change_mind(make_uow: Callable[[], UnitOfWork]) -> None:
    with make_uow() as uow:
        uow.places.sites()
        raise ChangedMind


def _prepared(engine: Engine) -> int:
    with engine.connect() as connection:
        prepared: int = connection.execute(_PREPARED).scalar_one()
        connection.commit()
    return prepared


def test_a_unit_that_only_read_keeps_the_prepared_statements(
    engine: Engine, make_uow: Callable[[], UnitOfWork], rollbacks: list[Connection]
) -> None:
    _read_often(make_uow)
    assert _prepared(engine) == 1
    assert rollbacks == []


def test_a_unit_that_wrote_is_rolled_back_even_where_it_read_last(
    engine: Engine, make_uow: Callable[[], UnitOfWork], rollbacks: list[Connection]
) -> None:
    with make_uow() as uow:
        prepare(uow)
        assert len(uow.places.sites()) == 1
    assert len(rollbacks) == 1
    with make_uow() as uow:
        assert uow.places.sites() == []


def test_what_is_written_after_a_commit_is_rolled_back(
    make_uow: Callable[[], UnitOfWork], rollbacks: list[Connection]
) -> None:
    with make_uow() as uow:
        uow.places.sites()
        uow.commit()
        prepare(uow)
    assert len(rollbacks) == 1
    with make_uow() as uow:
        assert uow.places.sites() == []


def test_what_an_attempt_wrote_counts_as_written(
    make_uow: Callable[[], UnitOfWork], rollbacks: list[Connection]
) -> None:
    with make_uow() as uow, uow.attempt():
        prepare(uow)
    assert len(rollbacks) == 1
    with make_uow() as uow:
        assert uow.places.sites() == []


def test_an_exception_rolls_back_even_what_was_only_read(
    make_uow: Callable[[], UnitOfWork], rollbacks: list[Connection]
) -> None:
    with pytest.raises(ChangedMind):
        _read_and_change_mind(make_uow)
    assert len(rollbacks) == 1
