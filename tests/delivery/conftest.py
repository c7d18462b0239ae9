"""A hospital with doubles at its edges, on a real database."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from domain.ports import Channel, Services, UnitOfWork
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.delivery.reach import SMS, TELEGRAM, WHATSAPP, Carrier
from tests.delivery.world import (
    Hospital,
    KeptHints,
    KeptMessages,
    SetClock,
    a_channel,
    services_for,
    settings_for,
)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def hints() -> KeptHints:
    return KeptHints()


@pytest.fixture
def sender() -> KeptMessages:
    return KeptMessages()


@pytest.fixture
def story_url(sqlite_url: str) -> str:
    """Where stories of truth and words are told; what leans on claims and locks is told on both kinds."""
    return sqlite_url


@pytest.fixture
def uow(story_url: str, clock: SetClock, hints: KeptHints) -> Iterator[Callable[[], UnitOfWork]]:
    engine = make_engine(story_url)
    yield lambda: SqlUnitOfWork(engine, announcer=hints, clock=clock)
    engine.dispose()


@pytest.fixture
def channels(sender: KeptMessages) -> list[Channel]:
    return [
        a_channel("sim-sms", sender, ask=lambda _: None),
        a_channel("sim-telegram", sender, edits_in_place=True),
        a_channel("sim-whatsapp", sender, answers_stop=True),
    ]


@pytest.fixture
def carriers() -> dict[str, Carrier]:
    """For stories in which each channel fares on its own."""
    return {name: Carrier(name) for name in (WHATSAPP, SMS, TELEGRAM)}


@pytest.fixture
def whatsapp(carriers: dict[str, Carrier]) -> Carrier:
    return carriers[WHATSAPP]


@pytest.fixture
def sms(carriers: dict[str, Carrier]) -> Carrier:
    return carriers[SMS]


@pytest.fixture
def services(
    uow: Callable[[], UnitOfWork],
    clock: SetClock,
    hints: KeptHints,
    channels: Sequence[Channel],
    tmp_path: Path,
) -> Services:
    settings = settings_for(database_url="", redis_url="", var_dir=tmp_path)
    return services_for(uow, channels=channels, announcer=hints, clock=clock, settings=settings)


@pytest.fixture
def hospital(services: Services, clock: SetClock) -> Hospital:
    hospital = Hospital(services, clock)
    hospital.open_doors()
    return hospital
