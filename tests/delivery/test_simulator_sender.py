"""The simulated phone shows what a real one would: edits in place, new messages below."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation.messages import Message
from domain.errors import SendError
from domain.ids import OutboxId
from domain.ports import Outgoing, Services
from simulator.sender import SimulatorSender
from tests.delivery.world import KeptHints, SetClock


def outgoing(clock: SetClock, *messages: Message) -> Outgoing:
    return Outgoing("a", messages, OutboxId(1), "reply", clock.at + timedelta(hours=1))


def two_bubbles(message: Message) -> list[dict[str, object]]:
    return [{"text": part} for part in message.text.split("|")]


@pytest.fixture
def phone(services: Services, clock: SetClock) -> SimulatorSender:
    return SimulatorSender("sim-telegram", two_bubbles, services.uow, clock)


def screen(services: Services) -> list[tuple[str, bool]]:
    with services.uow() as uow:
        shown = uow.phones.screen(channel="sim-telegram", handle="a", limit=10)
    return [(str(message.payload["text"]), message.edited) for message in shown]


def test_each_bubble_is_shown_and_the_last_ones_number_is_the_providers_id(
    phone: SimulatorSender, services: Services, clock: SetClock, hints: KeptHints
) -> None:
    first = phone.send(outgoing(clock, Message("one|two"))).provider_id
    second = phone.send(outgoing(clock, Message("three"))).provider_id
    assert screen(services) == [("one", False), ("two", False), ("three", False)]
    assert int(second) == int(first) + 1
    assert hints.phones == [("sim-telegram", "a")] * 2


def test_a_message_that_replaces_another_is_edited_in_place(
    phone: SimulatorSender, services: Services, clock: SetClock
) -> None:
    first = phone.send(outgoing(clock, Message("menu"))).provider_id
    again = phone.send(outgoing(clock, Message("days|more", replaces=first))).provider_id
    assert screen(services) == [("days", True), ("more", False)]
    assert int(again) == int(first) + 1


@pytest.mark.parametrize("gone", ["9999", "wamid.X", ""])
def test_a_message_that_replaces_one_that_is_gone_is_shown_anew(
    phone: SimulatorSender, services: Services, clock: SetClock, gone: str
) -> None:
    phone.send(outgoing(clock, Message("days", replaces=gone)))
    assert screen(services) == [("days", False)]


def test_what_a_message_takes_the_place_of_is_removed_once_it_is_shown(
    phone: SimulatorSender, services: Services, clock: SetClock
) -> None:
    first = phone.send(outgoing(clock, Message("3 away"))).provider_id
    phone.send(outgoing(clock, Message("menu")))
    phone.send(replace(outgoing(clock, Message("1 away")), supersedes=first))
    assert screen(services) == [("menu", False), ("1 away", False)]
    phone.send(replace(outgoing(clock, Message("your turn")), supersedes="no number"))
    assert screen(services)[-1] == ("your turn", False)


def test_another_phones_message_is_never_edited(
    phone: SimulatorSender, services: Services, clock: SetClock
) -> None:
    theirs = phone.send(outgoing(clock, Message("theirs"))).provider_id
    mine = Outgoing("b", (Message("mine", replaces=theirs),), OutboxId(2), "reply", clock.at)
    phone.send(mine)
    assert screen(services) == [("theirs", False)]


def test_a_real_channel_is_refused(services: Services, clock: SetClock) -> None:
    real = SimulatorSender("telegram", two_bubbles, services.uow, clock)
    with pytest.raises(SendError, match="not-simulated"):
        real.send(outgoing(clock, Message("hi")))
