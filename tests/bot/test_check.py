"""What the self-check finds of Telegram, asked over HTTP by the unmodified client."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telegram import Bot

from bot.__main__ import make_bot
from bot.check import bot_process_findings, telegram_findings
from bot.ingesting import Ingesting
from checks.examination import Finding
from domain.ports import IngestLease, UnitOfWork
from embedded.process import free_port
from jobs.announcer import NullAnnouncer
from persistence.memory import memory_uow
from settings import Settings
from tests.delivery.world import KeptHints, services_for
from tests.doubles.faults import Fault
from tests.processes import eventually
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.refusals import Refusal, too_many_requests

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


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


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
    assert OURS in told["Telegram webhook"].told


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


def test_what_the_server_answers_is_told_but_never_the_token(api: BotApi, polling: Settings) -> None:
    api.fail("getMe", Refusal(400, f"Bad Request: nobody has {TOKEN}"))
    finding = found(polling)["Telegram"]
    assert finding.told.endswith("answered: Nobody has …")


def test_a_webhook_that_is_missing_is_the_bot_process_s_to_set(live: Settings) -> None:
    told = found(live)
    assert not told["Telegram webhook"].ok
    assert "bot process" in told["Telegram webhook"].todo


def test_a_webhook_elsewhere_is_told_without_its_path(api: BotApi, live: Settings, polling: Settings) -> None:
    set_webhook(api, "https://other.example.org/a-secret-path")
    for settings in (live, polling):
        told = found(settings)
        assert not told["Telegram webhook"].ok
        assert "other.example.org" in told["Telegram webhook"].told
        assert "a bot of its own" in told["Telegram webhook"].todo
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
    finding = found(replace(live, public_url=url))["Telegram port"]
    assert finding.ok is ok
    assert ("443, 80, 88, 8443" in finding.todo) is not ok


def nobody_takes_it(api: BotApi, settings: Settings) -> Settings:
    """An update waits, and Telegram has met nobody at our address."""
    url = f"http://127.0.0.1:{free_port()}"
    set_webhook(api, f"{url}/telegram/webhook")
    api.user(1).says("hi")
    api.wait_for(lambda: api.webhook is not None and api.webhook.last_error)
    return replace(settings, public_url=url)


def test_an_update_that_nobody_takes_is_told_with_telegram_s_own_words(api: BotApi, live: Settings) -> None:
    told = found(nobody_takes_it(api, live))
    assert not told["Telegram's last error"].ok
    assert told["Telegram's last error"].told == "Connection refused (less than a minute ago)"
    assert "web process" in told["Telegram's last error"].todo
    assert told["Waiting at Telegram"].told == "1 update."


def test_an_old_error_matters_while_something_waits(api: BotApi, live: Settings) -> None:
    told = found(nobody_takes_it(api, live), at=datetime.now(UTC) + timedelta(hours=3))
    assert not told["Telegram's last error"].ok


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
    finding = found(live, at=now)["Telegram's last error"]
    assert not finding.ok
    assert finding.told == f"{said} (3 min ago)"
    assert remedy in finding.todo


def test_an_error_that_was_got_over_is_well_and_still_told(api: BotApi, live: Settings) -> None:
    set_webhook(api, OURS)
    now = datetime.now(UTC)
    complains(api, "Connection refused", now - timedelta(hours=3))
    finding = found(live, at=now)["Telegram's last error"]
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


@pytest.mark.parametrize(
    ("joins", "reads", "command"),
    [(True, True, "/setprivacy"), (True, False, "/setjoingroups"), (False, False, "")],
)
def test_what_groups_may_do_is_told_and_is_well(
    api: BotApi, polling: Settings, joins: bool, reads: bool, command: str
) -> None:
    api.bot.joins_groups, api.bot.reads_groups = joins, reads
    finding = found(polling)["Telegram groups"]
    assert finding.ok
    assert command in finding.todo
    assert bool(finding.todo) is bool(command)


@pytest.fixture
def make_uow() -> Callable[[], UnitOfWork]:
    return memory_uow(NullAnnouncer())


NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEASE = IngestLease(channel="telegram", holder="a", mode="polling", lease_until=NOW + timedelta(seconds=10))


def of_the_bot_process(
    make_uow: Callable[[], UnitOfWork], settings: Settings, *, at: datetime = NOW
) -> Finding:
    with make_uow() as uow:
        [finding] = bot_process_findings(uow, settings, at=at)
        return finding


def test_without_a_token_no_bot_process_is_missed(
    make_uow: Callable[[], UnitOfWork], polling: Settings
) -> None:
    with make_uow() as uow:
        assert list(bot_process_findings(uow, replace(polling, telegram_bot_token=""), at=NOW)) == []


def test_a_bot_process_at_work_is_well_until_its_lease_ends(
    make_uow: Callable[[], UnitOfWork], polling: Settings, live: Settings
) -> None:
    assert "make run" in of_the_bot_process(make_uow, polling).todo
    with make_uow() as uow:
        uow.ingest_leases.hold(LEASE, now=NOW)
        uow.commit()
    assert of_the_bot_process(make_uow, polling).ok
    assert not of_the_bot_process(make_uow, polling, at=LEASE.lease_until).ok
    assert "asks for webhook" in of_the_bot_process(make_uow, live).told


def test_two_installations_that_poll_the_same_bot_are_told_so(api: BotApi, polling: Settings) -> None:
    """Each drives the other out; neither may be asked more than once, or it would be a third one."""
    installations = [memory_uow(KeptHints(), clock=WallClock()) for _ in range(2)]

    def in_trouble() -> list[Finding]:
        told = [of_the_bot_process(uow, polling, at=datetime.now(UTC)) for uow in installations]
        return [finding for finding in told if "other getUpdates" in finding.told]

    async def poll_side_by_side() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for number, uow in enumerate(installations):
                tasks.create_task(take_in(uow, polling, holder=str(number), stop=stop))
            await asyncio.to_thread(eventually, lambda: bool(in_trouble()), otherwise=lambda: "both are well")
            [finding, *_] = in_trouble()
            stop.set()
        assert not finding.ok
        assert "a bot of its own" in finding.todo

    asyncio.run(poll_side_by_side())


async def take_in(
    uow: Callable[[], UnitOfWork], settings: Settings, *, holder: str, stop: asyncio.Event
) -> None:
    hints = KeptHints()
    services = services_for(uow, channels=[], announcer=hints, clock=WallClock(), settings=settings)
    async with make_bot(settings) as bot:
        await Ingesting(services=services, bot=bot, holder=holder, renewed_every=0.05).run(stop)
