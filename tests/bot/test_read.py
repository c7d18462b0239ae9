"""Telegram's updates, as its documentation shows them, and what we make of them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.read import read

PERSON = {"id": 4711, "is_bot": False, "first_name": "Asha", "language_code": "hi"}
CHAT = {"id": 4711, "type": "private", "first_name": "Asha"}
GROUP = {"id": -100, "type": "supergroup", "title": "Ward 3"}
BOT = {"id": 99, "is_bot": True, "first_name": "ThreeAway"}
OTHER = {"id": 5, "is_bot": False, "first_name": "Ravi"}
PLACE = {"latitude": 18.5, "longitude": 73.8}
FILE = {"file_id": "x", "file_unique_id": "y"}


def message(chat: dict[str, Any] = CHAT, **content: Any) -> dict[str, Any]:
    return {"message_id": 3, "date": 1795000000, "chat": chat, "from": PERSON, **content}


def tap(data: str | None, **content: Any) -> dict[str, Any]:
    query = {"id": "1", "from": PERSON, "chat_instance": "-55", "message": message(text="Which day?")}
    return {"update_id": 10, "callback_query": query | {"data": data} | content}


def written(**content: Any) -> dict[str, Any]:
    return {"update_id": 9, "message": message(**content)}


def command(text: str) -> dict[str, Any]:
    return written(
        text=text, entities=[{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
    )


def member(status: str, *, chat: dict[str, Any] = CHAT) -> dict[str, Any]:
    before = {"user": BOT, "status": "left"}
    now = {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})
    change = {
        "chat": chat,
        "from": PERSON,
        "date": 1795000000,
        "old_chat_member": before,
        "new_chat_member": now,
    }
    return {"update_id": 11, "my_chat_member": change}


def test_a_text_message_is_read_with_its_sender_language_and_time() -> None:
    incoming = read(written(text="hi"))
    assert (incoming.channel, incoming.handle, incoming.provider_id) == ("telegram", "4711", "9")
    assert (incoming.kind, incoming.text, incoming.language) == ("text", "hi", "hi")
    assert incoming.sent_at == datetime.fromtimestamp(1795000000, tz=UTC)


def test_a_nul_is_left_out_since_no_database_keeps_it() -> None:
    assert read(written(text="As\0ha")).text == "Asha"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("/book", "/book"),
        ("/book@threeaway_bot", "/book"),
        ("/start@threeaway_bot civic-centre", "/start civic-centre"),
    ],
)
def test_a_command_is_its_words_without_the_bots_name(said: str, text: str) -> None:
    incoming = read(command(said))
    assert (incoming.kind, incoming.text) == ("text", text)


def test_a_name_with_an_at_sign_that_is_no_command_stays_as_it_was_written() -> None:
    assert read(written(text="write to /desk@example")).text == "write to /desk@example"


def test_a_tapped_button_is_read_with_the_message_that_carries_it() -> None:
    incoming = read(tap("c:12:4"))
    assert (incoming.handle, incoming.kind, incoming.tapped, incoming.shown_in) == (
        "4711",
        "tap",
        "12:4",
        "3",
    )
    assert incoming.sent_at is None


def test_a_button_of_a_live_message_keeps_its_own_reference() -> None:
    assert read(tap("c:t:17:here")).tapped == "t:17:here"


def test_a_button_in_a_message_that_telegram_no_longer_shows_is_known_all_the_same() -> None:
    gone = {"chat": CHAT, "message_id": 3, "date": 0}
    assert (read(tap("c:12:4", message=gone)).shown_in, read(tap("c:12:4", message=gone)).tapped) == (
        "3",
        "12:4",
    )


@pytest.mark.parametrize("data", ["old-format", "", None, "C:1:1", "nn"])
def test_a_button_that_is_not_ours_is_a_tap_on_nothing(data: str | None) -> None:
    incoming = read(tap(data))
    assert (incoming.kind, incoming.tapped) == ("tap", "")


def test_the_empty_day_of_a_calendar_means_nothing() -> None:
    assert read(tap("n")).kind == "nothing"


@pytest.mark.parametrize(
    ("contact", "more", "is_own"),
    [
        ({"user_id": 4711}, {}, True),
        ({"user_id": 5}, {}, False),
        ({}, {}, False),
        ({"user_id": 4711}, {"forward_origin": {"type": "user", "date": 1, "sender_user": OTHER}}, False),
    ],
)
def test_a_shared_number_is_ones_own_only_when_telegram_says_so(
    contact: dict[str, Any], more: dict[str, Any], is_own: bool
) -> None:
    card = {"phone_number": "919800000001", "first_name": "Asha", **contact}
    incoming = read(written(contact=card, **more))
    assert (incoming.kind, incoming.phone, incoming.is_own) == ("contact", "919800000001", is_own)


@pytest.mark.parametrize(
    "content",
    [{"location": PLACE}, {"venue": {"location": PLACE, "title": "Desk", "address": "x"}, "location": PLACE}],
)
def test_a_place_is_a_location(content: dict[str, Any]) -> None:
    assert read(written(**content)).kind == "location"


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [FILE | {"width": 9, "height": 9}], "caption": "2"},
        {"voice": FILE | {"duration": 2}},
        {"video_note": FILE | {"duration": 2, "length": 9}},
        {
            "sticker": FILE
            | {"type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}
        },
        {"document": FILE},
        {"dice": {"emoji": "x", "value": 2}},
        {"something_that_is_new_next_year": {"text": "2"}},
        {},
    ],
)
def test_what_is_not_text_is_unsupported(content: dict[str, Any]) -> None:
    incoming = read(written(**content))
    assert (incoming.kind, incoming.text) == ("unsupported", "")


@pytest.mark.parametrize(
    "content", [{"text": "2"}, {"location": PLACE}, {"contact": {"phone_number": "1", "first_name": "A"}}]
)
def test_an_edited_message_is_never_read_a_second_time(content: dict[str, Any]) -> None:
    incoming = read({"update_id": 9, "edited_message": message(edit_date=1795000001, **content)})
    assert (incoming.handle, incoming.kind, incoming.text) == ("4711", "edited", "")


@pytest.mark.parametrize(
    ("status", "kind"), [("kicked", "blocked"), ("member", "unblocked"), ("left", "nothing")]
)
def test_being_blocked_and_unblocked_is_known(status: str, kind: str) -> None:
    assert (read(member(status)).kind, read(member(status)).handle) == (kind, "4711")


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 9, "message": message(GROUP, text="book")},
        {"update_id": 9, "edited_message": message(GROUP, text="book", edit_date=1)},
        {
            "update_id": 9,
            "message": message(GROUP, contact={"phone_number": "1", "first_name": "A", "user_id": 4711}),
        },
        tap("c:1:1", message=message(GROUP, text="?")),
        member("member", chat=GROUP),
    ],
)
def test_whatever_comes_from_a_group_is_from_a_group(update: dict[str, Any]) -> None:
    incoming = read(update)
    assert (incoming.kind, incoming.handle, incoming.text, incoming.tapped) == ("group", "-100", "", None)


@pytest.mark.parametrize(
    "update",
    [
        member("kicked", chat=GROUP),
        member("left", chat=GROUP),
        {"update_id": 9, "channel_post": message({"id": -5, "type": "channel"}, text="hi")},
        {"update_id": 9, "business_message": message(text="hi", business_connection_id="b")},
        {"update_id": 9, "inline_query": {"id": "1", "from": PERSON, "query": "x", "offset": ""}},
        {"update_id": 9, "an_update_that_is_new_next_year": {}},
        {"update_id": 9},
    ],
)
def test_what_nobody_said_to_us_means_nothing(update: dict[str, Any]) -> None:
    assert read(update).kind == "nothing"


@pytest.mark.parametrize(
    ("update", "kind"),
    [
        ({}, "nothing"),
        ({"update_id": 9, "message": {}}, "nothing"),
        ({"update_id": 9, "message": 5}, "nothing"),
        ({"update_id": 9, "callback_query": {"data": "c:1:1"}}, "nothing"),
        ({"update_id": 9, "message": message(date="yesterday", text="hi")}, "unsupported"),
        ({"update_id": 9, "message": message(text=5)}, "unsupported"),
        ({"update_id": 9, "message": message(entities=7, text="hi")}, "unsupported"),
        ({"update_id": 9, "my_chat_member": {"chat": CHAT}}, "nothing"),
    ],
)
def test_an_update_of_another_shape_is_read_all_the_same(update: dict[str, Any], kind: str) -> None:
    assert read(update).kind == kind


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CHAT, *message(), "text", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
PARTS = ["message", "edited_message", "callback_query", "my_chat_member", "channel_post", "message_reaction"]


@given(
    st.dictionaries(st.sampled_from(["update_id", *PARTS]), JSON, max_size=3),
    st.dictionaries(
        st.sampled_from(["text", "contact", "location", "from", "chat", "date", "entities"]), JSON, max_size=3
    ),
)
def test_no_update_whatever_it_holds_can_stop_the_reading(
    strange: dict[str, Any], content: dict[str, Any]
) -> None:
    assert read(strange).kind
    assert read({"update_id": 9, "message": message() | content}).kind


@given(st.text(max_size=70))
def test_whatever_a_button_carries_it_is_a_tap_or_nothing(data: str) -> None:
    assert read(tap(data)).kind == ("nothing" if data == "n" else "tap")


def test_the_simulated_channel_reads_the_same_under_its_own_name() -> None:
    assert read(written(text="hi"), channel="sim-telegram").channel == "sim-telegram"
