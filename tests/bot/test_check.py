"""What the self-check finds of Telegram, asked over HTTP by the unmodified client."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telegram import Bot

from bot.check import telegram_findings
from checks.examination import Finding
from embedded.process import free_port
from settings import Settings
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.faults import Fault
from tests.telegram.refusals import too_many_requests

PUBLIC_URL = "https://queue.example.org"
OURS = f"{PUBLIC_URL}/telegram/webhook"


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


@pytest.fixture
def polling(api: BotApi, tmp_path: Path) -> Settings:
    """A trial: no PUBLIC_URL."""
    return Settings.from_env(
        {"VAR_DIR": str(tmp_path), "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": api.root}
    )


@pytest.fixture
def live(polling: Settings) -> Settings:
    return replace(polling, public_url=PUBLIC_URL)


def found(settings: Settings, *, at: datetime | None = None) -> dict[str, Finding]:
    return {finding.name: finding for finding in telegram_findings(settings, at=at or datetime.now(UTC))}


def set_webhook(api: BotApi, url: str) -> None:
    async def send() -> None:
        async with Bot(TOKEN, base_url=f"{api.root}/bot") as bot:
            await bot.set_webhook(url)

    asyncio.run(send())


def complains(api: BotApi, error: str, at: datetime) -> None:
    """As if a delivery had failed then."""
    with api.changing:
        assert api.webhook is not None
        api.webhook.last_error, api.webhook.last_error_date = error, int(at.timestamp())


def test_without_a_token_telegram_is_off_and_that_is_well(polling: Settings) -> None:
    told = found(replace(polling, telegram_bot_token=""))
    assert list(told) == ["Telegram"]
    assert told["Telegram"].ok
    assert "@BotFather" in told["Telegram"].todo


def test_a_bot_that_polls_and_is_known_is_well(polling: Settings) -> None:
    told = found(polling)
    assert all(finding.ok for finding in told.values()), told
    assert "https://t.me/threeaway_bot" in told["Telegram"].told
    assert told["Waiting at Telegram"].told == "Nothing."


def test_a_bot_whose_webhook_is_ours_is_well(api: BotApi, live: Settings) -> None:
    set_webhook(api, OURS)
    told = found(live)
    assert all(finding.ok for finding in told.values()), told
    assert OURS in told["Webhook"].told


def test_the_check_only_asks(api: BotApi, polling: Settings, live: Settings) -> None:
    found(polling)
    found(live)
    assert api.counts() == {"getMe": 2, "getWebhookInfo": 2}


def test_a_token_that_telegram_does_not_know_is_to_be_copied_again(polling: Settings) -> None:
    wrong = replace(polling, telegram_bot_token="4242:a-token-that-was-revoked")
    told = found(wrong)
    assert list(told) == ["Telegram"]
    assert not told["Telegram"].ok
    assert "@BotFather" in told["Telegram"].todo
    assert "a-token-that-was-revoked" not in str(told)


def test_a_server_that_is_not_there_is_named(polling: Settings) -> None:
    port = free_port()
    told = found(replace(polling, telegram_api_url=f"http://127.0.0.1:{port}"))
    assert not told["Telegram"].ok
    assert f"127.0.0.1:{port} can't be used" in told["Telegram"].told
    assert "TELEGRAM_API_URL" in told["Telegram"].todo


@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo"])
def test_a_server_that_hangs_is_given_up_in_time(api: BotApi, polling: Settings, method: str) -> None:
    api.fail(method, Fault.HANG)
    began = time.monotonic()
    told = {finding.name: finding for finding in telegram_findings(polling, at=datetime.now(UTC), within=0.3)}
    assert time.monotonic() - began < 3
    assert "did not answer within 0.3 seconds" in told["Telegram"].told


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.BAD_GATEWAY, too_many_requests(7)])
def test_any_other_failure_is_a_finding(api: BotApi, polling: Settings, fault: Fault) -> None:
    api.fail("getMe", fault)
    told = found(polling)
    assert not told["Telegram"].ok
    assert told["Telegram"].todo
    assert TOKEN not in str(told)


def test_a_webhook_that_is_missing_is_the_bot_process_s_to_set(live: Settings) -> None:
    told = found(live)
    assert not told["Webhook"].ok
    assert "bot process" in told["Webhook"].todo


def test_a_webhook_elsewhere_is_told_without_its_path(api: BotApi, live: Settings, polling: Settings) -> None:
    set_webhook(api, "https://other.example.org/a-secret-path")
    for settings in (live, polling):
        told = found(settings)
        assert not told["Webhook"].ok
        assert "other.example.org" in told["Webhook"].told
        assert "a bot of its own" in told["Webhook"].todo
        assert "a-secret-path" not in str(told)


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("https://queue.example.org", True),
        ("https://queue.example.org:8443", True),
        ("https://queue.example.org:8000", False),
        ("http://127.0.0.1", False),
    ],
)
def test_only_ports_that_telegram_delivers_to_are_well(live: Settings, url: str, ok: bool) -> None:
    finding = found(replace(live, public_url=url))["Port"]
    assert finding.ok is ok
    assert ("443, 80, 88, 8443" in finding.todo) is not ok


def test_an_update_that_nobody_takes_is_told_with_telegram_s_own_words(api: BotApi, live: Settings) -> None:
    asha = api.user(1)
    url = f"http://127.0.0.1:{free_port()}"
    set_webhook(api, f"{url}/telegram/webhook")
    asha.says("hi")
    api.wait_for(lambda: api.webhook is not None and api.webhook.last_error)
    told = found(replace(live, public_url=url))
    assert not told["Last error"].ok
    assert told["Last error"].told == "Connection refused (less than a minute ago)"
    assert "web process" in told["Last error"].todo
    assert told["Waiting at Telegram"].told == "1 update."


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (
            "SSL error {error:0A000086:SSL routines::certificate verify failed}",
            "certificate of a public authority",
        ),
        ("Connection timed out", "firewall"),
        ("Read timeout expired", "firewall"),
        ("Failed to resolve host: Name or service not known", "PUBLIC_URL"),
        ("Wrong response from the webhook: 403 Forbidden", "SECRET_KEY"),
        ("Wrong response from the webhook: 404 Not Found", "every path"),
        ("Wrong response from the webhook: 502 Bad Gateway", "is it running"),
        ("Wrong response from the webhook: 500 Internal Server Error", "log"),
        ("Wrong response from the webhook: 302 Found", "leads"),
        ("Something that Telegram never said before", "log"),
    ],
)
def test_common_errors_come_with_what_to_do(api: BotApi, live: Settings, said: str, remedy: str) -> None:
    set_webhook(api, OURS)
    now = datetime.now(UTC)
    complains(api, said, now - timedelta(minutes=3))
    finding = found(live, at=now)["Last error"]
    assert not finding.ok
    assert finding.told == f"{said} (3 min ago)"
    assert remedy in finding.todo


def test_an_error_that_was_got_over_is_well_and_still_told(api: BotApi, live: Settings) -> None:
    set_webhook(api, OURS)
    now = datetime.now(UTC)
    complains(api, "Connection refused", now - timedelta(hours=3))
    finding = found(live, at=now)["Last error"]
    assert finding.ok
    assert "Connection refused (3 h ago)" in finding.told


def test_many_updates_that_wait_are_a_thing_to_do(api: BotApi, live: Settings, polling: Settings) -> None:
    asha = api.user(1)
    for _ in range(11):
        asha.says("hi")
    for settings, taker in ((live, "the web process"), (polling, "the bot process")):
        finding = found(settings)["Waiting at Telegram"]
        assert not finding.ok
        assert f"11 updates that {taker} has not taken" in finding.told
