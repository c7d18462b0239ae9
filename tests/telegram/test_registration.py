"""The webhook, set and looked after with the real client."""

from collections.abc import Coroutine
from typing import Any

import pytest
from telegram import Bot

from bot.ingest import WANTED
from bot.registration import keep_webhook, remove_webhook
from tests.doubles.faults import Fault
from tests.telegram.bot_api import BotApi
from tests.telegram.people import Person
from tests.telegram.taking_in import while_running

URL = "http://127.0.0.1:1/telegram/webhook"
SECRET = "s" * 64


def kept(bot: Bot) -> Coroutine[Any, Any, None]:
    return keep_webhook(bot, url=URL, secret=SECRET, looked_after_every=0.02)


def test_it_is_set_with_its_secret_and_the_kinds_we_read_and_drops_nothing(api: BotApi, asha: Person) -> None:
    while_running(kept, lambda: api.wait_for(lambda: api.webhook), root=api.root)
    assert api.webhook is not None
    assert (api.webhook.url, api.webhook.secret) == (URL, SECRET)
    assert api.updates_of().allowed == list(WANTED)
    assert api.pending == 1


def test_while_it_is_as_it_should_be_it_is_set_once(api: BotApi) -> None:
    while_running(kept, lambda: api.wait_for(lambda: api.counts()["getWebhookInfo"] > 5), root=api.root)
    assert api.counts()["setWebhook"] == 1


@pytest.mark.parametrize("change", ["removed", "elsewhere", "other kinds", "another secret"])
def test_what_somebody_changed_is_put_right(api: BotApi, change: str) -> None:
    def mend() -> None:
        webhook = api.wait_for(lambda: api.webhook)
        updates = api.updates_of()
        if change == "removed":
            updates.webhook = None
        elif change == "elsewhere":
            webhook.url = "http://127.0.0.1:2/"
        elif change == "other kinds":
            updates.allowed = ["poll"]
        else:
            webhook.last_error = "Wrong response from the webhook: 403 Forbidden"
            webhook.last_error_date = 2_000_000_000
        api.wait_for(lambda: api.counts()["setWebhook"] == 2)

    while_running(kept, mend, root=api.root)
    assert api.webhook is not None
    assert (api.webhook.url, api.updates_of().allowed) == (URL, list(WANTED))


@pytest.mark.parametrize("method", ["getWebhookInfo", "setWebhook"])
def test_it_is_tried_again_after_a_fault(api: BotApi, method: str) -> None:
    api.fail(method, Fault.DROP)
    while_running(kept, lambda: api.wait_for(lambda: api.webhook), root=api.root)


def test_it_is_removed_without_dropping_what_waits_and_only_where_there_is_one(
    api: BotApi, asha: Person
) -> None:
    async def set_and_remove(bot: Bot) -> None:
        await bot.set_webhook(URL)
        await remove_webhook(bot)
        await remove_webhook(bot)

    while_running(
        set_and_remove, lambda: api.wait_for(lambda: api.counts()["getWebhookInfo"] == 2), root=api.root
    )
    assert api.webhook is None
    assert (api.counts()["deleteWebhook"], api.pending) == (1, 1)
