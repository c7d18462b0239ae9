"""The words that are Twilio's own: what they mean to us, and when the answer is left to us."""

import pytest

from whatsapp.read import read, read_sms, read_whatsapp
from whatsapp.reserved import HELP_WORDS, RESERVED_WORDS, START_WORDS, STOP_WORDS


def said(body: str, **more: str) -> dict[str, object]:
    return {"MessageSid": "SM1", "From": "+14155550001", "To": "+14155550100", "Body": body, **more}


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_every_word_that_stops_is_kept_and_left_to_twilio(word: str) -> None:
    for typed in (word, word.upper(), f" {word.title()}\n"):
        incoming = read_sms(said(typed))
        assert (incoming.kind, incoming.answered) == ("stopped", True)


@pytest.mark.parametrize("word", sorted(START_WORDS))
def test_every_word_that_begins_again_is_kept(word: str) -> None:
    incoming = read_sms(said(word.upper()))
    assert (incoming.kind, incoming.answered) == ("resumed", True)


@pytest.mark.parametrize("word", sorted(HELP_WORDS))
def test_a_call_for_help_by_sms_is_left_to_twilio(word: str) -> None:
    incoming = read_sms(said(word.upper()))
    assert (incoming.kind, incoming.answered) == ("text", True)


@pytest.mark.parametrize("text", ["stop please", "help me", "yes please", "बंद करो", "/stop", "1"])
def test_other_words_are_ours_to_answer(text: str) -> None:
    incoming = read_sms(said(text))
    assert (incoming.kind, incoming.answered) == ("text", False)


@pytest.mark.parametrize("word", sorted(RESERVED_WORDS))
def test_on_whatsapp_no_word_is_reserved(word: str) -> None:
    incoming = read_whatsapp(said(word, From="whatsapp:+14155550001"))
    assert (incoming.kind, incoming.answered) == ("text", False)


def test_the_simulated_phone_has_the_same_words() -> None:
    assert read(said("HELP"), channel="sim-sms").answered


@pytest.mark.parametrize(("kind", "read_as"), [("STOP", "stopped"), ("START", "resumed"), ("HELP", "text")])
def test_a_service_with_words_of_its_owner_says_what_they_mean(kind: str, read_as: str) -> None:
    for read_it in (read_sms, read_whatsapp):
        incoming = read_it(said("nako", OptOutType=kind))
        assert (incoming.kind, incoming.answered) == (read_as, True)


def test_a_short_code_without_a_service_leaves_the_answer_to_us() -> None:
    assert not read_sms(said("STOP", To="56789")).answered
    assert read_sms(said("STOP", To="56789")).kind == "stopped"
    assert read_sms(said("STOP", To="56789", MessagingServiceSid="MG1")).answered
