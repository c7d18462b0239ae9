"""Next, and bookings at the desk, through HTTP with eight callers at once: how many a second, and what each costs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import psycopg

from benchmarks.cpu import cpu_seconds
from benchmarks.databases import Databases
from benchmarks.load import Order, Work
from benchmarks.processes import installation, told
from benchmarks.report import Figure, at_most, percentile
from benchmarks.running_day import OWNER_EMAIL, OWNER_PASSWORD, RunningDay
from benchmarks.sizes import Sizes
from domain.events import EventName

MOST_CPU_MS = 5
_DONE = "SELECT count(*) FROM events WHERE name = %s"
_LEAVES = {
    Work.NEXT: EventName.TICKET_CALLED,
    Work.LOOK: EventName.TICKET_CALLED,
    Work.BOOK: EventName.APPOINTMENT_BOOKED,
}


class PressesLost(RuntimeError):
    """Other than one person was called, or booked, for each press."""


@dataclass(frozen=True, slots=True)
class Pressed:
    a_second: float
    cpu_ms: Mapping[str, float]
    p50_ms: float
    p99_ms: float


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    with (
        databases.clone(day.url) as url,
        databases.waiting_for_the_disk(),
        installation(url) as installed,
        installed.web() as web,
    ):
        costs = {
            "web": web.process.pid,
            "PostgreSQL": databases.server_pid,
            "Valkey": installed.valkey_pid,
        }
        order = Order(
            url=web.url,
            email=OWNER_EMAIL,
            password=OWNER_PASSWORD,
            work=Work.NEXT,
            times=sizes.presses_by_http,
            queue_id=day.queue_id,
            counters=list(day.counters),
            service_id=day.service.id,
            slots=list(day.slots_tomorrow),
        )
        pressed = _warm(order, database_url=url, costs=costs)
        looked = _press(replace(order, work=Work.LOOK), database_url=url, costs=costs)
        booked = _warm(replace(order, work=Work.BOOK), database_url=url, costs=costs)
    callers = f"{len(day.counters)} callers"
    return [
        *_figures(pressed, what=f"Next by HTTP, {callers}", one="a press"),
        Figure(f"Next and its page by HTTP, {callers}", round(looked.a_second, 1), "/s"),
        Figure("  CPU of both", round(sum(looked.cpu_ms.values()), 2), "CPU ms"),
        *_figures(booked, what=f"bookings at the desk by HTTP, {callers}", one="a booking"),
    ]


def _figures(pressed: Pressed, *, what: str, one: str) -> list[Figure]:
    cost = sum(pressed.cpu_ms.values())
    return [
        Figure(what, round(pressed.a_second, 1), "/s"),
        at_most(f"  CPU of {one}, database included", cost, unit="CPU ms", most=MOST_CPU_MS),
        *(Figure(f"    of it {name}", round(spent, 2), "CPU ms") for name, spent in pressed.cpu_ms.items()),
        Figure(f"  p50 of {one}", round(pressed.p50_ms, 1), "ms"),
        Figure(f"  p99 of {one}", round(pressed.p99_ms, 1), "ms"),
    ]


def _warm(order: Order, *, database_url: str, costs: Mapping[str, int]) -> Pressed:
    """Measured once the processes have done some of it."""
    _press(replace(order, times=max(5, order.times // 10)), database_url=database_url, costs=costs)
    return _press(order, database_url=database_url, costs=costs)


def _press(order: Order, *, database_url: str, costs: Mapping[str, int]) -> Pressed:
    """Has the order carried out. `costs` are the processes whose time, with all below them, is counted."""
    total = len(order.counters) * order.times
    before = _done(database_url, order.work)
    with told("benchmarks.load", asdict(order)) as generator:
        spent = {name: -cpu_seconds([root]) for name, root in costs.items()}
        answer, _ = generator.communicate("go\n")
        spent = {name: spent[name] + cpu_seconds([root]) for name, root in costs.items()}
    if generator.returncode:
        raise PressesLost("the load generator failed; it says why above")
    served = _done(database_url, order.work) - before
    if served != total:
        raise PressesLost(f"{served} people were served by {total} presses")
    done = json.loads(answer)
    return Pressed(
        a_second=total / done["took"],
        cpu_ms={name: seconds / total * 1000 for name, seconds in spent.items()},
        p50_ms=percentile(done["seconds"], 50) * 1000,
        p99_ms=percentile(done["seconds"], 99) * 1000,
    )


def _done(database_url: str, work: Work) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(_DONE, (_LEAVES[work].value,)).fetchone()
    assert row is not None
    return int(row[0])
