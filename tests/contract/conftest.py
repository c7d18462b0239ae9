"""Every contract test runs on the memory's stores, on SQLite's and on PostgreSQL's."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.ports import UnitOfWork
from persistence.engine import make_engine
from persistence.memory import memory_uow
from persistence.unit_of_work import SqlUnitOfWork
from tests.contract.ground import Ground, Heard, StoppedClock, Uows, prepare
from tests.servers import PostgresDatabases, sqlite_url_of

KINDS = ["memory", "sqlite", "postgresql"]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="session")
def sqlite_engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(
        sqlite_url_of(Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("contract"))))
    )
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_engine(postgres_databases: PostgresDatabases) -> Iterator[Engine]:
    url = postgres_databases.create()
    engine = make_engine(url)
    yield engine
    engine.dispose()
    postgres_databases.drop(url)


@pytest.fixture(params=KINDS)
def uows(request: pytest.FixtureRequest, heard: Heard) -> Uows:
    """Makes units of work that no test may commit: all tests share the databases."""
    if request.param == "memory":
        return memory_uow(heard, clock=StoppedClock())
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return lambda: SqlUnitOfWork(engine, announcer=heard, clock=StoppedClock())


@pytest.fixture
def uow(uows: Uows) -> Iterator[UnitOfWork]:
    with uows() as unit:
        yield unit


@pytest.fixture
def ground(uow: UnitOfWork) -> Ground:
    return prepare(uow)


@pytest.fixture(params=KINDS)
def own_uows(request: pytest.FixtureRequest, heard: Heard) -> Iterator[Uows]:
    """Makes units of work on an installation of the test's own, for tests that commit."""
    if request.param == "memory":
        yield memory_uow(heard, clock=StoppedClock())
        return
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    engine = make_engine(request.getfixturevalue(name))
    yield lambda: SqlUnitOfWork(engine, announcer=heard, clock=StoppedClock())
    engine.dispose()
