"""PostgreSQL with room for everybody who races, and units of work on it that hint nobody."""

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Engine

from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.contract.ground import Heard, StoppedClock, Uows


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url, pool_size=50)
    yield engine
    engine.dispose()


@pytest.fixture
def uows(engine: Engine) -> Uows:
    return partial(SqlUnitOfWork, engine, announcer=Heard(), clock=StoppedClock())
