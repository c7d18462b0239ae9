"""The catalogue's own behaviour: languages, channels' variants, dates, ranges and directions of writing."""

import pytest

from domain.conversation.messages import Text
from domain.texts.catalogue import FluentCatalogue, load

MORNING = {"at": "2026-11-24T05:00:00+00:00", "zone": "Asia/Kolkata"}


def say(key: str, *, language: str = "en", variant: str = "telegram", **params: object) -> str:
    return load().render(Text(key, params), language=language, variant=variant)


def test_a_hint_of_a_region_finds_its_language_and_an_unknown_one_english() -> None:
    catalogue = load()
    assert [catalogue.language_for(hint) for hint in ("hi-IN", "HI_in", "hi", "ta", "", None)] == [
        "hi",
        "hi",
        "hi",
        "en",
        "en",
        "en",
    ]


def test_a_channels_own_wording_wins_and_the_others_take_the_value() -> None:
    at = {**MORNING, "as": "day-time"}
    assert say("day-earliest", variant="whatsapp", at=at) == "Earliest free time"
    assert say("day-earliest", variant="sms", at=at) == "Earliest free: Tue 24 Nov 10:30"


def test_a_kind_of_a_channel_takes_the_channel_s_wording_where_it_has_none_of_its_own() -> None:
    source = "t = any\n    .sms = by SMS\n    .sms-one-way = one way\nu = any\n    .sms = by SMS\nv = any"
    catalogue = FluentCatalogue({"en": source})
    said = [catalogue.render(Text(key), language="en", variant="sms-one-way") for key in "tuv"]
    assert said == ["one way", "by SMS", "any"]


def test_instants_are_said_in_the_sites_zone_with_latin_digits() -> None:
    at = {**MORNING, "as": "day-time"}
    assert say("detail-token", language="hi", token="10-04", at=at) == "टोकन 10-04, मंगल 24 नवंबर 10:30"


def test_a_date_needs_no_zone() -> None:
    assert say("day-tomorrow", day={"at": "2026-11-24", "as": "date"}) == "Tomorrow, Tue 24 Nov"


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0, 5, "less than 5 minutes"), (15, 25, "about 15 to 25 minutes")]
)
def test_a_wait_is_a_range_and_a_short_one_has_no_zero(low: int, high: int, said: str) -> None:
    assert say("line-wait", wait={"low": low, "high": high}) == f"Wait: {said}."


def test_the_nearest_are_told_how_far_they_are() -> None:
    near = [
        say("notice-near", ahead=n, service="Dr. Rao", token="10-04", place="Room 2") for n in (0, 1, 2, 3)
    ]
    starts = ["you're next.", "you're 1 away.", "you're 2 away.", "you're 3 away."]
    assert [text.startswith(f"Dr. Rao: {start}") for text, start in zip(near, starts, strict=True)] == [
        True
    ] * 4


def test_lists_are_shown_with_commas_and_lines_below_each_other() -> None:
    lines = {"lines": [Text("line-now-serving", {"tokens": ["10-01", "10-02"]}), Text("crowd-low")]}
    assert say("where", service="Dr. Rao", token="10-04", lines=lines) == (
        "Dr. Rao, token 10-04:\nNow serving: 10-01, 10-02\nFew people are waiting."
    )


def test_tokens_are_isolated_in_right_to_left_text_only() -> None:
    catalogue = FluentCatalogue({"en": "t = Token { $token }", "ar": "t = الرمز { $token }"})
    text = Text("t", {"token": "10-04"})
    assert catalogue.render(text, language="ar", variant="sms") == "الرمز \u206810-04\u2069"
    assert catalogue.render(text, language="en", variant="sms") == "Token 10-04"


def test_a_text_missing_in_one_language_is_said_in_english_and_an_unknown_one_is_a_bug() -> None:
    catalogue = FluentCatalogue({"en": "t = Token", "hi": "u = टोकन"})
    assert catalogue.render(Text("t"), language="hi", variant="sms") == "Token"
    with pytest.raises(KeyError):
        catalogue.render(Text("nothing"), language="hi", variant="sms")


def test_a_missing_variable_is_logged_and_the_rest_is_said(caplog: pytest.LogCaptureFixture) -> None:
    assert "Room 2" in say("notice-called", counter="Room 2", service="Dr. Rao")
    assert "notice-called" in caplog.text
