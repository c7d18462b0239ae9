"""Telegram from end to end: updates by the webhook, answers in the hands of a double of the Bot API.

All of it is the product's own: the web process, one bot process, one inbox worker, which answers and sends, and one
alerts worker, which sends what that has no hand free for. The double and the people in it are a process beside them.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from benchmarks.cpu import cpu_seconds
from benchmarks.databases import Databases
from benchmarks.processes import ROOT, Installation, installation
from benchmarks.report import Figure, at_least, at_most, percentile
from benchmarks.running_day import RunningDay
from benchmarks.sizes import Sizes
from domain.people import CONSENT_VERSION
from embedded.process import LOOPBACK, free_port, wait_for
from tests.telegram.bot_api import TOKEN
from tests.telegram.remote import RemoteBotApi

TELEGRAM_ALLOWS = 30  # messages a second of one bot
AIM = 10 * TELEGRAM_ALLOWS
MOST_P99_MS = 1000
# What a person does: one thing is written, the rest tapped, as with any bot.
_WRITES = "menu"
_TAPS = ("Book", "Menu", "My appointments")
_PATIENCE = 60.0  # seconds
_KNOWN_ON_TELEGRAM = (
    "UPDATE addresses SET channel = 'telegram', handle = id::text, display_name = 'Asha Rao', language = 'en',"
    " consent_at = now(), consent_version = %s"
)


class AnswersLost(RuntimeError):
    """Somebody wrote and was never answered; the message ends with what the processes logged."""


def measure(databases: Databases, day: RunningDay, sizes: Sizes) -> list[Figure]:
    people = [person.address_id for person in day.people[: sizes.people_on_telegram]]
    with databases.clone(day.url) as url, databases.waiting_for_the_disk(), installation(url) as installed:
        _bring_to_telegram(url)
        with _telegram() as api, _processes(installed, api) as pids:
            _everybody_does(api, people, None, installed)  # connections, statements and caches are warm
            costs = {**pids, "PostgreSQL": databases.server_pid, "Valkey": installed.valkey_pid}
            spent = {name: -cpu_seconds([pid]) for name, pid in costs.items()}
            rates = [_everybody_does(api, people, label, installed) for label in (None, *_TAPS)]
            spent = {name: spent[name] + cpu_seconds([pid]) for name, pid in costs.items()}
            waits = _steadily(api, people, installed, seconds=sizes.seconds_on_telegram)
    answered = len(people) * len(rates)
    rate = answered / sum(len(people) / one for one in rates)
    steady = f"at {TELEGRAM_ALLOWS} updates/s"
    return [
        at_least("Telegram, updates to answers", rate, unit="/s", least=AIM),
        Figure("  CPU of one, database included", round(sum(spent.values()) / answered * 1000, 2), "CPU ms"),
        *(
            Figure(f"    of it {name}", round(seconds / answered * 1000, 2), "CPU ms")
            for name, seconds in spent.items()
        ),
        Figure(f"  p50 from update to answer, {steady}", round(percentile(waits, 50) * 1000, 1), "ms"),
        at_most(
            f"  p99 from update to answer, {steady}",
            percentile(waits, 99) * 1000,
            unit="ms",
            most=MOST_P99_MS,
        ),
    ]


def _bring_to_telegram(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(_KNOWN_ON_TELEGRAM, (CONSENT_VERSION,))


@contextmanager
def _telegram() -> Iterator[RemoteBotApi]:
    port = free_port()
    arguments = [sys.executable, "-m", "tests.telegram.bot_api", "--port", str(port)]
    with subprocess.Popen(arguments, cwd=ROOT) as double:
        api = RemoteBotApi(f"http://{LOOPBACK}:{port}")
        try:
            if not wait_for(double, ready=api.is_there, within=10):
                raise AnswersLost("the double of the Bot API did not start")
            yield api
        finally:
            double.terminate()


@contextmanager
def _processes(installed: Installation, api: RemoteBotApi) -> Iterator[dict[str, int]]:
    """The id of each process, by its name."""
    port = free_port()
    telegram = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": api.root,
        # Ours to find out, not Telegram's to limit.
        "TELEGRAM_MESSAGES_PER_SECOND": "100000",
        "PUBLIC_URL": f"http://{LOOPBACK}:{port}",
        "SECRET_KEY": "of a benchmark, which nobody else can reach",
        "PORT": str(port),
    }
    with (
        installed.process("web", **telegram) as web,
        installed.process("inbox", **telegram) as inbox,
        installed.process("alerts", **telegram) as alerts,
        installed.process("bot", **telegram) as bot,
    ):
        if not wait_for(bot.process, ready=lambda: api.counts().get("setWebhook", 0) > 0, within=20):
            raise AnswersLost(installed.said("bot"))
        servers = {"web": web, "inbox": inbox, "alerts": alerts, "bot": bot}
        yield {name: server.process.pid for name, server in servers.items()}


def _everybody_does(
    api: RemoteBotApi, people: Sequence[int], label: str | None, installed: Installation
) -> float:
    """All tap this, or write, at once; how many were answered a second, from the first update to the last answer."""
    began = api.now()
    if label is None:
        api.all_say(people, _WRITES)
    else:
        api.all_tap(people, label)
    answered = _answers(api, people, since=began, installed=installed)
    return len(people) / (max(answered) - began)


def _steadily(
    api: RemoteBotApi, people: Sequence[int], installed: Installation, *, seconds: float
) -> list[float]:
    """Seconds that each answer took, while as many people write as Telegram lets a bot answer."""
    began: dict[int, float] = {}
    start = time.monotonic()
    for number, person in enumerate(people[: int(seconds * TELEGRAM_ALLOWS)]):
        time.sleep(max(0.0, start + number / TELEGRAM_ALLOWS - time.monotonic()))
        began[person] = api.now()
        if number % (1 + len(_TAPS)):
            api.does(person, "taps", "Menu")
        else:
            api.does(person, "says", _WRITES)
    answered = _answers(api, [*began], since=min(began.values()), installed=installed)
    return [at - wrote for at, wrote in zip(answered, began.values(), strict=True)]


def _answers(
    api: RemoteBotApi, people: Sequence[int], *, since: float, installed: Installation
) -> list[float]:
    """When each of them got the first answer since then."""
    deadline = time.monotonic() + _PATIENCE
    while len(found := api.first_answers(people, since=since)) < len(people):
        if time.monotonic() > deadline:
            logs = "\n".join(installed.said(name) for name in ("web", "inbox", "bot"))
            raise AnswersLost(f"{len(people) - len(found)} were not answered\n{logs}")
        time.sleep(0.05)
    return [found[person] for person in people]
