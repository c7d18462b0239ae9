"""What Telegram's Bot API is handed, from a message."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from bot.render import CAPABILITIES, NOTHING, render
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


def keys(message: Message) -> list[list[dict[str, Any]]]:
    (payload,) = render(message)
    rows: list[list[dict[str, Any]]] = payload["reply_markup"]["inline_keyboard"]  # type: ignore[index]
    return rows


def labels(message: Message) -> list[list[str]]:
    return [[key["text"] for key in row] for row in keys(message)]


def month(
    days: Sequence[date], *, earlier: bool = False, more: bool = False, language: str = "en"
) -> Message:
    """A page of days as the conversation offers it."""
    first = [Option("7:1", 1, "Earliest free: Mon 23 Nov 09:30", key="slot:9@2026-11-23T09:30")]
    offered = [Option(f"7:{n}", n, f"{day}", day=day, key=f"day:{day}") for n, day in enumerate(days, 2)]
    later = [Option(f"7:{len(days) + 2}", len(days) + 2, "More", key="go-more")] if more else []
    before = [Option("7:p", 0, "Earlier", key="go-earlier")] if earlier else []
    below = [Option("7:0", 0, "Back", key="go-back"), Option("7:m", 0, "Menu", key="way-out")]
    return Message("Which day?", (*first, *offered, *later, *before, *below), language=language)


NOVEMBER = [date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 30)]


def test_back_and_menu_stand_on_one_row_below_the_choices() -> None:
    below = (Option("7:0", 0, "Back", key="go-back"), Option("7:m", 0, "Menu", key="way-out"))
    message = Message("Which place?", (*options(2), *below))
    assert labels(message) == [["Choice 1"], ["Choice 2"], ["Back", "Menu"]]
    assert [key["callback_data"] for key in keys(message)[-1]] == ["c:7:0", "c:7:m"]


def test_days_become_a_months_grid_with_numbers_for_the_free_ones_only() -> None:
    assert labels(month(NOVEMBER)) == [
        ["Earliest free: Mon 23 Nov 09:30"],
        ["November 2026"],
        ["M", "T", "W", "T", "F", "S", "S"],
        ["23", "24", " ", " ", " ", " ", " "],
        ["30", " ", " ", " ", " ", " ", " "],
        ["Back", "Menu"],
    ]


def test_a_free_day_carries_its_own_choice_and_everything_else_in_the_grid_means_nothing() -> None:
    found = {key["text"]: key["callback_data"] for row in keys(month(NOVEMBER)) for key in row}
    assert (found["23"], found["24"], found["30"]) == ("c:7:2", "c:7:3", "c:7:4")
    assert {found[name] for name in ("November 2026", "S", "M", " ")} == {NOTHING}


@pytest.mark.parametrize(
    ("earlier", "more", "title"),
    [
        (True, True, [("‹", "c:7:p"), ("November 2026", NOTHING), ("›", "c:7:5")]),
        (False, True, [("November 2026", NOTHING), ("›", "c:7:5")]),
        (True, False, [("‹", "c:7:p"), ("November 2026", NOTHING)]),
    ],
)
def test_arrows_stand_beside_the_month_where_another_has_free_days(
    earlier: bool, more: bool, title: list[tuple[str, str]]
) -> None:
    rows = keys(month(NOVEMBER, earlier=earlier, more=more))
    assert [(key["text"], key["callback_data"]) for key in rows[1]] == title
    assert "More" not in {key["text"] for row in rows for key in row}


def test_month_and_weekdays_are_in_the_persons_language_with_latin_digits() -> None:
    rows = labels(month(NOVEMBER, language="hi"))
    assert rows[1] == ["नवंबर 2026"]
    assert rows[2] == ["सो", "मं", "बु", "गु", "शु", "श", "र"]


def test_a_whole_month_fits_what_telegram_shows() -> None:
    first = date(2026, 8, 1)  # 31 days in six weeks
    rows = keys(month([first + timedelta(days=n) for n in range(31)], earlier=True, more=True))
    assert max(len(row) for row in rows) <= 8
    assert sum(len(row) for row in rows) <= 100


def test_a_question_for_a_number_has_the_keyboard_that_shares_it_and_is_never_an_edit() -> None:
    back = (Option("7:0", 0, "Back", key="go-back"),)
    message = Message("Which number?", (*options(1), *back), replaces="55", asks_contact="Share my number")
    (payload,) = render(message)
    assert payload["method"] == "sendMessage"
    assert payload["reply_markup"] == {
        "keyboard": [
            [{"text": "Share my number", "request_contact": True}],
            [{"text": "Choice 1"}],
            [{"text": "Back"}],
        ],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def test_what_is_silent_makes_no_sound() -> None:
    assert render(Message("Now serving", silent=True))[0]["disable_notification"] is True
    assert "disable_notification" not in render(Message("Your turn"))[0]


def test_after_a_number_was_asked_for_the_first_words_take_its_keyboard_away() -> None:
    message = Message(
        "Your number is kept.\n\nWhich place?", options(1), replaces="55", closes_contact="All right."
    )
    said, asked = render(message)
    assert (said["method"], said["text"]) == ("sendMessage", "Your number is kept.")
    assert said["reply_markup"] == {"remove_keyboard": True}
    assert (asked["method"], asked["text"]) == ("editMessageText", "Which place?")
    assert "inline_keyboard" in asked["reply_markup"]  # type: ignore[operator]


def test_where_nothing_is_said_before_the_question_a_few_words_take_the_keyboard_away() -> None:
    said, asked = render(Message("Which place?", options(1), closes_contact="All right."))
    assert (said["text"], asked["text"]) == ("All right.", "Which place?")


def test_a_question_that_asks_for_the_number_again_leaves_the_keyboard() -> None:
    (payload,) = render(Message("Which number?", asks_contact="Share", closes_contact="All right."))
    assert "keyboard" in payload["reply_markup"]  # type: ignore[operator]
