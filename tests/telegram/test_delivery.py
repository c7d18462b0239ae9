"""The double's deliveries to the real route over HTTP: what fails comes again, in its order, and counts once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from werkzeug.serving import make_server

from admin_web import create_app
from bot.ingest import WANTED
from bot.secret import webhook_secret
from bot.webhook import PATH, webhook_view
from domain.ports import Services
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.people import Person
from tests.telegram.taking_in import FailingCommits, stored, texts_stored
from tests.telegram.test_bot_api import asked_with


@contextmanager
def served(services: Services) -> Iterator[str]:
    """The address of a web process that takes deliveries."""
    app = create_app(services, webhooks={PATH: webhook_view(services)})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def set_webhook(api: BotApi, url: str, secret: str) -> None:
    asked_with(api.root, TOKEN, lambda bot: bot.set_webhook(url, secret_token=secret, allowed_updates=WANTED))


def test_many_chats_are_taken_in_at_once_and_each_keeps_its_order(api: BotApi, services: Services) -> None:
    with served(services) as url:
        set_webhook(api, url, webhook_secret(services.settings))
        for number in range(100):
            api.user(100 + number % 7).says(str(number))
        api.wait_for(lambda: api.pending == 0)
    for chat in range(7):
        assert texts_stored(services, str(100 + chat)) == [str(number) for number in range(chat, 100, 7)]


def test_while_nothing_can_be_stored_everything_comes_again(api: BotApi, services: Services) -> None:
    uow = FailingCommits(services.uow)
    with served(replace(services, uow=uow)) as url:
        set_webhook(api, url, webhook_secret(services.settings))
        for number in range(5):
            api.user(7).says(str(number))
        api.wait_for(lambda: uow.tried >= 3)
        assert api.webhook is not None
        assert api.webhook.last_error == "Wrong response from the webhook: 500"
        uow.broken = False
        api.wait_for(lambda: api.pending == 0)
    assert texts_stored(services, "7") == list("01234")


def test_with_a_wrong_secret_nothing_is_taken_and_nothing_is_lost(
    api: BotApi, asha: Person, services: Services
) -> None:
    with served(services) as url:
        set_webhook(api, url, "of-another-installation")
        api.wait_for(lambda: api.webhook is not None and api.webhook.last_error)
        assert (stored(services, "7"), api.pending) == ([], 1)
        set_webhook(api, url, webhook_secret(services.settings))
        api.wait_for(lambda: api.pending == 0)
    assert texts_stored(services, "7") == ["/start"]


def test_a_tap_is_answered_without_a_call_of_ours(api: BotApi, asha: Person, services: Services) -> None:
    with served(services) as url:
        set_webhook(api, url, webhook_secret(services.settings))
        query = api.query(asha.forges("c:1", asha.screen[0]))
        api.wait_for(lambda: query.answers)
        assert len(stored(services, "7")) == 2
    assert [call.by_webhook for call in api.calls if call.method == "answerCallbackQuery"] == [True]


def test_the_longest_text_that_people_can_write_comes_in(
    api: BotApi, asha: Person, services: Services
) -> None:
    with served(services) as url:
        set_webhook(api, url, webhook_secret(services.settings))
        asha.says("क" * 4096)
        api.wait_for(lambda: api.pending == 0)
    assert texts_stored(services, "7")[-1] == "क" * 4096
