"""A phone in the terminal: lines in, what the phone shows out; and its session as a test that passes."""

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from domain.ports import Channel
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from simulator.sender import SimulatorSender
from simulator.terminal import terminal_chat
from tests.servers import sqlite_url_of
from tests.transcripts.town import NINE, DemoTown, channels
from tests.use_cases.clinic import SilentAnnouncer

LINES = ["hi", "1", "Asha Rao", "City Hospital", "1", "1", "Book it", "", "status"]


class StandingClock:
    def now(self) -> datetime:
        return NINE


Found = Callable[[], DemoTown]


@pytest.fixture
def found(sqlite_template: Path, tmp_path: Path) -> Found:
    """Makes a demo town on a database of its own, each time."""

    def make() -> DemoTown:
        database = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        shutil.copy(sqlite_template, database)
        engine = make_engine(sqlite_url_of(database))
        make_uow = partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=StandingClock())
        return DemoTown(make_uow, folder=tmp_path)

    return make


@pytest.fixture
def town(found: Found) -> DemoTown:
    """The demo with simulated channels only, as `make chat` has it."""
    town = found()
    simulated = {f"sim-{name}": _simulated(channel, town) for name, channel in channels().items()}
    town.services = replace(town.services, channels=simulated)
    return town


def _simulated(channel: Channel, town: DemoTown) -> Channel:
    name = f"sim-{channel.name}"
    sender = SimulatorSender(name, channel.render, town.uow, town)
    return replace(channel, name=name, sender=sender)


@pytest.fixture(params=["sim-telegram", "sim-whatsapp", "sim-sms"])
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def play(town: DemoTown, channel: str, lines: list[str], record: Path | None = None) -> str:
    out = io.StringIO()
    terminal_chat(town.services, channel, "4711", lines, out, record=record)
    return out.getvalue()


def test_a_whole_booking_is_played_through_a_pipe(town: DemoTown, channel: str) -> None:
    shown = play(town, channel, LINES)
    assert "Do you agree?" in shown
    assert "booked." in shown
    assert "Your code at the desk: " in shown
    assert shown.count("Refresh") == 1


def test_buttons_are_shown_with_their_numbers_and_sms_with_its_segments(town: DemoTown) -> None:
    assert "  [1] I agree" in play(town, "sim-telegram", ["hi"])
    sms = play(town, "sim-sms", ["hi"])
    assert "1. I agree" in sms
    assert "SMS)" in sms


def test_a_recorded_session_is_a_test_that_passes(
    found: Found, town: DemoTown, channel: str, tmp_path: Path
) -> None:
    record = tmp_path / "recorded.py"
    play(town, channel, LINES, record)
    written = record.read_text(encoding="utf-8")
    assert 'hears("What is your full name? Write it as staff should call you.")' in written
    namespace: dict[str, object] = {}
    exec(compile(written, str(record), "exec"), namespace)
    recorded = namespace["test_the_recorded_conversation_holds"]
    assert callable(recorded)
    recorded(found())


def test_a_recorded_session_fails_when_something_else_is_said(
    found: Found, town: DemoTown, tmp_path: Path
) -> None:
    record = tmp_path / "recorded.py"
    play(town, "sim-sms", ["hi"], record)
    written = record.read_text(encoding="utf-8").replace("Do you agree?", "Do you object?")
    namespace: dict[str, object] = {}
    exec(compile(written, str(record), "exec"), namespace)
    recorded = namespace["test_the_recorded_conversation_holds"]
    assert callable(recorded)
    with pytest.raises(AssertionError, match="Do you object"):
        recorded(found())


@pytest.mark.parametrize("last", ["1", "menu"])
def test_only_the_newest_question_has_buttons_whether_tapped_or_typed(town: DemoTown, last: str) -> None:
    play(town, "sim-telegram", ["hi", "I agree", "Asha Rao", "menu", "book", last])
    with town.uow() as uow:
        screen = uow.phones.screen(channel="sim-telegram", handle="4711", limit=30)
    with_buttons = [message.id for message in screen if "reply_markup" in message.payload]
    assert with_buttons == [max(message.id for message in screen if not message.mine)]


def test_a_question_that_has_lost_its_buttons_is_not_shown_again(town: DemoTown) -> None:
    assert play(town, "sim-telegram", ["hi", "I agree", "Asha Rao"]).count("What is your full name?") == 1


def test_a_live_message_and_the_answer_above_it_can_both_be_tapped(town: DemoTown) -> None:
    shown = play(town, "sim-telegram", [*LINES, "My appointments", "status", "leave"])
    assert "Your appointments:" in shown
    assert "leave the line?" in shown
