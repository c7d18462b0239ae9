"""What Telegram's Bot API is handed, from a message."""

from bot.render import CAPABILITIES, render
from domain.conversation.messages import Message, Option


def options(count: int, *, back: bool = False) -> tuple[Option, ...]:
    numbered = tuple(Option(ref=f"7:{n}", number=n, label=f"Choice {n}") for n in range(1, count + 1))
    return numbered + ((Option(ref="7:0", number=0, label="Back"),) if back else ())


def test_choices_become_buttons_side_by_side_with_back_below() -> None:
    (payload,) = render(Message("Which time?", options(4, back=True), columns=3))
    keyboard = payload["reply_markup"]["inline_keyboard"]  # type: ignore[index]
    assert [[button["text"] for button in row] for row in keyboard] == [
        ["Choice 1", "Choice 2", "Choice 3"],
        ["Choice 4"],
        ["Back"],
    ]
    assert keyboard[1][0]["callback_data"] == "c:7:4"
    assert payload["method"] == "sendMessage"


def test_callback_data_stays_within_64_bytes_for_the_largest_revision() -> None:
    (payload,) = render(Message("?", (Option(ref=f"{2**63}:{2**31}", number=2**31, label="x"),)))
    keyboard = payload["reply_markup"]["inline_keyboard"]  # type: ignore[index]
    assert len(keyboard[0][0]["callback_data"].encode()) <= 64


def test_an_answered_question_is_edited_in_place_and_loses_its_buttons() -> None:
    (payload,) = render(Message("Booked.", replaces="55"))
    assert (payload["method"], payload["message_id"]) == ("editMessageText", 55)
    assert "reply_markup" not in payload


def test_what_looks_like_html_is_shown_as_it_was_written() -> None:
    (payload,) = render(Message("Ear & nose <b>desk</b>"))
    assert payload["text"] == "Ear &amp; nose &lt;b&gt;desk&lt;/b&gt;"


def test_a_text_over_the_limit_is_cut_between_characters_and_never_inside_an_entity() -> None:
    (payload,) = render(Message("&" * 3000 + "😀" * 2000))
    text = str(payload["text"]).replace("&amp;", "&")
    assert len(text.encode("utf-16-le")) // 2 <= CAPABILITIES.text_limit
    assert text.endswith("😀…")


def test_a_text_at_the_limit_stays_whole() -> None:
    (payload,) = render(Message("x" * 4096))
    assert payload["text"] == "x" * 4096
