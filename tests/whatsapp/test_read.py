"""Twilio's form parameters, and what we make of them."""

import pytest

from whatsapp.read import read_simulated_sms, read_sms, read_whatsapp


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


@pytest.mark.parametrize("more", [{"NumMedia": "1"}, {"Latitude": "1.2", "Longitude": "3.4"}])
def test_media_and_places_are_unsupported(more: dict[str, str]) -> None:
    assert read_whatsapp(sms("", **more)).kind == "unsupported"


def test_the_simulated_channel_reads_the_same_under_its_own_name() -> None:
    assert read_simulated_sms(sms("STOP")).channel == "sim-sms"
    assert read_simulated_sms(sms("STOP")).kind == "stopped"
