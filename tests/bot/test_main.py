"""The Procfile's bot line: says what it does, does it, and ends when it's told to."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import eventually
from tests.telegram.bot_api import BotApi
from tests.telegram.bot_at_work import BotAtWork, bot_at_work

SUPERVISORS_PATIENCE = 5  # seconds, until it kills; a long poll lasts five times as long


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as double:
        yield double


@pytest.fixture
def at_work(api: BotApi, sqlite_url: str, tmp_path: Path) -> Iterator[BotAtWork]:
    with bot_at_work(folder=tmp_path, database_url=sqlite_url, api_root=api.root) as at_work:
        yield at_work


def says(at_work: BotAtWork, text: str) -> None:
    eventually(lambda: text in at_work.said(), otherwise=at_work.said, within=20)


def test_without_a_token_it_says_so_and_waits_for_its_end(at_work: BotAtWork) -> None:
    process = at_work.start("-m", "bot", TELEGRAM_BOT_TOKEN="")
    says(at_work, "Telegram is not connected: TELEGRAM_BOT_TOKEN is empty.")
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_it_polls_and_ends_in_the_middle_of_a_long_poll(api: BotApi, at_work: BotAtWork) -> None:
    process = at_work.start("-m", "bot")
    says(at_work, "Telegram is connected: @threeaway_bot, by polling")
    api.user(7).says("hi")
    eventually(lambda: at_work.texts() == {"7": ["hi"]}, otherwise=at_work.said)
    api.wait_for(lambda: api.pending == 0 and api.is_polled)
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - told < SUPERVISORS_PATIENCE
    # The next one need not wait for a lease to run out.
    at_work.start("-m", "bot")
    api.user(7).says("again")
    eventually(lambda: at_work.texts() == {"7": ["hi", "again"]}, otherwise=at_work.said, within=8)


def test_it_never_writes_the_token_into_its_log(api: BotApi, at_work: BotAtWork) -> None:
    at_work.start("-m", "bot", TELEGRAM_BOT_TOKEN="77:unknown-to-this-server-and-secret-all-the-same")
    says(at_work, "it is tried again")
    assert "secret-all-the-same" not in at_work.said()
