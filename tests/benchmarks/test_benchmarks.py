"""That every part of the benchmarks runs, and that the floor they compare with is really asked of the database."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from benchmarks import hand_over, history, through_http, twilio, twilio_sends, use_cases
from benchmarks.cpu import cpu_seconds
from benchmarks.databases import Databases, own_databases
from benchmarks.operations import Operations, bookings, presses
from benchmarks.recording import End, Statement, bare_connection, replay
from benchmarks.report import Figure, at_most, percentile, rate_against, table, write
from benchmarks.running_day import RunningDay, open_day, uows
from benchmarks.sizes import Sizes
from embedded.process import ServerDidNotStart

TINY = Sizes(
    people=60,
    block=3,
    blocks=1,
    rounds=1,
    presses_by_http=1,
    presses_for_alerts=5,
    people_on_telegram=10,
    seconds_on_telegram=0.2,
    rounds_of_twilio=1,
    messages_from_twilio=20,
    seconds_of_twilio=0.2,
    sends_to_twilio=20,
    histories=(20, 400),
    history_block=2,
    history_rounds=1,
)


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    try:
        with own_databases() as databases:
            yield databases
    except ServerDidNotStart as reason:
        pytest.skip(f"PostgreSQL can't be had here: {reason}")


@pytest.fixture(scope="module")
def day(databases: Databases) -> RunningDay:
    return open_day(databases.create(), people=TINY.people)


@pytest.mark.parametrize("operations", [bookings, presses])
def test_a_replay_leaves_the_database_behind_as_the_use_cases_do(
    databases: Databases, day: RunningDay, operations: Operations
) -> None:
    recorded = use_cases.record(databases, day, operations, numbers=range(5))
    untouched = use_cases.left_behind(day.url)
    with databases.clone(day.url) as ours, databases.clone(day.url) as bare:
        with uows(ours) as (_, make_uow):
            for operation in operations(day, make_uow, range(5)):
                operation()
        with bare_connection(bare) as connection:
            for steps in recorded:
                replay(steps, connection)
        assert use_cases.left_behind(bare) == use_cases.left_behind(ours) != untouched


def test_a_recorded_booking_is_one_transaction_from_the_guarded_claim_to_the_commit(
    databases: Databases, day: RunningDay
) -> None:
    (steps,) = use_cases.record(databases, day, bookings, numbers=range(1))
    statements = [step for step in steps if isinstance(step, Statement)]
    assert steps[-1] is End.COMMIT
    assert len(statements) == len(steps) - 1
    assert any(step.sql.startswith("UPDATE slots SET booked") for step in statements)


def test_a_replay_that_leaves_something_out_is_no_floor(databases: Databases, day: RunningDay) -> None:
    whole = use_cases.record(databases, day, bookings, numbers=range(2))
    with databases.clone(day.url) as ours, databases.clone(day.url) as bare:
        for url, recorded in ((ours, whole), (bare, whole[:1])):
            with bare_connection(url) as connection:
                for steps in recorded:
                    replay(steps, connection)
        with pytest.raises(use_cases.UnlikeReplay):
            use_cases.refuse_unlike(use_cases.left_behind(ours), use_cases.left_behind(bare))


@pytest.mark.slow
def test_each_block_is_timed_on_both_sides_but_for_the_one_to_warm_up(
    databases: Databases, day: RunningDay
) -> None:
    pairs = use_cases.blocks_against_bare(databases, day, presses, blocks=2, size=3)
    assert len(pairs) == 2
    assert all(ours > 0 and bare > 0 for ours, bare in pairs)


def test_commits_wait_for_the_disk_only_meanwhile(databases: Databases) -> None:
    with databases.waiting_for_the_disk():
        assert databases.settings()["fsync"] == "on"
    assert databases.settings()["fsync"] == "off"


@pytest.mark.slow
def test_history_fills_every_table_that_a_ticket_leaves_rows_in(
    databases: Databases, day: RunningDay
) -> None:
    with databases.clone(day.url) as url, uows(url) as (engine, _):
        before = rows(url)
        history.fill(engine, day, tickets=400)
        after = rows(url)
    added = {table: after[table] - before[table] for table in before}
    assert added == {
        "queues": 2,
        "slots": 2,
        "visits": 400,
        "appointments": 400,
        "tickets": 400,
        "ticket_intervals": 800,
        "events": 800,
        "outbox": 1600,
    }


@pytest.mark.slow
def test_rates_are_told_beside_each_size_of_history(databases: Databases, day: RunningDay) -> None:
    figures = history.measure(databases, day, TINY)
    assert [figure.ratio is None for figure in figures] == [True, False, True, False]


@pytest.mark.slow
def test_presses_and_bookings_by_http_serve_somebody_each_and_cost_something(
    databases: Databases, day: RunningDay
) -> None:
    figures = through_http.measure(databases, day, TINY)
    rates = [figure.what.split(",")[0] for figure in figures if figure.unit == "/s" and figure.value > 0]
    assert rates == ["Next by HTTP", "Next and its page by HTTP", "bookings at the desk by HTTP"]
    aimed_at = [figure for figure in figures if figure.met is not None]
    assert [figure.against for figure in aimed_at] == ["<= 5 CPU ms", "<= 5 CPU ms"]
    assert all(figure.value > 0 for figure in aimed_at)


@pytest.mark.slow
def test_alerts_come_from_the_commit_to_the_sender(databases: Databases, day: RunningDay) -> None:
    median, slowest = hand_over.measure(databases, day, TINY)
    assert 0 < median.value <= slowest.value


@pytest.mark.slow
def test_what_twilio_posts_is_taken_in_beside_a_bare_view(databases: Databases, day: RunningDay) -> None:
    rate, ours, floor, median, slowest = twilio.measure(databases, day, TINY)
    assert rate.value > 0
    assert len(rate.rounds) == TINY.rounds_of_twilio
    assert all(figure.unit == "CPU ms" for figure in (ours, floor))
    assert 0 < median.value <= slowest.value


@pytest.mark.slow
def test_one_worker_sends_beside_the_bare_client(databases: Databases, day: RunningDay) -> None:
    rate, beside_the_limit, cost = twilio_sends.measure(databases, day, TINY)
    assert rate.value == beside_the_limit.value > 0
    assert rate.ratio is not None
    assert cost.value > 0


@pytest.mark.slow
def test_reminders_that_are_not_there_fail_the_run(databases: Databases, day: RunningDay) -> None:
    with pytest.raises(twilio_sends.MessagesLost, match="are left to be sent"):
        twilio_sends.measure(databases, day, replace(TINY, sends_to_twilio=TINY.people))


def test_cpu_is_that_of_a_process_and_of_those_below_it() -> None:
    before = cpu_seconds([os.getpid()])
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", busy], check=True)
    assert 0.25 <= cpu_seconds([os.getpid()]) - before < 5
    idle = cpu_seconds([os.getpid()])
    time.sleep(0.1)
    assert cpu_seconds([os.getpid()]) - idle < 0.1


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 2.0
    assert percentile([float(n) for n in range(1, 201)], 99) == 198.0


def test_a_ratio_is_the_median_of_the_blocks_not_of_the_sums() -> None:
    figure = rate_against("x", [(50, 100), (60, 100), (1, 100)], floor="floor", at_least=0.5)
    assert (figure.ratio, figure.met) == (0.5, True)


def test_the_results_keep_every_figure_and_name_no_path_and_no_host(tmp_path: Path) -> None:
    figures = [Figure("x", 1.0, "/s"), Figure("y", 2.0, "ms", "<= 1 ms", 2.0, met=False)]
    write(figures, sizes={}, postgres={"server_version": "18"}, to=tmp_path / "results.json")
    told = (tmp_path / "results.json").read_text()
    assert "/" not in told.replace("/s", "")
    kept = json.loads(told)
    assert [Figure(**figure) for figure in kept["figures"]] == figures
    assert kept["postgres"] == {"server_version": "18"}


def test_the_table_has_a_row_for_each_figure_and_says_what_was_missed() -> None:
    figures = [
        Figure("x", 1234.5, "/s"),
        at_most("y", 2.0, unit="ms", most=1),
        at_most("z", 0.5, unit="ms", most=1),
    ]
    assert [row.split() for row in table(figures).splitlines()[1:]] == [
        ["x", "1,234.5", "/s"],
        ["y", "2", "ms", "<=", "1", "ms", "2.00", "MISSED"],
        ["z", "0.5", "ms", "<=", "1", "ms", "0.50", "met"],
    ]


def rows(url: str) -> dict[str, int]:
    tables = ("queues", "slots", "visits", "appointments", "tickets", "ticket_intervals", "events", "outbox")
    with psycopg.connect(url) as connection:
        counted = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables}
    return {table: row[0] for table, row in counted.items() if row}
