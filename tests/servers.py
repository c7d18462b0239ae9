"""The servers that tests run against: real ones, started here or named by the environment."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from embedded.postgres import start_postgres
from persistence.migrate import upgrade


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a server on which databases may be made: TEST_DATABASE_URL's, else one of our own.

    Raises ServerDidNotStart.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    # Not pytest's own temporary folder: PostgreSQL runs as another user when we are root.
    data = Path(tempfile.mkdtemp(prefix="threeaway-postgres-"))
    try:
        with start_postgres(data=data) as server:
            yield server.url
    finally:
        shutil.rmtree(data, ignore_errors=True)


class PostgresDatabases:
    """Fresh databases, each a clone of one template that was migrated once."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._prefix = f"threeaway_test_{os.getpid()}"
        self._numbers = count(1)
        self._template = f"{self._prefix}_template"
        self._run("CREATE DATABASE {}", self._template)
        upgrade(self._url(self._template))

    def create(self, *, migrated: bool = True) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self._template if migrated else "template0")
        return self._url(name)

    def drop(self, url: str) -> None:
        database = make_url(url).database
        assert database is not None
        # FORCE: a test that was cut short may have left its sessions.
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def close(self) -> None:
        self.drop(self._url(self._template))

    def _url(self, database: str) -> str:
        return make_url(self._server_url).set(database=database).render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        plain_url = (
            make_url(self._server_url).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        with psycopg.connect(plain_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def sqlite_url_of(path: Path) -> str:
    return f"sqlite:///{path}"
