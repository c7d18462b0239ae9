"""What a phone of the simulator sends and offers, as the channel's own reader takes it."""

from typing import Any

import pytest

import bot.read
from bot.render import render
from domain.conversation.messages import Incoming, Message, Option
from simulator import handset
from tests.transcripts.town import NINE

ASKS_NUMBER = Message(
    "Your number?", (Option("3:0", 0, "Back", key="go-back"),), asks_contact="Share my number"
)


def read(payload: dict[str, object]) -> Incoming:
    return bot.read.read(payload, channel="sim-telegram")


def shown(message: Message) -> dict[str, Any]:
    return render(message)[-1]


def test_what_is_written_comes_with_its_time_and_a_command_is_one() -> None:
    payload = handset.written("sim-telegram", "terminal", "/start city-hospital", at=NINE)
    incoming = read(payload)
    assert (incoming.kind, incoming.text) == ("text", "/start city-hospital")
    assert (incoming.handle, incoming.sent_at) == ("terminal", NINE)
    message: Any = payload["message"]
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


def test_a_tap_is_an_honest_callback_query() -> None:
    (button, *_) = handset.buttons(shown(Message("?", (Option("3:1", 1, "Today"),))))
    incoming = read(handset.tapped("sim-telegram", "+919800000001", button, shown_in=17, at=NINE))
    assert (incoming.kind, incoming.tapped, incoming.shown_in) == ("tap", "3:1", "17")


@pytest.mark.parametrize("handle", ["+919800000001", "terminal"])
def test_the_button_for_ones_number_shares_the_phones_own(handle: str) -> None:
    share, back = handset.buttons(shown(ASKS_NUMBER))
    assert [(b.mark, b.label, b.shares_number) for b in (share, back)] == [
        ("1", "Share my number", True),
        ("2", "Back", False),
    ]
    incoming = read(handset.tapped("sim-telegram", handle, share, shown_in=1, at=NINE))
    assert (incoming.kind, incoming.is_own) == ("contact", True)
    assert incoming.phone == (handle if handle.startswith("+") else "+919807208257")
    assert read(handset.tapped("sim-telegram", handle, back, shown_in=1, at=NINE)).text == "Back"


def test_a_calendars_empty_days_are_not_offered() -> None:
    days = tuple(Option(f"3:{n}", n, "x", day=NINE.date().replace(day=20 + n)) for n in (1, 2))
    offered = handset.buttons(shown(Message("?", days, language="en")))
    assert [(b.mark, b.label) for b in offered] == [("1", "21"), ("2", "22")]
