"""The databases that all other tests stand on."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from persistence.migrate import head_revision


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_a_database_is_at_the_head_of_the_migrations(database_url: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        revisions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert revisions == [head for head in [head_revision()] if head is not None]


@pytest.mark.parametrize("turn", ["first", "second"])
def test_no_test_sees_what_another_left(database_url: str, turn: str) -> None:
    _run(database_url, "CREATE TABLE left_behind (id integer)")


def test_postgresql_is_a_real_one(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        version = connection.execute("SHOW server_version_num").fetchone()
        connection.execute("CREATE EXTENSION btree_gist")
    assert version is not None
    assert int(version[0]) >= 150000
