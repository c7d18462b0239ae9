"""The double of the Bot API, and the sender that speaks to it as it does to Telegram."""

from collections.abc import Iterator

import pytest

from bot.client import TelegramClient
from tests.doubles.faults import Fault
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.people import Person


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as double:
        yield double


@pytest.fixture
def client(api: BotApi, request: pytest.FixtureRequest) -> Iterator[TelegramClient]:
    """Impatient only where nothing will come: a busy machine may take its time for the rest."""
    faults = getattr(request.node, "callspec", None)
    is_in_vain = faults is not None and {Fault.HANG, Fault.HANG_AFTER} & {
        v for v in faults.params.values() if isinstance(v, Fault)
    }
    client = TelegramClient(TOKEN, api_url=api.root, read_seconds=0.3 if is_in_vain else 5)
    yield client
    client.close()


@pytest.fixture
def asha(api: BotApi) -> Person:
    """Somebody who has written to the bot."""
    person = api.user(7)
    person.says("/start")
    return person
