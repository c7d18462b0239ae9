"""Messages handed to a double of Twilio by one worker of ours, against the bare client from as many threads.

The worker is the Procfile's own, and what it sends are reminders: each is claimed, still true, put into words, paced,
handed over and recorded. The double and the floor are processes beside it. Rates are by when messages reached the
double, from the first to the last.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median

import psycopg

from benchmarks.bare_client import Order
from benchmarks.cpu import cpu_seconds
from benchmarks.databases import Databases
from benchmarks.processes import ROOT, Installation, installation
from benchmarks.report import Figure, at_least, rate_against
from benchmarks.running_day import RunningDay
from benchmarks.sizes import Sizes
from domain.ids import OutboxId
from domain.notices import Lane, NoticeKind
from domain.people import CONSENT_VERSION
from jobs.announcer import RedisAnnouncer
from jobs.process import SENDING_THREADS
from tests.twilio.twilio_api import ACCOUNT, SMS_FROM, TOKEN

LEAST_OF_FLOOR = 0.2
WHATSAPP_ALLOWS = 80  # messages a second of one sender
_PATIENCE = 60.0  # seconds
_TWILIO = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_SMS_FROM": SMS_FROM,
    # Ours to find out, not the carriers' to limit.
    "TWILIO_SMS_SEGMENTS_PER_SECOND": "100000",
    "PUBLIC_URL": "https://queue.example.org",
    "SECRET_KEY": "of a benchmark, which nobody else can reach",
}
_KNOWN_BY_SMS = (
    "UPDATE addresses SET channel = 'sms', handle = '+1650' || lpad(id::text, 7, '0'), language = 'en',"
    " consent_at = now(), consent_version = %s"
)
_FALL_DUE = (
    "UPDATE outbox SET due_at = now(), not_after = now() + interval '1 hour'"
    " WHERE id IN (SELECT id FROM outbox WHERE kind = %s AND state = 'due' AND due_at > now() ORDER BY id LIMIT %s)"
    " RETURNING id"
)
_SAID = "SELECT said ->> 0 FROM outbox WHERE id = %s"


class MessagesLost(RuntimeError):
    """What was due never came to the double; the message ends with what the worker logged."""


@dataclass(frozen=True, slots=True)
class Double:
    root: str
    process: subprocess.Popen[str]

    def times(self) -> list[float]:
        """When each message came that came since this was asked last."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(file=self.process.stdin, flush=True)
        times: list[float] = json.loads(self.process.stdout.readline())
        return times

    def gets(self, number: int, *, otherwise: str) -> float:
        """Messages a second, once so many have come."""
        came: list[float] = []
        deadline = time.monotonic() + _PATIENCE
        while len(came := came + self.times()) < number:
            if time.monotonic() > deadline:
                raise MessagesLost(f"{len(came)} of {number} came; {otherwise}")
            time.sleep(0.02)
        return (number - 1) / (max(came) - min(came))


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    with (
        databases.clone(day.url) as url,
        databases.waiting_for_the_disk(),
        installation(url) as installed,
        _double() as double,
        installed.process("bulk", **_TWILIO, TWILIO_API_URL=double.root) as bulk,
    ):
        with psycopg.connect(url) as connection:
            connection.execute(_KNOWN_BY_SMS, (CONSENT_VERSION,))
        many = sizes.sends_to_twilio
        row = _fall_due(url, installed, count=max(2, many // 10))[0]  # to be warm
        double.gets(max(2, many // 10), otherwise=installed.said("bulk"))
        body = _said(url, row)
        costs = (bulk.process.pid, databases.server_pid, installed.valkey_pid)
        spent, rounds = 0.0, []
        for _ in range(sizes.rounds_of_twilio):
            spent -= cpu_seconds(costs)
            _fall_due(url, installed, count=many)
            ours = double.gets(many, otherwise=installed.said("bulk"))
            spent += cpu_seconds(costs)
            rounds.append((ours, _bare(double, body=body, count=many)))
    return [
        rate_against(
            f"Twilio, messages sent by one worker, {SENDING_THREADS} threads",
            rounds,
            floor="bare client",
            at_least=LEAST_OF_FLOOR,
        ),
        at_least(
            "  beside what a WhatsApp sender may say",
            median(ours for ours, _ in rounds),
            unit="/s",
            least=WHATSAPP_ALLOWS,
        ),
        Figure("  CPU of one, database included", round(spent / (many * len(rounds)) * 1000, 2), "CPU ms"),
    ]


@contextmanager
def _double() -> Iterator[Double]:
    with _beside("benchmarks.twilio_double") as process:
        assert process.stdout is not None
        yield Double(json.loads(process.stdout.readline())["root"], process)


def _fall_due(url: str, installed: Installation, *, count: int) -> list[OutboxId]:
    """So many reminders, hinted of as a commit does."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(_FALL_DUE, (NoticeKind.REMINDER.value, count)).fetchall()
    ids = [OutboxId(row[0]) for row in rows]
    if len(ids) < count:
        raise MessagesLost(f"only {len(ids)} reminders are left to be sent")
    announcer = RedisAnnouncer(installed.redis_url)
    try:
        announcer.outbox_due(Lane.BULK, ids)
    finally:
        announcer.close()
    return ids


def _said(url: str, outbox_id: int) -> str:
    """What a person was told: the floor says the same."""
    deadline = time.monotonic() + _PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while not (said := connection.execute(_SAID, (outbox_id,)).fetchone()) or not said[0]:
            if time.monotonic() > deadline:
                raise MessagesLost("nothing was kept of what was said")
            time.sleep(0.02)
    return str(said[0])


def _bare(double: Double, *, body: str, count: int) -> float:
    people = [f"+1651{number:07}" for number in range(count)]
    order = Order(double.root, ACCOUNT, TOKEN, SMS_FROM, body, people, SENDING_THREADS)
    with _beside("benchmarks.bare_client") as client:
        assert client.stdin is not None
        assert client.stdout is not None
        print(json.dumps(asdict(order)), file=client.stdin, flush=True)
        client.stdout.readline()
        print(file=client.stdin, flush=True)
        return double.gets(count, otherwise="it says why above")


@contextmanager
def _beside(module: str) -> Iterator[subprocess.Popen[str]]:
    arguments: Sequence[str] = [sys.executable, "-m", module]
    with subprocess.Popen(
        arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
