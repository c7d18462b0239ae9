"""What the stores rely on in a connection."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from persistence.engine import make_engine
from persistence.tables import addresses, heartbeats
from tests.servers import sqlite_url_of

PRIVATE = "+919876543210"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error!r} {error}"
        error = error.__cause__ or error.__context__


def test_an_error_tells_nothing_of_the_person(engine: Engine) -> None:
    row = {"channel": "sms", "handle": PRIVATE}
    with engine.begin() as connection:
        connection.execute(insert(addresses), row)
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        connection.execute(insert(addresses), row)
    told = "\n".join(_chain(refused.value))
    assert "addresses" in told
    assert PRIVATE not in told


def test_instants_come_back_aware_and_in_utc(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO heartbeats VALUES ('clock', CURRENT_TIMESTAMP)"))
        at = connection.execute(select(heartbeats.c.at)).scalar_one()
    assert at.utcoffset().total_seconds() == 0
    assert abs(at.timestamp() - time.time()) < 60


def test_sqlite_keeps_foreign_keys_and_writes_ahead(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        settings = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "journal_mode", "busy_timeout")
        ]
    engine.dispose()
    assert settings == [1, "wal", 10000]


def test_sqlite_takes_the_write_lock_when_a_unit_begins(tmp_path: Path) -> None:
    url = sqlite_url_of(tmp_path / "locked.db")
    first, second = make_engine(url), make_engine(url)
    with first.connect() as reader, second.connect() as other:
        other.exec_driver_sql("SELECT 1")
        other.rollback()
        reader.exec_driver_sql("SELECT 1")
        other.connection.cursor().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(OperationalError, match="locked"):
            other.exec_driver_sql("SELECT 1")
    first.dispose()
    second.dispose()


def test_postgresql_reads_what_is_committed_in_utc_and_gives_up_in_time(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with engine.connect() as connection:
        settings = [
            connection.execute(text(f"SHOW {name}")).scalar()
            for name in ("transaction_isolation", "timezone", "statement_timeout", "lock_timeout")
        ]
    engine.dispose()
    assert settings == ["read committed", "UTC", "15s", "10s"]


def test_a_connection_that_the_server_dropped_while_it_rested_is_replaced(postgres_url: str) -> None:
    engine = make_engine(postgres_url, pool_size=1)
    killer = make_engine(postgres_url)
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with killer.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    time.sleep(1.1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
    killer.dispose()


def test_a_server_that_is_down_is_an_ordinary_error(empty_postgres_url: str) -> None:
    engine = make_engine("postgresql://postgres@127.0.0.1:1/nothing")
    with pytest.raises(DBAPIError), engine.connect():
        pass
    engine.dispose()
