"""The same rates beside more and more history: tickets of past days, with all the rows that such a ticket leaves.

History is of the same service, counters and site, so that it stands in the very indexes that today's work uses.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median
from time import perf_counter

from sqlalchemy import Engine, text

from benchmarks.databases import Databases
from benchmarks.operations import Operation
from benchmarks.report import Figure
from benchmarks.running_day import RunningDay, uows
from benchmarks.sizes import Sizes
from benchmarks.use_cases import BOTH

FLAT = 0.85  # of the smallest history's rate; below, it is no longer the machine's noise
_A_DAY = 300  # tickets
_A_PERSON = 20

_FILL = (
    """CREATE TEMP TABLE history AS
    SELECT n, CAST(:today AS date) - (n / :a_day + 1) AS day, n / :a_person AS person,
           now() - (n / :a_day + 1) * interval '1 day' AS at
    FROM generate_series(0, :tickets - 1) n""",
    """INSERT INTO users (organisation_id, name)
    SELECT DISTINCT CAST(:organisation AS bigint), 'Earlier ' || person FROM history""",
    """INSERT INTO addresses (channel, handle) SELECT DISTINCT 'sim-sms', 'e' || person FROM history""",
    """CREATE TEMP TABLE earlier AS SELECT substr(u.name, 9)::int AS person, u.id AS user_id, a.id AS address_id
    FROM users u JOIN addresses a ON a.handle = 'e' || substr(u.name, 9) WHERE u.name LIKE 'Earlier %'""",
    """INSERT INTO address_users (address_id, organisation_id, user_id)
    SELECT address_id, :organisation, user_id FROM earlier""",
    """INSERT INTO queues (organisation_id, site_id, service_id, business_date, state, started_at)
    SELECT :organisation, :site, :service, day, 'closed', min(at) FROM history GROUP BY day""",
    """INSERT INTO slots (organisation_id, site_id, service_id, queue_id, date, start_time, end_time, starts_at,
                          ends_at, max_capacity, booked, next_seq, token_prefix)
    SELECT :organisation, :site, :service, q.id, q.business_date, '09:00', '17:00', q.started_at,
           q.started_at + interval '8 hours', :a_day, :a_day, :a_day + 1, ''
    FROM queues q WHERE q.service_id = :service AND q.business_date < :today""",
    """CREATE TEMP TABLE placed AS SELECT h.*, e.user_id, e.address_id, s.id AS slot_id, s.queue_id
    FROM history h JOIN earlier e USING (person) JOIN slots s ON s.service_id = :service AND s.date = h.day""",
    """INSERT INTO visits (organisation_id, site_id, code, link, booker_id, patient_id, address_id, created_at)
    SELECT :organisation, :site, 'history-' || n, 'history-' || n, user_id, user_id, address_id, at FROM placed""",
    """INSERT INTO appointments (organisation_id, site_id, service_id, slot_id, visit_id, queue_id, business_date,
                                 starts_at, patient_id, booker_id, token_number, status, created_at)
    SELECT :organisation, :site, :service, p.slot_id, v.id, p.queue_id, p.day, p.at, p.user_id, p.user_id,
           to_char(p.n % :a_day + 1, 'FM000'), 'completed', p.at
    FROM placed p JOIN visits v ON v.link = 'history-' || p.n""",
    """INSERT INTO tickets (organisation_id, site_id, service_id, queue_id, visit_id, appointment_id, slot_id,
                            address_id, business_date, token, number, state, due_at, arrived_at, interval, version,
                            counter_id, called_at, last_call_at, finished_at, calls, alerted)
    SELECT :organisation, :site, :service, a.queue_id, a.visit_id, a.id, a.slot_id, v.address_id, a.business_date,
           a.token_number, a.token_number::int, 'completed', a.starts_at, a.starts_at, 2, 5,
           (CAST(:counters AS bigint[]))[1 + a.id % :counter_count], a.starts_at + interval '1 hour',
           a.starts_at + interval '1 hour', a.starts_at + interval '68 minutes', 1, 1
    FROM appointments a JOIN visits v ON v.id = a.visit_id WHERE a.business_date < :today""",
    """INSERT INTO ticket_intervals (organisation_id, site_id, ticket_id, number, state, counter_id, from_at, to_at)
    SELECT :organisation, :site, t.id, i.number, i.state, i.counter_id, i.from_at, i.to_at FROM tickets t,
    LATERAL (VALUES (1, 'waiting', NULL, t.due_at, t.called_at),
                    (2, 'called', t.counter_id, t.called_at, t.finished_at)
    ) i (number, state, counter_id, from_at, to_at) WHERE t.business_date < :today""",
    """INSERT INTO events (organisation_id, site_id, name, at, address_id, queue_id, ticket_id, appointment_id,
                           counter_id, data)
    SELECT :organisation, :site, e.name, e.at, t.address_id, t.queue_id, e.ticket_id, e.appointment_id, e.counter_id,
           '{}' FROM tickets t,
    LATERAL (VALUES ('appointment_booked', t.due_at - interval '1 day', NULL, t.appointment_id, NULL),
                    ('ticket_called', t.called_at, t.id, NULL, t.counter_id)
    ) e (name, at, ticket_id, appointment_id, counter_id) WHERE t.business_date < :today""",
    """INSERT INTO outbox (organisation_id, site_id, address_id, kind, lane, dedupe_key, queue_id, ticket_id,
                           appointment_id, data, state, attempts, due_at, not_after, sent_at, provider_id, said)
    SELECT :organisation, :site, t.address_id, k.kind, k.lane, 'history/' || t.id || k.what, t.queue_id, t.id,
           t.appointment_id, '{}', 'sent', 1, t.called_at, t.called_at, t.called_at, t.id::text, '["You are near."]'
    FROM tickets t, (VALUES ('reminder', 'bulk', '/reminder'), ('near', 'alerts', '/near/3'),
                            ('near', 'alerts', '/near/1'), ('called', 'alerts', '/called/1')) k (kind, lane, what)
    WHERE t.business_date < :today""",
)


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    rounds = rates_beside(databases, day, sizes)
    return [
        _figure(name, tickets, rounds[name], smallest=sizes.histories[0])
        for name, _ in BOTH
        for tickets in sizes.histories
    ]


def rates_beside(databases: Databases, day: RunningDay, sizes: Sizes) -> dict[str, list[dict[int, float]]]:
    """For each operation, round by round, the rate beside each size of history. The sizes take turns at once."""
    with ExitStack() as stack:
        todo: dict[tuple[str, int], list[Operation]] = {}
        for tickets in sizes.histories:
            engine, make_uow = stack.enter_context(uows(stack.enter_context(databases.clone(day.url))))
            fill(engine, day, tickets=tickets)
            for name, operations in BOTH:
                numbers = range((sizes.history_rounds + 1) * sizes.history_block)
                todo[name, tickets] = operations(day, make_uow, numbers)
        return {
            name: [
                {
                    tickets: _rate(todo[name, tickets], number=number, size=sizes.history_block)
                    for tickets in (sizes.histories if number % 2 else reversed(sizes.histories))
                }
                for number in range(sizes.history_rounds + 1)
            ][1:]  # the first warms up
            for name, _ in BOTH
        }


def fill(engine: Engine, day: RunningDay, *, tickets: int) -> None:
    """Adds that many tickets of earlier days."""
    values = {
        "organisation": day.service.organisation_id,
        "site": day.service.site_id,
        "service": day.service.id,
        "today": day.today,
        "counters": [*day.counters],
        "counter_count": len(day.counters),
        "tickets": tickets,
        "a_day": _A_DAY,
        "a_person": _A_PERSON,
    }
    with engine.begin() as connection:
        # References are right by construction; checking a million of them would take most of a run's time.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in _FILL:
            connection.execute(text(statement), values)
            connection.execute(text("ANALYZE"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("RESET statement_timeout"))


def _rate(operations: Sequence[Operation], *, number: int, size: int) -> float:
    began = perf_counter()
    for operation in operations[number * size : (number + 1) * size]:
        operation()
    return size / (perf_counter() - began)


def _figure(name: str, tickets: int, rounds: Sequence[dict[int, float]], *, smallest: int) -> Figure:
    ratios = [rates[tickets] / rates[smallest] for rates in rounds]
    ratio = median(ratios)
    first = tickets == smallest
    return Figure(
        f"{name}, use cases, {tickets:,} tickets of history",
        value=round(median(rates[tickets] for rates in rounds), 1),
        unit="/s",
        against="" if first else f"flat: >= {FLAT} of that beside {smallest:,}",
        ratio=None if first else round(ratio, 3),
        met=None if first else ratio >= FLAT,
        rounds=[round(one, 3) for one in ratios],
    )
