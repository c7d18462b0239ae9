"""What WhatsApp and SMS are handed, from a message."""

from domain.conversation.messages import Message, Option
from whatsapp.render import render_sms, render_whatsapp


def options(*labels: str, hint: str = "") -> tuple[Option, ...]:
    return tuple(Option(ref=f"7:{n}", number=n, label=label, hint=hint) for n, label in enumerate(labels, 1))


def test_up_to_three_short_choices_are_buttons() -> None:
    (payload,) = render_whatsapp(Message("Book it?", options("Book it", "Another time", "Back")))
    assert payload["type"] == "buttons"
    assert payload["buttons"] == [
        {"id": "7:1", "title": "Book it"},
        {"id": "7:2", "title": "Another time"},
        {"id": "7:3", "title": "Back"},
    ]


def test_three_choices_too_long_for_buttons_are_a_list_with_the_whole_label_below() -> None:
    long = "Orthopaedics, Dr. R. Subramanian"
    (payload,) = render_whatsapp(Message("Which?", options(long, "b", hint="Room 2"), choose="Choose"))
    first = payload["rows"][0]  # type: ignore[index]
    assert (payload["type"], payload["button"]) == ("list", "Choose")
    assert len(first["title"]) <= 24
    assert first["description"] == f"{long} - Room 2"


def test_ten_choices_are_a_list_and_eleven_are_numbered_text() -> None:
    assert render_whatsapp(Message("?", options(*"abcdefghij")))[0]["type"] == "list"
    (payload,) = render_whatsapp(Message("?", options(*"abcdefghijk")))
    assert payload["type"] == "text"
    assert str(payload["body"]).endswith("11. k")


def test_a_text_over_the_limit_goes_ahead_of_the_question_that_it_ends_with() -> None:
    first, second = render_whatsapp(Message("x" * 1020 + "\n\nBook it?", options("Book it")))
    assert first == {"type": "text", "body": "x" * 1020}
    assert (second["type"], second["body"]) == ("buttons", "Book it?")


def test_a_single_paragraph_over_the_limit_is_cut() -> None:
    (payload,) = render_whatsapp(Message("x" * 1100))
    assert payload == {"type": "text", "body": "x" * 1023 + "…"}


def test_a_message_without_choices_is_plain_text() -> None:
    assert render_whatsapp(Message("Booked.")) == [{"type": "text", "body": "Booked."}]


def test_an_sms_is_numbered_and_says_how_many_segments_it_takes() -> None:
    (payload,) = render_sms(Message("Book it?", options("Book it", "Another time")))
    assert payload == {"type": "sms", "body": "Book it?\n1. Book it\n2. Another time", "segments": 1}


def test_typography_gives_way_to_the_cheaper_alphabet() -> None:
    (payload,) = render_sms(Message("It\u2019s \u201cRoom 2\u201d \u2026 " + "x" * 130))
    assert payload["body"] == 'It\'s "Room 2" ... ' + "x" * 130
    assert payload["segments"] == 1


def test_an_sms_is_spelled_cheaply_by_the_language_that_it_is_in() -> None:
    (payload,) = render_sms(Message("Dr. Álvarez: it's your turn.", language="en"))
    assert payload["body"] == "Dr. Alvarez: it's your turn."
    (payload,) = render_sms(Message("Bác sĩ Álvarez", language="vi"))
    assert payload["body"] == "Bác sĩ Álvarez"
