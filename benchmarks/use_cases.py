"""Bookings and presses a second through the use cases, beside a bare psycopg loop that asks the same of PostgreSQL.

Both sides work in small blocks by turns, each on its own clone of one database, so that whatever else the machine does
falls on both.
"""

from collections.abc import Sequence
from time import perf_counter

import psycopg

from benchmarks.databases import Databases
from benchmarks.operations import Operation, Operations, bookings, presses
from benchmarks.recording import Step, bare_connection, recording, replay
from benchmarks.report import Figure, rate_against
from benchmarks.running_day import RunningDay, uows
from benchmarks.sizes import Sizes

BOTH: tuple[tuple[str, Operations], ...] = (("bookings", bookings), ("Next", presses))
AT_LEAST = 0.5
_LEFT_BEHIND = (
    "SELECT (SELECT sum(booked) FROM slots), (SELECT count(*) FROM appointments),"
    " (SELECT count(*) FROM tickets WHERE state = 'called'),"
    " (SELECT count(*) FROM tickets WHERE state = 'completed'), (SELECT count(*) FROM ticket_intervals),"
    " (SELECT count(*) FROM events), (SELECT count(*) FROM outbox), (SELECT sum(version) FROM counters)"
)


class UnlikeReplay(RuntimeError):
    """The bare loop left another database behind than the use cases did: there is nothing to compare."""


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    """By a server that doesn't wait for the disk, then by one that does."""
    strict = [_against_bare(databases, day, sizes, one, note="") for one in BOTH]
    waiting = [_against_bare(databases, day, sizes, one, note=", to disk", to_disk=True) for one in BOTH]
    return strict + waiting


def _against_bare(
    databases: Databases,
    day: RunningDay,
    sizes: Sizes,
    what: tuple[str, Operations],
    *,
    note: str,
    to_disk: bool = False,
) -> Figure:
    name, operations = what
    pairs = [
        pair
        for _ in range(1 if to_disk else sizes.rounds)
        for pair in blocks_against_bare(
            databases, day, operations, blocks=sizes.blocks, size=sizes.block, to_disk=to_disk
        )
    ]
    return rate_against(f"{name}, use cases{note}", pairs, floor="bare psycopg", at_least=AT_LEAST)


def blocks_against_bare(
    databases: Databases,
    day: RunningDay,
    operations: Operations,
    *,
    blocks: int,
    size: int,
    to_disk: bool = False,
) -> list[tuple[float, float]]:
    """(through the use cases, bare) in operations a second, block by block after one to warm up."""
    numbers = range((blocks + 1) * size)
    recorded = record(databases, day, operations, numbers=numbers)
    with databases.clone(day.url) as ours, databases.clone(day.url) as bare:
        with (
            databases.waiting_for_the_disk(really=to_disk),
            uows(ours) as (_, make_uow),
            bare_connection(bare) as connection,
        ):
            todo = operations(day, make_uow, numbers)
            pairs = [
                _one_block(todo[start : start + size], recorded[start : start + size], connection)
                for start in range(0, len(numbers), size)
            ]
        refuse_unlike(left_behind(ours), left_behind(bare))
    return pairs[1:]


def record(
    databases: Databases, day: RunningDay, operations: Operations, *, numbers: Sequence[int]
) -> list[list[Step]]:
    """What each operation asks."""
    with databases.clone(day.url) as url, uows(url) as (engine, make_uow):
        todo = operations(day, make_uow, numbers)
        with recording(engine) as steps:
            ends = []
            for operation in todo:
                operation()
                ends.append(len(steps))
    return [steps[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def left_behind(url: str) -> tuple[object, ...]:
    """Enough of a database's content to see whether two runs did the same."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_LEFT_BEHIND).fetchone()
    assert row is not None
    return row


def _one_block(
    operations: Sequence[Operation], recorded: Sequence[Sequence[Step]], connection: psycopg.Connection
) -> tuple[float, float]:
    began = perf_counter()
    for operation in operations:
        operation()
    between = perf_counter()
    for steps in recorded:
        replay(steps, connection)
    ended = perf_counter()
    return len(operations) / (between - began), len(operations) / (ended - between)


def refuse_unlike(ours: tuple[object, ...], bare: tuple[object, ...]) -> None:
    if ours != bare:
        raise UnlikeReplay(f"{ours} by the use cases, {bare} by the replay")
