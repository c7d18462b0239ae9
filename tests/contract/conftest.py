"""Every contract test runs on the memory's stores, on SQLite's and on PostgreSQL's."""

from collections.abc import Iterator

import pytest

from domain.ports import UnitOfWork
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.contract.ground import Ground, Heard, StoppedClock, Uows, prepare


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(params=["sqlite", "postgresql"])
def uows(request: pytest.FixtureRequest, heard: Heard) -> Iterator[Uows]:
    """Makes units of work on one empty installation."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    engine = make_engine(request.getfixturevalue(name))
    yield lambda: SqlUnitOfWork(engine, announcer=heard, clock=StoppedClock())
    engine.dispose()


@pytest.fixture
def uow(uows: Uows) -> Iterator[UnitOfWork]:
    with uows() as unit:
        yield unit


@pytest.fixture
def ground(uow: UnitOfWork) -> Ground:
    """In the test's own transaction, not committed."""
    return prepare(uow)
