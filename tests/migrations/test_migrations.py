"""The project's own revisions lead to the tables that the code uses, and back."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from persistence.migrate import downgrade, head_revision, upgrade
from persistence.tables import metadata
from tests.processes import at_once

POSTGRESQL_DEFINITIONS = """
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
SQLITE_DEFINITIONS = (
    "SELECT tbl_name || '.' || name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
)


# On SQLite an index over an expression can't be reflected; the tests of the definitions below see it.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_they_lead_to_the_tables_of_the_code(database_url: str) -> None:
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_they_lead_to_the_checks_and_indexes_of_the_code_on_postgresql(
    postgres_url: str, empty_postgres_url: str
) -> None:
    assert_same_definitions(postgres_url, empty_postgres_url, query=POSTGRESQL_DEFINITIONS)


def test_they_lead_to_the_indexes_of_the_code_on_sqlite(sqlite_url: str, empty_sqlite_url: str) -> None:
    assert_same_definitions(sqlite_url, empty_sqlite_url, query=SQLITE_DEFINITIONS)


def test_they_go_up_and_down_and_up_again(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    there = tables_of(empty_database_url)
    downgrade(empty_database_url)
    assert tables_of(empty_database_url) == {"alembic_version"}
    upgrade(empty_database_url)
    assert tables_of(empty_database_url) == there


def test_releases_that_start_together_take_turns(empty_database_url: str) -> None:
    at_once(upgrade, empty_database_url, runners=4)
    with create_engine(empty_database_url, poolclass=NullPool).connect() as connection:
        revisions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert revisions == [head for head in [head_revision()] if head is not None]


def tables_of(url: str) -> set[str]:
    return set(inspect(create_engine(url, poolclass=NullPool)).get_table_names())


def assert_same_definitions(migrated_url: str, empty_url: str, *, query: str) -> None:
    """The comparison of tables leaves out checks, and an index's expressions and conditions."""
    metadata.create_all(create_engine(empty_url, poolclass=NullPool))
    assert definitions_in(migrated_url, query) == definitions_in(empty_url, query)


def definitions_in(url: str, query: str) -> dict[str, str]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        rows = connection.execute(text(query)).all()
    return {name: " ".join(definition.split()) for name, definition in rows if "alembic_version" not in name}
