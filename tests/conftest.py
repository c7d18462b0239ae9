"""What every test may ask for: fresh migrated databases, a flushed Valkey; and no way off this machine."""

import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, sync_playwright

from embedded.process import ServerDidNotStart
from embedded.valkey import start_valkey
from persistence.migrate import upgrade
from tests.servers import PostgresDatabases, running_postgres, sqlite_url_of


class NetworkIsOffLimits(RuntimeError):
    """A test tried to reach another machine."""


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_here(host):
        raise NetworkIsOffLimits(f"{event} to {host!r}: tests may only reach this machine")


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


# An audit hook sees every connection and every look-up made from Python, whoever makes it.
sys.addaudithook(_stay_on_this_machine)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL on which databases may be made."""
    try:
        with running_postgres() as url:
            yield url
    except ServerDidNotStart as reason:
        # Where the verdict is given, a proof that did not run is a failure.
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"PostgreSQL can't be had here: {reason}")


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases(postgres_server)
    yield databases
    databases.close()


@pytest.fixture
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def empty_postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """A fresh PostgreSQL database with no table at all."""
    url = postgres_databases.create(migrated=False)
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(sqlite_url_of(path))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    copy = tmp_path / "threeaway.db"
    shutil.copy(sqlite_template, copy)
    return sqlite_url_of(copy)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite database with no table at all."""
    return sqlite_url_of(tmp_path / "empty.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on each of the two kinds."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with no table at all: the test runs once on each of the two kinds."""
    name = {"sqlite": "empty_sqlite_url", "postgresql": "empty_postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The URL of a Valkey: TEST_REDIS_URL's, else one of our own. Tests flush it."""
    named = os.environ.get("TEST_REDIS_URL")
    if named:
        yield named
        return
    with start_valkey() as server:
        yield server.url


@pytest.fixture
def redis_url(valkey_server: str) -> str:
    """A Valkey with nothing in it."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window; ask it for a `new_page()` or a `new_context()`.

    For one module only: while it runs, Playwright's event loop does, and asyncio.run() refuses to.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed here")
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; the pages are our own.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()
