"""What the use cases ask of PostgreSQL, statement by statement, and the same by psycopg alone: the floor.

The replay asks the same statements with the same values in the same transactions, fetches what there is to fetch,
and does nothing else. The pool's ping of a borrowed connection isn't recorded: it counts against us.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Engine, event

from persistence.engine import make_engine


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    parameters: Any
    many: bool


class End(Enum):
    COMMIT = "commit"
    ROLLBACK = "rollback"


Step: TypeAlias = Statement | End


@contextmanager
def recording(engine: Engine) -> Iterator[list[Step]]:
    """Everything that the engine's connections ask meanwhile; PostgreSQL's BEGIN is psycopg's own, here as there."""
    steps: list[Step] = []

    def keep(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        # Rows inserted with RETURNING are one statement with one mapping of values, though they count as many.
        steps.append(Statement(sql, parameters, many and not isinstance(parameters, Mapping)))

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": keep,
        "commit": lambda _connection: steps.append(End.COMMIT),
        "rollback": lambda _connection: steps.append(End.ROLLBACK),
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield steps
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


@contextmanager
def bare_connection(url: str) -> Iterator[psycopg.Connection[Any]]:
    """psycopg's own connection, opened with the product's settings, so that both sides have the same session."""
    engine = make_engine(url)
    borrowed = engine.raw_connection()
    try:
        connection: Any = borrowed.driver_connection
        yield connection
    finally:
        borrowed.close()
        engine.dispose()


def replay(steps: Sequence[Step], connection: psycopg.Connection[Any]) -> None:
    cursor = connection.cursor()
    for step in steps:
        if isinstance(step, Statement):
            ask = cursor.executemany if step.many else cursor.execute
            ask(step.sql, step.parameters)
            if cursor.description is not None:
                cursor.fetchall()
        elif step is End.COMMIT:
            connection.commit()
        else:
            connection.rollback()
