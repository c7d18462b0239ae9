"""The hot reads of the line and the message log are served by their indexes on PostgreSQL, whatever the history."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, SelectBase, text

from persistence import message_log, tickets
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.contract.ground import NOW, Ground, Heard, StoppedClock, a_ticket, prepare
from tests.servers import PostgresDatabases

HISTORY = 20_000
_GROW = text(
    """
    INSERT INTO tickets (organisation_id, site_id, service_id, queue_id, visit_id, business_date, token, number,
                         state, due_at, arrived_at, called_at, finished_at)
    SELECT organisation_id, site_id, service_id, queue_id, visit_id, business_date - n, 'H' || n, n,
           'completed', due_at, arrived_at, due_at, due_at + n * interval '1 second'
    FROM (SELECT * FROM tickets ORDER BY id LIMIT 1) AS one, generate_series(1, :history) AS n
    """
)
_GROW_LOG = text(
    """
    INSERT INTO outbox (site_id, kind, lane, dedupe_key, data, state, due_at, not_after, sent_at)
    SELECT id, 'near', 'alerts', 'old:' || n, '{}', 'sent', at, at, at
    FROM (SELECT id, n, CAST(:now AS timestamptz) - n * interval '10 minutes' AS at
          FROM sites, generate_series(1, :history) AS n) AS old
    """
)


@pytest.fixture(scope="module")
def engine(postgres_databases: PostgresDatabases) -> Iterator[Engine]:
    url = postgres_databases.create()
    engine = make_engine(url)
    yield engine
    engine.dispose()
    postgres_databases.drop(url)


@pytest.fixture(scope="module")
def ground(engine: Engine) -> Ground:
    """Thirty who wait, in a queue with a long history of completed tickets."""
    with SqlUnitOfWork(engine, announcer=Heard(), clock=StoppedClock()) as uow:
        ground = prepare(uow)
        for number in range(1, 31):
            a_ticket(uow, ground, number=number)
        uow.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(_GROW, {"history": HISTORY})
        connection.execute(_GROW_LOG, {"history": HISTORY, "now": NOW})
        connection.execute(text("VACUUM ANALYZE tickets, outbox"))
    return ground


def _plan(engine: Engine, statement: SelectBase, **values: object) -> str:
    compiled = statement.compile(engine).construct_expanded_state(values)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN {compiled.statement}", compiled.parameters)
        return "\n".join(row[0] for row in rows)


def test_the_head_of_the_line_is_read_in_the_order_of_its_index(engine: Engine, ground: Ground) -> None:
    plan = _plan(engine, tickets._HEAD, p_queue=ground.queue.id, p_limit=4)
    assert "ix_tickets_line" in plan
    assert "Sort" not in plan


def test_whom_a_counter_has_and_the_head_are_read_by_their_indexes(engine: Engine, ground: Ground) -> None:
    wanted = {"p_queue": ground.queue.id, "p_limit": 4, "p_id": 7}
    plan = _plan(engine, tickets._PRESENT_AND_HEAD, **wanted)
    assert {"ix_tickets_line", "pk_tickets"} <= set(plan.replace(")", " ").split())
    assert "Sort" not in plan


def test_those_ahead_are_counted_by_the_index_of_the_line(engine: Engine, ground: Ground) -> None:
    place = {"p_priority": 0, "p_due": NOW, "p_arrived": NOW, "p_number": 15, "p_id": 15}
    plan = _plan(engine, tickets._AHEAD, p_queue=ground.queue.id, **place)
    assert "ix_tickets_line" in plan
    assert "Seq Scan" not in plan


def test_the_pace_is_read_from_the_end_of_its_index(engine: Engine, ground: Ground) -> None:
    plan = _plan(engine, tickets._RECENT, p_service=ground.service.id, p_limit=20)
    assert "ix_tickets_pace" in plan
    assert "Sort" not in plan


def test_the_message_log_reads_the_rows_of_its_span(engine: Engine, ground: Ground) -> None:
    span = {"p_site": ground.site.id, "p_since": NOW - timedelta(days=1), "p_until": NOW}
    for statement in (message_log._PAGE, message_log._TOTALS):
        plan = _plan(engine, statement, **span, p_limit=50)
        assert "ix_outbox_log" in plan
        assert "Seq Scan on outbox" not in plan
