"""Twilio's messages taken in, by the product's own web process on PostgreSQL, against the least that a view can do.

Both are served by the same gunicorn, one after the other, round by round. Ours checks the signature, stores the
message, commits and hints of it before it answers; the floor stores what was posted and commits. All is signed
beforehand.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from statistics import median
from urllib.parse import urlencode

import psycopg
from psycopg import sql
from twilio.request_validator import RequestValidator

from benchmarks import bare_web
from benchmarks.cpu import cpu_seconds
from benchmarks.databases import Databases
from benchmarks.posting import Order
from benchmarks.processes import DidNotStart, Installation, installation, told
from benchmarks.report import Figure, at_most, percentile, rate_against
from benchmarks.running_day import RunningDay
from benchmarks.sizes import Sizes
from embedded.process import LOOPBACK, Server, answers_http, free_port, wait_for
from whatsapp.webhook import PATH

LEAST_OF_FLOOR = 0.25
MOST_P99_MS = 100
STEADY = 50  # messages a second: three thousand people a minute
CALLERS = 8
_ACCOUNT = "AC" + "4a" * 16
_TOKEN = "5b" * 16
_NUMBER = "+15017122661"


class MessagesLost(RuntimeError):
    """Other than one row was stored for each post."""


@dataclass(frozen=True, slots=True)
class View:
    """Somebody who is posted to, and the table that each post leaves one row in."""

    url: str
    table: str
    database_url: str
    pids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Taken:
    a_second: float
    cpu_ms: float
    seconds: Sequence[float]


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    with databases.clone(day.url) as url, databases.waiting_for_the_disk(), installation(url) as installed:
        with psycopg.connect(url) as connection:
            connection.execute(bare_web.TABLE)
        with _ours(installed, databases) as ours, _floor(installed, databases) as floor:
            names = count()
            few = max(CALLERS, sizes.messages_from_twilio // 10)
            for view in (ours, floor):  # connections, statements and caches are warm
                _post(view, names, few)
            rounds = [
                [_post(view, names, sizes.messages_from_twilio) for view in (ours, floor)]
                for _ in range(sizes.rounds_of_twilio)
            ]
            steady = _post(ours, names, int(STEADY * sizes.seconds_of_twilio), a_second=STEADY)
    who = f"{CALLERS} callers"
    waits = f"at {STEADY} messages/s"
    return [
        rate_against(
            f"Twilio, messages taken in, {who}",
            [(taken.a_second, bare.a_second) for taken, bare in rounds],
            floor="bare view",
            at_least=LEAST_OF_FLOOR,
        ),
        Figure("  CPU of one, database included", _median_cpu(rounds, 0), "CPU ms"),
        Figure("  CPU of one of the bare view's", _median_cpu(rounds, 1), "CPU ms"),
        Figure(f"  p50 of the answer, {waits}", round(percentile(steady.seconds, 50) * 1000, 1), "ms"),
        at_most(
            f"  p99 of the answer, {waits}",
            percentile(steady.seconds, 99) * 1000,
            unit="ms",
            most=MOST_P99_MS,
        ),
    ]


def _median_cpu(rounds: Sequence[Sequence[Taken]], side: int) -> float:
    return round(median(taken[side].cpu_ms for taken in rounds), 2)


@contextmanager
def _ours(installed: Installation, databases: Databases) -> Iterator[View]:
    port = free_port()
    address = f"http://{LOOPBACK}:{port}"
    twilio = {
        "TWILIO_ACCOUNT_SID": _ACCOUNT,
        "TWILIO_AUTH_TOKEN": _TOKEN,
        "TWILIO_SMS_FROM": _NUMBER,
        "PUBLIC_URL": address,
        "SECRET_KEY": "of a benchmark, which nobody else can reach",
        "PORT": str(port),
    }
    with installed.process("web", url=address, **twilio) as web:
        _is_there(web, installed, "web")
        pids = (web.process.pid, databases.server_pid, installed.valkey_pid)
        yield View(address + PATH, "inbox", installed.environ["DATABASE_URL"], pids)


@contextmanager
def _floor(installed: Installation, databases: Databases) -> Iterator[View]:
    port = free_port()
    address = f"http://{LOOPBACK}:{port}"
    serve = ["gunicorn", "benchmarks.bare_web:create_app()"]
    with installed.command("bare", serve, url=address, PORT=str(port)) as web:
        _is_there(web, installed, "bare")
        pids = (web.process.pid, databases.server_pid)
        yield View(address + bare_web.PATH, "bare_inbox", installed.environ["DATABASE_URL"], pids)


def _is_there(web: Server, installed: Installation, name: str) -> None:
    if not wait_for(web.process, ready=lambda: answers_http(f"{web.url}/healthz"), within=20):
        raise DidNotStart(installed.said(name))


def _post(view: View, names: Iterator[int], times: int, *, a_second: float | None = None) -> Taken:
    order = Order(
        url=view.url,
        posts=[_signed(view.url, next(names)) for _ in range(times)],
        callers=CALLERS,
        a_second=a_second,
    )
    before = _rows(view)
    with told("benchmarks.posting", asdict(order)) as generator:
        spent = -cpu_seconds(view.pids)
        answer, _ = generator.communicate("go\n")
        spent += cpu_seconds(view.pids)
    if generator.returncode:
        raise MessagesLost("the load generator failed; it says why above")
    if _rows(view) - before != times:
        raise MessagesLost(f"{_rows(view) - before} rows of {times} posts")
    done = json.loads(answer)
    return Taken(a_second=times / done["took"], cpu_ms=spent / times * 1000, seconds=done["seconds"])


def _signed(url: str, number: int) -> tuple[str, str]:
    """What Twilio posts of somebody's text, from one of a hundred people."""
    sid = f"SM{number:032x}"
    person = f"+91980000{number % 100:04}"
    form = {
        "ToCountry": "IN",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": "When is my turn?",
        "FromCountry": "IN",
        "To": _NUMBER,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": _ACCOUNT,
        "From": person,
        "ApiVersion": "2010-04-01",
    }
    return urlencode(form), RequestValidator(_TOKEN).compute_signature(url, form)


def _rows(view: View) -> int:
    with psycopg.connect(view.database_url) as connection:
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(view.table))
        ).fetchone()
    assert row is not None
    return int(row[0])
