"""A town on the in-memory stores, and a chat on each channel in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from persistence.memory import memory_uow
from tests.transcripts.chat import Chat
from tests.transcripts.town import DemoTown, Town
from tests.transcripts.twilio_wire import twilio_wire
from tests.transcripts.wire import wire
from tests.use_cases.clinic import SilentAnnouncer


@pytest.fixture(autouse=True)
def wire_anew() -> None:
    """No test finds what another one said."""
    if wire.cache_info().currsize:
        wire().anew()
    if twilio_wire.cache_info().currsize:
        twilio_wire().api.forgets()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """City Hospital alone."""
    return Town(memory_uow(SilentAnnouncer()), folder=tmp_path)


@pytest.fixture
def two_sites(tmp_path: Path) -> Town:
    """City Hospital and the Civic Centre."""
    return Town(memory_uow(SilentAnnouncer()), folder=tmp_path, sites=2)


@pytest.fixture
def demo_town(tmp_path: Path) -> DemoTown:
    """For sessions recorded by `make chat`."""
    return DemoTown(memory_uow(SilentAnnouncer()), folder=tmp_path)


@pytest.fixture(params=["telegram", "whatsapp", "sms"])
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def chat(town: Town, channel: str) -> Chat:
    """A newcomer at City Hospital, once on each channel."""
    return Chat(town, channel)


@pytest.fixture
def known(town: Town, channel: str) -> Chat:
    """Somebody who has agreed and told a name, once on each channel."""
    return introduced(Chat(town, channel))


@pytest.fixture
def somebody(town: Town, channel: str) -> Callable[[str], Chat]:
    """Further people on the same channel."""
    return lambda handle: introduced(Chat(town, channel, handle))


def introduced(chat: Chat) -> Chat:
    chat.says("hi").picks("I agree").says("Asha Rao").says("menu")
    chat.turns = 0
    return chat
