"""A double of the Bot API, and somebody who has written to its bot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ports import Services
from tests.delivery.world import KeptHints
from tests.telegram.bot_api import BotApi
from tests.telegram.people import Person
from tests.telegram.taking_in import installation_of


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as double:
        yield double


@pytest.fixture
def asha(api: BotApi) -> Person:
    """Has pressed Start."""
    person = api.user(7, "Asha", "hi")
    person.says("/start")
    return person


@pytest.fixture
def hints() -> KeptHints:
    return KeptHints()


@pytest.fixture
def services(api: BotApi, hints: KeptHints, tmp_path: Path) -> Services:
    """An installation in memory that knows the bot."""
    return installation_of(api.root, hints, var_dir=tmp_path)
