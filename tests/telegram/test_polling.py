"""Asking for updates with the real client: stored first, confirmed after, whatever goes wrong in between."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from telegram import Bot

from bot.polling import poll
from domain.ports import Services
from tests.doubles.faults import Fault
from tests.telegram.bot_api import BotApi
from tests.telegram.people import Person
from tests.telegram.refusals import Refusal
from tests.telegram.taking_in import FailingCommits, stored, texts_stored, while_running

STICKER = {
    "file_id": "a",
    "file_unique_id": "b",
    "width": 1,
    "height": 1,
    "type": "regular",
    "is_animated": False,
    "is_video": False,
}


def until_all_is_confirmed(api: BotApi, services: Services) -> None:
    """Asks for updates until nothing waits at the double any more."""
    while_running(
        lambda bot: poll(bot, services),
        lambda: api.wait_for(lambda: api.pending == 0, within=20),
        root=api.root,
    )


def test_what_comes_is_stored_in_its_order_and_then_confirmed(api: BotApi, services: Services) -> None:
    asha, bela = api.user(7), api.user(8)
    for number in range(120):
        (asha if number % 3 else bela).says(str(number))
    until_all_is_confirmed(api, services)
    assert texts_stored(services, "7") == [str(number) for number in range(120) if number % 3]
    assert texts_stored(services, "8") == [str(number) for number in range(0, 120, 3)]


def test_what_is_stored_is_what_telegram_said(api: BotApi, asha: Person, services: Services) -> None:
    """The library adds what is false by default, and keeps what it doesn't know yet."""
    asha.sends(sticker={**STICKER, "of_a_later_version": 17})
    asha.blocks()
    said = list(api.updates_of().waiting.values())
    until_all_is_confirmed(api, services)
    kept = [row.payload for row in stored(services, "7")]
    assert len(kept) == len(said) == 3
    assert all(holds(stored_one, said_one) for stored_one, said_one in zip(kept, said, strict=True))


@pytest.mark.filterwarnings("ignore:Please use 'Bot.getUpdates'")
def test_what_the_library_can_t_read_is_stored_as_it_came(
    api: BotApi, asha: Person, services: Services
) -> None:
    api.adds_update(api.bot, "message", {"chat": {"id": 7}, "date": "yesterday"})
    asha.says("after it")
    until_all_is_confirmed(api, services)
    kept: list[Any] = [row.payload for row in stored(services, "7")]
    assert [update["message"].get("date", 0) == "yesterday" for update in kept] == [False, True, False]


def holds(whole: Any, part: Any) -> bool:
    """Whether all of `part` is in `whole`, at every depth."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    return bool(whole == part)


def test_nothing_is_confirmed_before_it_is_stored(api: BotApi, asha: Person, services: Services) -> None:
    uow = FailingCommits(services.uow)

    def fails_at_first() -> None:
        api.wait_for(lambda: uow.tried >= 2)
        assert api.pending == 1
        assert stored(services, "7") == []
        uow.broken = False
        api.wait_for(lambda: api.pending == 0)

    while_running(lambda bot: poll(bot, replace(services, uow=uow)), fails_at_first, root=api.root)
    assert texts_stored(services, "7") == ["/start"]


def test_an_offset_is_said_once_only(api: BotApi, asha: Person, services: Services) -> None:
    """After a quiet week numbers begin anew, perhaps lower: an old offset would confirm them unread."""
    first = next(iter(api.updates_of().waiting))
    while_running(
        lambda bot: poll(bot, services, wait=1),
        lambda: api.wait_for(lambda: api.counts()["getUpdates"] >= 4),
        root=api.root,
    )
    asked = [call.params.get("offset") for call in api.calls if call.method == "getUpdates"]
    assert asked[:4] == [None, first + 1, None, None]


def test_a_tap_is_answered_after_it_is_stored(api: BotApi, asha: Person, services: Services) -> None:
    tap = asha.forges("c:1", asha.screen[0])
    query = api.query(tap)

    def answered() -> None:
        api.wait_for(lambda: query.answers)
        assert len(stored(services, "7")) == 2

    while_running(lambda bot: poll(bot, services), answered, root=api.root)


def test_a_tap_that_is_too_old_holds_nothing_up(api: BotApi, asha: Person, services: Services) -> None:
    api.query(asha.forges("c:1", asha.screen[0])).is_expired = True
    asha.says("after it")
    until_all_is_confirmed(api, services)
    assert texts_stored(services, "7") == ["/start", "after it"]


@pytest.mark.parametrize(
    "fault",
    [Fault.DROP, Fault.DROP_AFTER, Fault.BAD_GATEWAY, Refusal(500, "Internal Server Error")],
    ids=str,
)
def test_a_fault_on_the_way_loses_and_doubles_nothing(
    api: BotApi, asha: Person, services: Services, fault: Fault | Refusal
) -> None:
    api.fail("getUpdates", fault)
    asha.says("two")
    until_all_is_confirmed(api, services)
    assert texts_stored(services, "7") == ["/start", "two"]


def test_it_waits_as_long_as_telegram_says(api: BotApi, asha: Person, services: Services) -> None:
    api.fail("getUpdates", Refusal(429, "Too Many Requests: retry after 2", retry_after=2))
    until_all_is_confirmed(api, services)
    first, second = [call.at for call in api.calls if call.method == "getUpdates"][:2]
    assert second - first >= 2


def test_a_webhook_in_its_way_is_removed_without_dropping_anything(
    api: BotApi, asha: Person, services: Services
) -> None:
    async def set_and_poll(bot: Bot) -> None:
        await bot.set_webhook("http://127.0.0.1:1/elsewhere")
        await poll(bot, services)

    while_running(set_and_poll, lambda: api.wait_for(lambda: stored(services, "7")), root=api.root)
    assert api.webhook is None
    assert not any(call.params.get("drop_pending_updates") for call in api.calls)


def test_another_program_that_polls_is_told_of_and_outlasted(
    api: BotApi, asha: Person, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    api.fail("getUpdates", Refusal(409, "Conflict: terminated by other getUpdates request; make sure that …"))
    with caplog.at_level(logging.WARNING):
        until_all_is_confirmed(api, services)
    assert "another program asks for the same bot's: stop it" in caplog.text
    assert texts_stored(services, "7") == ["/start"]


def test_two_that_ask_for_the_same_updates_store_them_once(api: BotApi, services: Services) -> None:
    asha = api.user(7)

    async def both(bot: Bot) -> None:
        await asyncio.gather(poll(bot, services), poll(bot, services))

    def talk() -> None:
        for number in range(20):
            asha.says(str(number))
        api.wait_for(lambda: api.pending == 0, within=20)

    while_running(both, talk, root=api.root)
    assert texts_stored(services, "7") == [str(number) for number in range(20)]
