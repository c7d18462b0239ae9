"""Connections to either database, with the settings that the stores rely on. Never a statement of theirs."""

from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

_TRUSTED_FOR = 1.0  # seconds that a connection may rest before it is tried anew
_WROTE = "wrote"

_POSTGRESQL_OPTIONS = {
    "default_transaction_isolation": "read\\ committed",
    "timezone": "UTC",
    # A request that waits longer has lost its reader; whoever waits for its locks has not.
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


def make_engine(url: str, *, pool_size: int = 7) -> Engine:
    """An engine for `postgresql://…` or `sqlite:///…`. Small pools: one hot slot is slower with more connections."""
    sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,  # those beyond the pool would be opened anew at each use, which costs PostgreSQL a process
        pool_timeout=10,
        connect_args={} if sqlite else _postgresql_arguments(),
        # Error messages reach logs, and parameters are names and phones.
        hide_parameters=True,
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    else:
        event.listen(engine, "handle_error", _hide_detail)
        event.listen(engine, "begin", _has_written_nothing)
        event.listen(engine, "before_cursor_execute", _notice_a_write)
        _try_rested_connections(engine)
    return engine


def end_reading(connection: Connection) -> None:
    """Commits a transaction that has only read, and leaves any other as it is.

    psycopg gives up a connection's prepared statements at every ROLLBACK, and PostgreSQL would plan each one anew.
    """
    if not connection.info.get(_WROTE, True):
        connection.commit()


def _postgresql_arguments() -> dict[str, Any]:
    options = " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_OPTIONS.items())
    return {"options": options, "connect_timeout": 5, "application_name": "threeaway"}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions only before writes; we begin them ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another has written in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _has_written_nothing(connection: Connection) -> None:
    connection.info[_WROTE] = False


def _notice_a_write(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    if not statement.startswith("SELECT"):
        connection.info[_WROTE] = True


def _try_rested_connections(engine: Engine) -> None:
    """A ping as the pool's own, but not at every unit of work: under load it would be a tenth of all round trips."""

    def note(_connection: object, record: Any) -> None:
        record.info["rests_since"] = monotonic()

    def try_anew(connection: Any, record: Any, _proxy: object) -> None:
        if monotonic() - record.info.get("rests_since", monotonic()) < _TRUSTED_FOR:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", try_anew)


def _hide_detail(context: ExceptionContext) -> None:
    """PostgreSQL repeats a row's values in the detail of its message ("Key (handle)=(+91…) already exists")."""
    original = context.original_exception
    detail = getattr(getattr(original, "diag", None), "message_detail", None)
    if detail:
        for error in filter(None, (original, context.sqlalchemy_exception)):
            error.args = tuple(str(argument).replace(detail, "(hidden)") for argument in error.args)
