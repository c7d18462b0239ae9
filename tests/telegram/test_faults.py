"""Every method that the bot process calls meets a fault at its first call: all ends as if nothing had been."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from telegram import Bot

from bot.ingesting import Ingesting
from bot.profile import COMMANDS
from domain.ports import Services
from domain.texts.catalogue import load
from tests.doubles.faults import Fault
from tests.telegram.bot_api import BotApi
from tests.telegram.people import Person
from tests.telegram.refusals import Refusal, too_many_requests
from tests.telegram.taking_in import stored, while_running
from tests.telegram.updates import Webhook

METHODS = (
    "getMe",
    "getWebhookInfo",
    "deleteWebhook",
    "getUpdates",
    "answerCallbackQuery",
    "getMyCommands",
    "setMyCommands",
    "getMyName",
    "setMyName",
    "getMyDescription",
    "setMyDescription",
    "getMyShortDescription",
    "setMyShortDescription",
)
FAULTS = (*Fault, Refusal(500, "Internal Server Error"), too_many_requests(1))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_fault_of_any_method_loses_or_doubles_anything(
    api: BotApi, asha: Person, services: Services, fault: Fault | Refusal
) -> None:
    services = replace(services, catalogue=load())
    api.updates_of().webhook = Webhook({"url": "http://127.0.0.1:1/elsewhere"})
    asha.forges("c:1", asha.screen[0])
    written = list(api.updates_of().waiting)
    for method in METHODS:
        api.fail(method, fault)

    async def take_in(bot: Bot) -> None:
        ingesting = Ingesting(services=services, bot=bot, holder="a", lasts=timedelta(minutes=1), asks_for=1)
        await ingesting.run(asyncio.Event())

    def all_is_well() -> bool:
        is_introduced = "hi" in api.bot.short_descriptions and ("default", "hi") in api.bot.commands
        return api.pending == 0 and api.webhook is None and is_introduced and "hi" in api.bot.descriptions

    def what_is_left() -> str:
        return f"pending {api.pending}, webhook {api.webhook}, {api.bot}, calls {api.counts()}"

    while_running(
        take_in,
        lambda: api.wait_for(all_is_well, within=40, otherwise=what_is_left),
        root=api.root,
        patience=0.3,
    )
    assert [row.provider_id for row in stored(services, "7")] == [f"4242:{number}" for number in written]
    for commands in api.bot.commands.values():
        assert [command["command"] for command in commands] == [name for name, _ in COMMANDS]
    assert not any(call.params.get("drop_pending_updates") for call in api.calls)
