"""Bringing a database to a revision; how a revision is run stands in migrations/env.py."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def upgrade(url: str, *, revision: str = "head") -> None:
    """Creates an SQLite file and its folder where there is none. Safe to call from many processes at once."""
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and database.database:
        Path(database.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(_config(url), revision)


def downgrade(url: str, *, revision: str = "base") -> None:
    command.downgrade(_config(url), revision)


def database_exists(url: str) -> bool:
    """Whether there is a file, for SQLite, which would make one at the first look; servers are there or say so."""
    database = make_url(url)
    if database.get_backend_name() != "sqlite" or not database.database:
        return True
    return Path(database.database).exists()


def head_revision() -> str | None:
    """The revision that the code wants; None while there is no revision at all."""
    return ScriptDirectory.from_config(_config("")).get_current_head()


def is_at_head(engine: Engine) -> bool:
    """Whether the database has the revision that the code wants."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head_revision()


def _config(url: str) -> Config:
    config = Config(toml_file=_PROJECT)
    # Not a main option: alembic would read a `%` in a password as an interpolation.
    config.attributes["url"] = url
    return config
