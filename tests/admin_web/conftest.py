"""The pages on a fresh SQLite database, with a clock that only moves when told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.people import Role
from persistence.engine import make_engine
from settings import Settings
from tests.admin_web.world import Page, World, build_world


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings.from_env({"DATABASE_URL": sqlite_url, "VAR_DIR": str(tmp_path / "var")})


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine, settings: Settings) -> World:
    return build_world(engine, settings)


@pytest.fixture
def operator(world: World) -> Page:
    return world.logged_in(Role.OPERATOR)


@pytest.fixture
def manager(world: World) -> Page:
    return world.logged_in(Role.MANAGER)
