"""A PostgreSQL of our own, as a real installation's, and clones of its databases. Never somebody else's.

Its commits wait for the disk only when asked to: the wait is the same for everybody, and would hide what is ours.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from embedded.postgres import start_postgres

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


@dataclass(slots=True)
class Databases:
    server_url: str
    server_pid: int
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create(self, *, like: str | None = None) -> str:
        """The URL of a new database: a copy of the one at `like`, which nobody may be connected to."""
        name = f"bench_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, _name(like) if like else "template0")
        return make_url(self.server_url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", _name(url))

    @contextmanager
    def clone(self, url: str) -> Iterator[str]:
        copy = self.create(like=url)
        try:
            yield copy
        finally:
            self.drop(copy)

    @contextmanager
    def waiting_for_the_disk(self, *, really: bool = True) -> Iterator[None]:
        """Commits are on the disk before they are answered, as in production; what was made before, is too."""
        self.wait_for_the_disk(really=really)
        self._run("CHECKPOINT")
        try:
            yield
        finally:
            self.wait_for_the_disk(really=False)

    def wait_for_the_disk(self, *, really: bool) -> None:
        wanted = "on" if really else "off"
        self._run(f"ALTER SYSTEM SET fsync = {wanted}")
        self._run("SELECT pg_reload_conf()")
        while self.settings()["fsync"] != wanted:  # the server takes notice a moment later
            time.sleep(0.005)

    def settings(self) -> dict[str, str]:
        """What decides how long a commit takes, and the server's version."""
        with psycopg.connect(self.server_url) as connection:
            shown = {
                name: connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
                for name in ("server_version", *DURABILITY)
            }
        return {name: row[0] for name, row in shown.items() if row}

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def own_databases() -> Iterator[Databases]:
    # PostgreSQL runs as another user when we are root, so the folder is not one of ours.
    data = Path(tempfile.mkdtemp(prefix="threeaway-bench-"))
    try:
        with start_postgres(data=data, durable=True) as server:
            databases = Databases(server.url, server.process.pid)
            databases.wait_for_the_disk(really=False)
            yield databases
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _name(url: str) -> str:
    name = make_url(url).database
    assert name is not None
    return name
