"""Twilio's form parameters, and what we make of them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.read import channel_of, read, read_sms, read_whatsapp


def sms(body: str, **more: str) -> dict[str, object]:
    return {
        "MessageSid": "SM1",
        "From": "+919800000001",
        "To": "+15550001",
        "Body": body,
        "NumMedia": "0",
        **more,
    }


def test_a_text_is_read_with_its_number() -> None:
    incoming = read_sms(sms("hi"))
    assert (incoming.channel, incoming.handle, incoming.provider_id) == ("sms", "+919800000001", "SM1")
    assert (incoming.kind, incoming.text) == ("text", "hi")


def test_whatsapp_reads_the_payload_of_a_button_and_not_its_title() -> None:
    payload = sms("Book it", From="whatsapp:+919800000001", ButtonPayload="7:1", ButtonText="Book it")
    incoming = read_whatsapp(payload)
    assert (incoming.handle, incoming.kind, incoming.tapped) == ("+919800000001", "tap", "7:1")


def test_whatsapp_reads_the_row_of_a_list() -> None:
    assert read_whatsapp(sms("10:30", ListId="7:4")).tapped == "7:4"


@pytest.mark.parametrize("word", ["STOP", " Stop ", "cancel", "END", "quit", "unsubscribe"])
def test_words_that_the_carrier_answers_stop_an_sms_address(word: str) -> None:
    assert read_sms(sms(word)).kind == "stopped"


def test_start_and_the_providers_own_mark_are_read() -> None:
    assert read_sms(sms("Start")).kind == "resumed"
    assert read_whatsapp(sms("bas", OptOutType="STOP")).kind == "stopped"


def test_cancel_in_a_sentence_or_on_whatsapp_is_only_a_word() -> None:
    assert read_sms(sms("cancel my visit")).kind == "text"
    assert read_whatsapp(sms("cancel")).kind == "text"


def test_a_tap_is_what_its_button_stands_for_whatever_it_says() -> None:
    """Also where the title is a word that stops, and where the person wrote below."""
    tapped = read_whatsapp(sms("Stop", ButtonPayload="7:2", ButtonText="Stop", MessageType="button"))
    assert (tapped.kind, tapped.tapped) == ("tap", "7:2")
    listed = read_whatsapp(sms("", ListId="7:4", ListTitle="10:30", MessageType="interactive"))
    assert (listed.kind, listed.tapped) == ("tap", "7:4")


def test_the_message_that_was_answered_or_tapped_is_known() -> None:
    assert read_whatsapp(sms("1", OriginalRepliedMessageSid="SM0")).shown_in == "SM0"
    assert read_whatsapp(sms("1")).shown_in is None


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"NumMedia": "1"}, "unsupported"),
        ({"NumMedia": "1", "MessageType": "image", "MediaContentType0": "image/jpeg"}, "unsupported"),
        ({"NumMedia": "1", "MessageType": "sticker", "MediaContentType0": "image/webp"}, "unsupported"),
        ({"NumMedia": "1", "MessageType": "audio", "MediaContentType0": "audio/ogg"}, "unsupported"),
        ({"MessageType": "order"}, "unsupported"),
        ({"MessageType": "unsupported"}, "unsupported"),
        ({"MessageType": "reaction"}, "unsupported"),
        ({"MessageType": "text"}, "text"),
        ({}, "text"),
        ({"NumMedia": "garbage"}, "unsupported"),
        ({"Latitude": "18.5", "Longitude": "73.8"}, "location"),
        ({"MessageType": "location", "Latitude": "0.0", "Longitude": "0.0"}, "location"),
        ({"NumMedia": "1", "MessageType": "contacts", "MediaContentType0": "text/vcard"}, "contact"),
        ({"NumMedia": "1", "MediaContentType0": "text/x-vcard"}, "contact"),
    ],
)
def test_what_is_no_text_has_a_kind_of_its_own(more: dict[str, str], kind: str) -> None:
    assert read_whatsapp(sms("", **more)).kind == kind


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"NumMedia": "1", "MessageType": "image"}, "text"),
        ({"NumMedia": "1", "MessageType": "video"}, "text"),
        ({"NumMedia": "1"}, "text"),
        ({"MessageType": "something-new"}, "text"),
        ({"NumMedia": "1", "MessageType": "document"}, "unsupported"),  # its body is the file's name
        ({"MessageType": "reaction"}, "unsupported"),  # its body is the emoji
        ({"NumMedia": "1", "MessageType": "contacts"}, "contact"),
        ({"Latitude": "18.5", "Longitude": "73.8", "Address": "14 Lake Road"}, "location"),
    ],
)
def test_words_with_something_else_are_read_where_the_person_wrote_them(
    more: dict[str, str], kind: str
) -> None:
    incoming = read_whatsapp(sms("tomorrow", **more))
    assert (incoming.kind, incoming.text) == (kind, "tomorrow")


def test_a_contact_card_vouches_for_nobody() -> None:
    incoming = read_whatsapp(sms("", MessageType="contacts", NumMedia="1"))
    assert (incoming.is_own, incoming.phone) == (False, "")


def test_any_sender_is_a_handle() -> None:
    for sender in ("asha.k", "IN.13491208655302741918", "HDFCBK", "57575", "+919800000001"):
        assert read_whatsapp(sms("hi", From=f"whatsapp:{sender}")).handle == sender
        assert read_sms(sms("hi", From=sender)).handle == sender


def test_the_channel_is_told_by_the_prefix_of_the_sender() -> None:
    told = ["whatsapp:+91", "+91", "HDFCBK", "whatsapp:asha", "rcs:+91", "messenger:1", "WhatsApp:+91", ""]
    channels = ["whatsapp", "sms", "sms", "whatsapp", None, None, None, "sms"]
    assert [channel_of({"From": sender}) for sender in told] == channels


@pytest.mark.parametrize(
    ("body", "text"),
    [("a\0b", "ab"), ("\ud83d x", "? x"), ("x" * 5000, "x" * 5000), (["a", "b"], "a"), ([], ""), (None, "")],
)
def test_text_that_no_database_takes_is_made_readable(body: object, text: str) -> None:
    assert read_sms({**sms(""), "Body": body}).text == text


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("2026-11-23T04:00:00+00:00", datetime(2026, 11, 23, 4, tzinfo=UTC)),
        ("2026-11-23T09:30:00+05:30", datetime(2026, 11, 23, 4, tzinfo=UTC)),
        ("2026-11-23T04:00:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_message_that_was_fetched_says_when_it_was_written(told: str, written: datetime | None) -> None:
    assert read_sms(sms("hi", DateSent=told)).sent_at == written


_NAMES = st.sampled_from([*sms("", MessageType="", Latitude="", OptOutType="", DateSent="")])


@given(st.dictionaries(_NAMES, st.text(st.characters())))
def test_nothing_that_is_posted_can_t_be_read(payload: dict[str, str]) -> None:
    incoming = read_whatsapp(payload)
    said = incoming.text + incoming.handle + incoming.provider_id
    assert said.encode().decode() == said.replace("\0", "")


def test_the_simulated_channel_reads_the_same_under_its_own_name() -> None:
    assert read(sms("STOP"), channel="sim-sms").channel == "sim-sms"
    assert read(sms("STOP"), channel="sim-sms").kind == "stopped"
