"""How alembic runs our revisions: all in one transaction, one runner at a time, never without time-outs."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from persistence.tables import metadata
from settings import Settings

# Any number will do, as long as nobody else locks on it.
_ADVISORY_LOCK = 3_270_001


def run() -> None:
    url = context.config.attributes.get("url") or Settings.load().database_url
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.begin() as connection:
            _run_alone(connection)
    finally:
        engine.dispose()


def _run_alone(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        _prepare_postgresql(connection)
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=sqlite)
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        _refuse_orphans(connection)


def _prepare_postgresql(connection: Connection) -> None:
    # Waiting for another release to finish may take long; waiting for a table's lock must not, because
    # every query on that table queues up behind us.
    connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = '60s'")


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.execute("PRAGMA busy_timeout = 60000")
    # With foreign keys on, rebuilding a parent table deletes all its children's rows.
    dbapi_connection.execute("PRAGMA foreign_keys = OFF")


def _begin_immediate(connection: Connection) -> None:
    # The driver begins nothing before DDL. IMMEDIATE, or two releases would both find a revision due.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise RuntimeError(f"The migration leaves rows without their parent: {orphans[:5]}")


run()
