"""The revisions on both databases: there and back, equal to the tables, and losing nothing that is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

from persistence.migrate import _config, downgrade, upgrade
from persistence.tables import Instant, metadata

KNOWN = {
    ("live_messages", "state"): "live",
    "role": "owner",
    "status": "booked",
    "channel": "sim-sms",
    "mode": "polling",
    ("queues", "state"): "open",
    ("tickets", "state"): "waiting",
    ("ticket_intervals", "state"): "waiting",
    ("outbox", "state"): "due",
}


@contextmanager
def _connection(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def _tables(url: str) -> set[str]:
    with _connection(url) as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def _revisions() -> list[str]:
    config: Config = _config("")
    return [r.revision for r in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def _value(column: sa.Column[Any]) -> Any:
    known = KNOWN.get((column.table.name, column.name)) or KNOWN.get(column.name)
    if known is not None:
        return known
    if isinstance(column.type, Instant):
        later = 1 if column.name == "ends_at" else 0
        return datetime(2026, 11, 22, 9 + later, tzinfo=UTC)
    by_type = {sa.Date: date(2026, 11, 22), sa.Time: time(9), sa.Boolean: False, sa.JSON: {"a": [1]}}
    return by_type.get(type(column.type), "x" if isinstance(column.type, sa.Text) else 1)


def _columns(connection: sa.Connection) -> dict[str, list[sa.Column[Any]]]:
    """What the database has at its present revision, in the order in which rows may be added."""
    seen = sa.inspect(connection)
    there = {
        table: {column["name"] for column in seen.get_columns(table)} for table in seen.get_table_names()
    }
    return {
        t.name: [c for c in t.columns if c.name in there[t.name]]
        for t in metadata.sorted_tables
        if t.name in there
    }


def _fill(connection: sa.Connection) -> None:
    """One row in each table, every column given."""
    for name, columns in _columns(connection).items():
        row = {c.name: _value(c) for c in columns}
        row |= dict.fromkeys({"held_until", "rescheduled_from", "fallback_of"} & row.keys())
        connection.execute(metadata.tables[name].insert(), row)


def _rows(
    connection: sa.Connection, columns: dict[str, list[sa.Column[Any]]]
) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: [tuple(row) for row in connection.execute(sa.select(*wanted))]
        for name, wanted in columns.items()
    }


def test_all_revisions_go_up_down_and_up_again(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    there = _tables(empty_database_url)
    downgrade(empty_database_url)
    assert _tables(empty_database_url) == set()
    upgrade(empty_database_url)
    assert _tables(empty_database_url) == there == set(metadata.tables)


# SQLite can't show an index on an expression; the next test compares those by their text.
@pytest.mark.filterwarnings("ignore:.*expression-based")
def test_the_tables_are_what_the_migrations_make(database_url: str) -> None:
    with _connection(database_url) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_indexes_and_constraints_are_what_the_tables_say_to_the_letter(empty_database_url: str) -> None:
    """alembic's own comparison overlooks expressions, the conditions of partial indexes, and checks."""
    with _connection(empty_database_url) as connection:
        metadata.create_all(connection)
        wanted = _definitions(connection)
        metadata.drop_all(connection)
    upgrade(empty_database_url)
    with _connection(empty_database_url) as connection:
        assert _definitions(connection) == wanted


def _definitions(connection: sa.Connection) -> set[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        statements = ["SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"]
    else:
        statements = [
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "  # noqa: ISC004 - one statement
            "WHERE connamespace = 'public'::regnamespace",
        ]
    rows = {tuple(row) for statement in statements for row in connection.execute(sa.text(statement))}
    return {(name, " ".join(told.split())) for name, told in rows if "alembic" not in name}


@pytest.mark.parametrize("revision", _revisions())
def test_a_filled_database_goes_up_from_every_revision_without_losing_a_row(
    empty_database_url: str, revision: str
) -> None:
    upgrade(empty_database_url, revision=revision)
    with _connection(empty_database_url) as connection:
        older = _columns(connection)
        _fill(connection)
        before = _rows(connection, older)
    upgrade(empty_database_url)
    with _connection(empty_database_url) as connection:
        assert _rows(connection, older) == before
    assert all(before.values())


@pytest.mark.parametrize("revision", _revisions()[:-1])
def test_a_step_back_takes_only_what_it_brought(empty_database_url: str, revision: str) -> None:
    upgrade(empty_database_url, revision=revision)
    with _connection(empty_database_url) as connection:
        older = _columns(connection)
    upgrade(empty_database_url)
    with _connection(empty_database_url) as connection:
        _fill(connection)
        before = _rows(connection, older)
    downgrade(empty_database_url, revision=revision)
    with _connection(empty_database_url) as connection:
        assert _columns(connection) == older
        assert _rows(connection, older) == before
