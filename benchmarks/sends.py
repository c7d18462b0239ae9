"""SMS sent by one worker, from the outbox on PostgreSQL to a double of Twilio, which is a process beside.

The worker is the product's own, with its crew of threads; the pace is asked of Valkey for each message, and limits none.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

import psycopg

from benchmarks.cpu import cpu_seconds
from benchmarks.databases import Databases
from benchmarks.processes import ROOT, DidNotStart, Installation, installation
from benchmarks.report import Figure
from benchmarks.running_day import RunningDay, SystemClock, uows
from benchmarks.sizes import Sizes
from domain.conversation.messages import Reply, Text
from domain.ids import AddressId
from domain.notices import Notice, NoticeKind
from domain.people import CONSENT_VERSION
from domain.texts.compose import replies_as_data
from embedded.process import LOOPBACK, free_port, wait_for
from jobs.announcer import RedisAnnouncer
from jobs.process import SENDING_THREADS
from tests.twilio.twilio_api import ACCOUNT, SMS_FROM, TOKEN

ROUNDS = 3
_PATIENCE = 60.0  # seconds
_KNOWN_BY_SMS = (
    "UPDATE addresses SET channel = 'sms', handle = '+9198' || lpad(id::text, 8, '0'), language = 'en',"
    " consent_at = now(), consent_version = %s, last_inbound_at = now() WHERE id = ANY(%s)"
)
_FATES = "SELECT state, count(*) FROM outbox WHERE id = ANY(%s) GROUP BY 1"
_SPAN = "SELECT extract(epoch FROM max(sent_at) - %s) FROM outbox WHERE id = ANY(%s)"


class MessagesLost(RuntimeError):
    """What was due was not sent; the message ends with what the worker logged."""


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    people = [person.address_id for person in day.people[: sizes.messages_from_twilio]]
    with databases.clone(day.url) as url, databases.waiting_for_the_disk(), installation(url) as installed:
        with psycopg.connect(url) as connection:
            connection.execute(_KNOWN_BY_SMS, (CONSENT_VERSION, people))
        with _twilio() as root, installed.process("alerts", **_settings(root)) as worker:
            pids = [worker.process.pid, databases.server_pid, installed.valkey_pid]
            _send(
                installed, url, people[: 2 * SENDING_THREADS]
            )  # connections, statements and caches are warm
            spent = -cpu_seconds(pids)
            rates = [len(people) / _send(installed, url, people) for _ in range(ROUNDS)]
            spent += cpu_seconds(pids)
    name = f"SMS sent by one worker's {SENDING_THREADS} threads"
    return [
        Figure(name, round(median(rates), 1), "/s", rounds=[round(rate, 1) for rate in rates]),
        Figure("  CPU of one, database included", round(spent / (ROUNDS * len(people)) * 1000, 2), "CPU ms"),
    ]


def _settings(root: str) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_SMS_FROM": SMS_FROM,
        "TWILIO_API_URL": root,
        # Ours to find out, not a carrier's to limit.
        "TWILIO_SMS_SEGMENTS_PER_SECOND": "100000",
    }


@contextmanager
def _twilio() -> Iterator[str]:
    port = free_port()
    root = f"http://{LOOPBACK}:{port}"
    arguments = [sys.executable, "-m", "tests.twilio", "--port", str(port)]
    with subprocess.Popen(arguments, cwd=ROOT) as double:
        try:
            if not wait_for(double, ready=lambda: _listens(port), within=20):
                raise DidNotStart("the double of Twilio did not start")
            yield root
        finally:
            double.terminate()


def _send(installed: Installation, url: str, people: Sequence[AddressId]) -> float:
    """One message to each; the seconds from the commit that makes them due until the last was sent."""
    announcer = RedisAnnouncer(installed.redis_url)
    try:
        with uows(url, announcer=announcer) as (_, make_uow), make_uow() as uow:
            ids = uow.outbox.add([_notice(address_id) for address_id in people])
            began = SystemClock().now()
            uow.commit()
    finally:
        announcer.close()
    deadline = time.monotonic() + _PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while (fates := _fates(connection, ids)) != {"sent": len(ids)}:
            if time.monotonic() > deadline:
                raise MessagesLost(f"{fates}; {installed.said('alerts')}")
            time.sleep(0.05)
        row = connection.execute(_SPAN, (began, ids)).fetchone()
        assert row is not None
        return float(row[0])


def _fates(connection: psycopg.Connection, ids: Sequence[int]) -> dict[str, int]:
    return {str(state): int(count) for state, count in connection.execute(_FATES, ([*ids],))}


def _notice(address_id: AddressId) -> Notice:
    now = SystemClock().now()
    return Notice(
        kind=NoticeKind.REPLY,
        address_id=address_id,
        dedupe_key=f"benchmark:{address_id}:{time.monotonic_ns()}",
        due_at=now,
        not_after=now + timedelta(hours=1),
        data=replies_as_data([Reply(Text("menu-ask"))], revision=1, first=1),
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
