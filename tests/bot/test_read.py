"""Telegram's updates, as its documentation shows them, and what we make of them."""

from datetime import UTC, datetime

import pytest

from bot.read import read, read_simulated

PERSON = {"id": 4711, "is_bot": False, "first_name": "Asha", "language_code": "hi"}
CHAT = {"id": 4711, "type": "private"}


def test_a_text_message_is_read_with_its_sender_language_and_time() -> None:
    incoming = read(
        {
            "update_id": 9,
            "message": {"message_id": 3, "date": 1795000000, "chat": CHAT, "from": PERSON, "text": "hi"},
        }
    )
    assert (incoming.channel, incoming.handle, incoming.provider_id) == ("telegram", "4711", "9")
    assert (incoming.kind, incoming.text, incoming.language) == ("text", "hi", "hi")
    assert incoming.sent_at == datetime.fromtimestamp(1795000000, tz=UTC)


def test_a_tapped_button_is_read_with_the_message_that_carries_it() -> None:
    query = {"id": "1", "from": PERSON, "message": {"message_id": 3, "chat": CHAT}, "data": "c:12:4"}
    incoming = read({"update_id": 10, "callback_query": query})
    assert (incoming.kind, incoming.tapped, incoming.shown_in) == ("tap", "12:4", "3")


def test_a_button_that_is_not_ours_is_a_tap_on_nothing() -> None:
    query = {"id": "1", "from": PERSON, "data": "old-format"}
    incoming = read({"update_id": 10, "callback_query": query})
    assert (incoming.kind, incoming.tapped, incoming.shown_in) == ("tap", "", None)


@pytest.mark.parametrize("content", [{"photo": []}, {"voice": {}}, {}])
def test_what_is_not_text_is_unsupported(content: dict[str, object]) -> None:
    message = {"message_id": 3, "date": 1795000000, "chat": CHAT, "from": PERSON, **content}
    assert read({"update_id": 9, "message": message}).kind == "unsupported"


def test_an_edited_message_is_never_applied_a_second_time() -> None:
    message = {"message_id": 3, "date": 1795000000, "chat": CHAT, "from": PERSON, "text": "2"}
    incoming = read({"update_id": 9, "edited_message": message})
    assert (incoming.handle, incoming.kind, incoming.tapped, incoming.text) == ("4711", "tap", "", "")


def test_the_simulated_channel_reads_the_same_under_its_own_name() -> None:
    payload = {
        "update_id": 9,
        "message": {"message_id": 3, "date": 1795000000, "chat": CHAT, "from": PERSON, "text": "hi"},
    }
    assert read_simulated(payload).channel == "sim-telegram"


@pytest.mark.parametrize(
    ("contact", "is_own"),
    [
        ({"phone_number": "919800000001", "user_id": PERSON["id"]}, True),
        ({"phone_number": "919800000001", "user_id": 5}, False),
        ({"phone_number": "919800000001"}, False),
    ],
)
def test_a_contact_is_the_sender_s_own_only_where_telegram_says_so(
    contact: dict[str, object], is_own: bool
) -> None:
    message = {"message_id": 3, "date": 1795000000, "chat": CHAT, "from": PERSON, "contact": contact}
    incoming = read({"update_id": 9, "message": message})
    assert (incoming.kind, incoming.phone, incoming.is_own) == ("contact", "919800000001", is_own)
