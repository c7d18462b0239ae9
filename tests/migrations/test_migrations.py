"""The project's own revisions lead to the tables that the code uses, and back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from persistence.migrate import downgrade, head_revision, upgrade
from persistence.tables import metadata
from tests.processes import at_once


def test_they_lead_to_the_tables_of_the_code(database_url: str) -> None:
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


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
