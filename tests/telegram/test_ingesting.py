"""One process at a time takes in updates, in one of two ways."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from telegram import Bot

from bot.ingesting import Ingesting
from domain.conversation.messages import Text
from domain.ports import IngestLease, Services
from tests.delivery.world import KeptHints, PlainCatalogue
from tests.doubles.faults import Fault
from tests.telegram.bot_api import BotApi
from tests.telegram.people import Person
from tests.telegram.refusals import too_many_requests
from tests.telegram.taking_in import installation_of, stored, texts_stored, while_running


def ingesting(services: Services, bot: Bot, holder: str) -> Ingesting:
    return Ingesting(
        services=services, bot=bot, holder=holder, lasts=timedelta(seconds=0.5), renewed_every=0.1
    )


def lease(services: Services) -> IngestLease | None:
    with services.uow() as uow:
        return uow.ingest_leases.of("telegram")


def holder(services: Services) -> str:
    held = lease(services)
    return held.holder if held else ""


async def _run(services: Services, bot: Bot, name: str, stop: asyncio.Event | None = None) -> None:
    await ingesting(services, bot, name).run(stop or asyncio.Event())


def test_by_polling_what_comes_is_stored_and_the_row_says_who_and_how(
    api: BotApi, asha: Person, services: Services
) -> None:
    def look() -> None:
        api.wait_for(lambda: stored(services, "7"))
        api.wait_for(lambda: (held := lease(services)) and held.account)

    while_running(lambda bot: _run(services, bot, "a"), look, root=api.root)
    held = lease(services)
    assert held is not None
    assert (held.holder, held.mode, held.account) == ("a", "polling", "threeaway_bot")


def test_by_webhook_it_is_set_and_nobody_polls(api: BotApi, asha: Person, tmp_path: Path) -> None:
    services = installation_of(api.root, KeptHints(), var_dir=tmp_path, public_url="http://127.0.0.1:1")
    while_running(
        lambda bot: _run(services, bot, "a"), lambda: api.wait_for(lambda: api.webhook), root=api.root
    )
    assert api.webhook is not None
    assert api.webhook.url == "http://127.0.0.1:1/telegram/webhook"
    assert api.counts()["getUpdates"] == 0
    held = lease(services)
    assert held is not None
    assert held.mode == "webhook"


def test_from_webhook_to_polling_and_back_exactly_one_way_is_active(
    api: BotApi, asha: Person, services: Services, tmp_path: Path
) -> None:
    public = replace(services, settings=replace(services.settings, public_url="http://127.0.0.1:1"))
    while_running(
        lambda bot: _run(public, bot, "a"), lambda: api.wait_for(lambda: api.webhook), root=api.root
    )
    while_running(
        lambda bot: _run(services, bot, "b"),
        lambda: api.wait_for(lambda: stored(services, "7")),
        root=api.root,
    )
    assert api.webhook is None
    # Who has left may still be asking, as far as the double knows, and would be told what comes now.
    api.wait_for(api.is_left_alone)
    asha.says("again")
    asked = api.counts()["getUpdates"]
    while_running(
        lambda bot: _run(public, bot, "c"), lambda: api.wait_for(lambda: api.webhook), root=api.root
    )
    assert api.counts()["getUpdates"] == asked
    assert not any(call.params.get("drop_pending_updates") for call in api.calls)
    assert api.pending >= 1


def test_a_second_process_waits_until_the_first_gives_up_its_lease(api: BotApi, services: Services) -> None:
    order: list[str] = []

    async def both(bot: Bot) -> None:
        stops = asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(_run(services, bot, "first", stops[0]))
        await asyncio.to_thread(api.wait_for, lambda: holder(services) == "first")
        second = asyncio.create_task(_run(services, bot, "second", stops[1]))
        await asyncio.to_thread(api.wait_for, lambda: api.counts()["getUpdates"] >= 1)
        await asyncio.sleep(0.3)  # three times as long as the second takes to look
        order.append(holder(services))
        stops[0].set()
        await first
        await asyncio.to_thread(api.wait_for, lambda: holder(services) == "second")
        order.append(holder(services))
        stops[1].set()
        await second

    while_running(both, lambda: api.wait_for(lambda: len(order) == 2), root=api.root)
    assert order == ["first", "second"]


def test_a_lease_that_is_lost_ends_the_asking_at_once(api: BotApi, services: Services) -> None:
    def lose() -> None:
        api.wait_for(lambda: api.counts()["getUpdates"] == 1)
        with services.uow() as uow:
            now = services.clock.now()
            uow.ingest_leases.release("telegram", holder="a", now=now)
            theirs = IngestLease("telegram", "thief", "polling", now + timedelta(minutes=5))
            assert uow.ingest_leases.hold(theirs, now=now)
            uow.commit()
        api.wait_for(lambda: not api.is_polled, within=2)
        api.user(7).says("for the other")
        api.wait_for(lambda: api.pending == 1)

    while_running(lambda bot: _run(services, bot, "a"), lose, root=api.root)
    assert stored(services, "7") == []
    assert holder(services) == "thief"


def test_a_profile_that_can_t_be_set_never_holds_up_the_updates(
    api: BotApi, asha: Person, services: Services
) -> None:
    for method in ("getMyCommands", "getMyName", "getMyDescription", "getMyShortDescription"):
        api.fail(method, too_many_requests(3600), times=100)
    api.fail("getMe", Fault.DROP, times=100)
    while_running(
        lambda bot: _run(services, bot, "a"),
        lambda: api.wait_for(lambda: stored(services, "7")),
        root=api.root,
    )
    assert texts_stored(services, "7") == ["/start"]


class Speechless(PlainCatalogue):
    def render(self, text: Text, *, language: str, variant: str) -> str:
        raise KeyError(text.key)


def _are_stored(services: Services, count: int) -> bool:
    return len(stored(services, "7")) == count


def test_a_bug_in_the_introduction_never_ends_the_taking_in(
    api: BotApi, asha: Person, services: Services
) -> None:
    services = replace(services, catalogue=Speechless())

    def look() -> None:
        for known in range(1, 5):
            api.wait_for(partial(_are_stored, services, known))
            asha.says("again")
        api.wait_for(partial(_are_stored, services, 5))

    while_running(lambda bot: _run(services, bot, "a"), look, root=api.root)
    assert api.counts()["getWebhookInfo"] == 1  # what it begins with
