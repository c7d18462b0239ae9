"""What holds in every state: words that work anywhere, languages, stale taps, STOP, and input nobody asked for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.conversation.messages import Incoming
from domain.conversation.router import STATES
from persistence.memory import memory_uow
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import HOSPITAL, TODAY, Town
from tests.use_cases.clinic import SilentAnnouncer


def hindi(chat: Chat) -> str:
    """How its choice is labelled: by SMS in letters that don't make the message longer."""
    return "Hindi" if chat.channel == "sms" else "हिन्दी"


@pytest.mark.parametrize(
    "digit",
    [
        "2",
        "2.",
        "2)",
        "(2)",
        "#2",
        " 2 ",
        "२",
        "२.",
        "２",
        "٢",
        "two",
        "Two.",
        "दो",
        "option 2",
        "विकल्प २",
        "2\ufe0f\u20e3",
    ],
)
def test_a_choice_is_picked_by_its_number_in_any_script(known: Chat, digit: str) -> None:
    known.says(digit).hears("You have no appointment.")


@pytest.mark.parametrize("label", ["My appointments", "my APPOINTMENTS", "my appointments.", "/visits"])
def test_a_choice_is_picked_by_its_label_in_any_case(known: Chat, label: str) -> None:
    known.says(label).hears("You have no appointment.")


def test_unknown_words_repeat_the_question_with_its_choices(known: Chat) -> None:
    known.picks("Book")
    before = list(known.choices)
    known.says("I want the good doctor").hears("not one of the choices", "for what?")
    assert list(known.choices) == before
    known.says("99").hears("not one of the choices")


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_message_gets_a_clear_answer(known: Chat, text: str) -> None:
    known.picks("Book").says(text).hears("had no words", "for what?")


def test_a_message_of_5000_characters_gets_a_clear_answer(known: Chat) -> None:
    known.picks("Book").says("word " * 1000).hears("too long", "for what?")


def test_a_name_of_5000_characters_is_asked_for_again(chat: Chat) -> None:
    chat.says("hi").picks("I agree").says("A" * 5000).hears("at most 80 characters", "full name")


def test_a_picture_gets_a_clear_answer(known: Chat) -> None:
    known.picks("Book").sends(known.picture()).hears("text only", "for what?")


def test_words_work_anywhere(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks_day(TODAY)
    known.says("?").hears("In an emergency call 112", "MENU to begin again")
    known.says("status").hears("no appointment to follow")
    known.says("0").hears("What would you like to do?")
    known.says("मेनू").hears("What would you like to do?")


def test_back_goes_one_question_back(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks_day(TODAY).picks("10:00").hears("Book it?")
    known.says("0").hears("what time?").says("back").hears("which day?").says("0").hears("for what?")
    known.picks("Back").hears("What would you like to do?")


def test_a_newcomer_can_read_help_before_agreeing(chat: Chat) -> None:
    chat.says("hi").says("मदद").hears("In an emergency call 112").picks("Book").hears("Do you agree?")


def test_the_language_changes_at_any_time_and_stays(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").says("भाषा").hears("Which language?").picks(hindi(known))
    known.hears("अब से: हिन्दी।", "Dr. Rao: किस दिन?")
    known.says("hi").hears("आप क्या करना चाहते हैं?")
    known.says("english").hears("From now on: English.", "What would you like to do?")


def test_a_newcomer_changes_the_language_before_agreeing(chat: Chat) -> None:
    chat.says("hi").picks(hindi(chat)).hears("क्या आप सहमत हैं?").picks("मैं सहमत हूँ").hears("पूरा नाम")


@pytest.mark.parametrize("word", ["सहमत", "सहमत हूं", "मैं सहमत हूँ", "हाँ", "agree", "ok"])
def test_a_newcomer_agrees_in_a_word(town: Town, channel: str, word: str) -> None:
    chat = Chat(town, channel)
    chat.says("hi").picks(hindi(chat)).says(word).hears("पूरा नाम")


def test_a_booking_in_hindi_from_the_first_word(town: Town, channel: str) -> None:
    chat = Chat(town, channel, language="hi")
    chat.says("नमस्ते")
    if channel != "telegram":  # only Telegram tells a language
        chat.says("हिंदी")
    chat.hears("क्या आप सहमत हैं?").picks("मैं सहमत हूँ").says("आशा राव").hears("किस लिए?")
    chat.picks("Dr. Rao").says("कल १०:३० बजे").hears("मंगल 24 नवंबर 10:30। यह समय ले लें?")
    chat.says("हाँ").hears("समय तय हो गया", "टोकन 1030-01")
    assert town.booked() == [(time(10, 30), 1)]


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_an_older_messages_button_is_never_applied(town: Town, channel: str) -> None:
    known = introduced(Chat(town, channel))
    known.picks("Book").picks("Dr. Rao").picks("Earliest free")
    old = known.tap("Book it")
    known.says("menu").sends(old).hears("That was an older message.", "What would you like to do?")
    assert town.booked() == []
    assert all("message_id" not in payload for payload in known.screen), "the old message must not be edited"


def test_a_button_tapped_twice_is_answered_once_and_much_later_by_what_stands_now(town: Town) -> None:
    known = introduced(Chat(town, "telegram"))
    again = known.tap("Book")
    known.sends({**again, "update_id": 10**9 + 1}).hears("for what?")
    known.sends({**again, "update_id": 10**9 + 2})
    assert known.screen == []
    town.passes(0.1)
    known.sends({**again, "update_id": 10**9 + 3}).hears("older message", "for what?")


def test_telegram_edits_the_message_whose_button_was_tapped(town: Town) -> None:
    known = introduced(Chat(town, "telegram"))
    asked = known.asked_id
    known.picks("Book")
    assert [(p["method"], p.get("message_id")) for p in known.screen] == [("editMessageText", asked)]
    known.says("menu")
    assert [p["method"] for p in known.screen] == ["sendMessage"]


@pytest.mark.parametrize("data", ["", "c:", "c:1", "c:x:y", "c:-1:1", "c:99999999999999999999:1", "other"])
def test_a_forged_button_changes_nothing(town: Town, data: str) -> None:
    known = introduced(Chat(town, "telegram"))
    forged = {"update_id": 10**9, "callback_query": known._query(data)}
    known.sends(forged).hears("older message", "What would you like to do?")


def test_a_person_stops_and_starts_again(known: Chat) -> None:
    known.says("STOP")
    if known.channel == "sms":  # Twilio answers both
        assert known.screen == []
        assert known.says("hello").screen == []
        assert known.says("START").screen == []
        known.says("hello").hears("What would you like to do?")
        return
    known.hears("no more messages", "START").says("hello").hears("Write START")
    known.says("/start").hears("messages from us again", "What would you like to do?")


@pytest.mark.parametrize("word", ["बंद करो", "रोको", "/stop"])
def test_who_stops_by_a_word_that_twilio_does_not_know_gets_our_answer(town: Town, word: str) -> None:
    known = introduced(Chat(town, "sms"))
    known.says(word).hears("You get no more messages from us. Write START").says("hello").hears("Write START")
    assert known.says("STOP").screen == []
    known.says("START").hears("messages from us again", "What would you like to do?")
    assert known.says("STOP").screen == []
    assert known.says("hello").screen == [], "now it is Twilio that holds us back"


@pytest.mark.parametrize("word", ["HELP", "info", " Help "])
def test_what_twilio_answers_by_sms_is_not_answered_twice_and_changes_nothing(town: Town, word: str) -> None:
    known = introduced(Chat(town, "sms")).picks("Book")
    assert known.says(word).screen == []
    known.says("1").hears("which day?")


def test_where_a_short_code_stands_alone_we_answer_what_twilio_leaves_to_us(town: Town) -> None:
    known = introduced(Chat(town, "sms"))
    known.sends(known._form("HELP", To="56789")).hears("MENU to begin again")
    known.sends(known._form("STOP", To="56789")).hears("no more messages", "START")
    known.sends(known._form("START", To="56789")).hears("messages from us again")


def test_words_of_a_messaging_service_s_owner_stop_on_any_channel_and_are_not_answered_twice(
    town: Town,
) -> None:
    for channel in ("sms", "whatsapp"):
        known = introduced(Chat(town, channel))
        assert known.sends(known._form("nako", OptOutType="STOP")).screen == []
        assert known.sends(known._form("parat", OptOutType="START")).screen == []
        assert known.sends(known._form("madat", OptOutType="HELP")).screen == []
        known.says("hello").hears("What would you like to do?")


def test_a_yes_by_sms_answers_the_question_that_stands(town: Town) -> None:
    """It is one of the words that begin again; to nobody but who has stopped does it mean that."""
    chat = Chat(town, "sms")
    chat.says("hi").says("YES").hears("full name").says("Asha Rao")
    chat.picks("Dr. Rao").picks("Earliest free").says("Yes").hears("booked.")
    chat.says("STOP")
    assert chat.says("yes").screen == []
    chat.says("status").hears("Dr. Rao, token")


def test_confirm_says_yes_where_there_is_something_to_confirm(known: Chat) -> None:
    known.says("CONFIRM").hears("You have no appointment.")
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").says("CONFIRM").hears("booked.")
    known.says("confirm").hears("Your appointments:")


def test_move_moves_the_visit_that_is_meant(known: Chat) -> None:
    known.says("MOVE").hears("You have no appointment.")
    known.says("book").picks("Dr. Rao").says("today 10:00").picks("Book it")
    known.says("menu").says("move").hears("Dr. Rao: you have Mon 23 Nov 10:00. Which day instead?")
    known.says("book").picks("Dr. Sen").says("today 11:00").picks("Book it")
    known.says("MOVE").hears("Dr. Sen: you have Mon 23 Nov 11:00. Which day instead?")
    known.says("menu").says("MOVE").hears("Your appointments:")


def test_move_says_why_a_visit_cannot_be_moved(tmp_path: Path, channel: str) -> None:
    hospital = replace(HOSPITAL, cancel_cutoff_minutes=120)
    known = introduced(Chat(Town(memory_uow(SilentAnnouncer()), folder=tmp_path, hospital=hospital), channel))
    known.says("book").picks("Dr. Rao").says("today 10:00").picks("Book it")
    known.says("menu").says("MOVE").hears("until 120 minutes before", "Dr. Rao:", "Token 10-01")


@pytest.mark.parametrize("link", ["/start closed-long-ago", "site:closed-long-ago"])
def test_the_link_of_a_site_that_is_gone_says_so_and_offers_those_there_are(
    chat: Chat, known: Chat, link: str
) -> None:
    known.says(link).hears("no place of that name", "Which place?")
    assert "City Hospital" in known.choices


def test_a_newcomer_by_the_link_of_a_site_that_is_gone_is_welcome_all_the_same(chat: Chat) -> None:
    chat.says("/start closed-long-ago").hears("no place of that name", "Do you agree?")


def test_stop_is_kept_with_the_address(town: Town, known: Chat) -> None:
    known.says("stop")
    with town.uow() as uow:
        address = uow.people.address(channel=known.channel, handle=known.handle, now=town.now())
    assert address.stopped_at == town.now()


def test_messages_that_wait_are_answered_in_order(town: Town, known: Chat) -> None:
    known.leaves(known.written("book")).leaves(known.written("Dr. Rao, bones and joints")).leaves(
        known.written("today 10:00")
    )
    known.looks().hears("Mon 23 Nov 10:00. Book it?")


SAID = "Asha Rao +919800000001"


def failing(town: Town) -> Mapping[str, object]:
    """A message on which this town's reading fails, with what a person may have written in the error."""
    telegram = town.services.channels["telegram"]

    def read(payload: Mapping[str, object]) -> Incoming:
        if payload["update_id"] == 10**9:
            raise ValueError(SAID)
        return telegram.read(payload)

    channels = {"telegram": replace(telegram, read=read)}
    town.services = replace(town.services, channels=channels)
    chat = {"id": 4711, "type": "private"}
    return {"update_id": 10**9, "message": {"message_id": 1, "date": 0, "chat": chat}}


def test_a_message_that_fails_is_set_aside_with_an_apology_and_the_next_is_answered(town: Town) -> None:
    known = introduced(Chat(town, "telegram"))
    broken = failing(town)
    for _ in range(4):
        assert known.sends(broken).screen == []
    known.leaves(known.written("book")).looks()
    known.hears("did not work on our side", "nothing was changed", "for what?")


def test_the_menu_under_an_apology_works(town: Town) -> None:
    known = introduced(Chat(town, "telegram"))
    known.leaves(failing(town))
    for _ in range(5):
        known.looks()
    known.picks("Menu").hears("What would you like to do?")


def test_a_message_that_fails_leaves_no_name_in_the_log(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    known = introduced(Chat(town, "telegram"))
    known.sends(failing(town))
    assert "inbox row" in caplog.text
    assert "Asha" not in caplog.text
    assert "98000" not in caplog.text


def test_no_conversation_ever_holds_a_name(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").picks("Book it").says("visits")
    with town.uow() as uow:
        address = uow.people.address(channel=known.channel, handle=known.handle, now=town.now())
        conversation = uow.conversations.lock(address.id)
    assert "Asha" not in repr(conversation)
    assert address.display_name == "Asha Rao"


GLOBAL = [
    "hi",
    "book",
    "more",
    "back",
    "yes",
    "no",
    "menu",
    "visits",
    "status",
    "language",
    "हिन्दी",
    "english",
    "help",
    "new",
]
PICKS = ["1", "2", "3", "7", "0", "tomorrow 10:30", "today", "25:99", "24/11"]
OTHERS = ["STOP", "START", "Asha", "/start city-hospital"]
WORDS = st.sampled_from([*GLOBAL, *PICKS, *OTHERS])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    channel=st.sampled_from(["telegram", "whatsapp", "sms"]),
    words=st.lists(WORDS | st.text(max_size=12), min_size=1, max_size=14),
)
def test_no_words_can_break_the_flow(tmp_path: Path, channel: str, words: list[str]) -> None:
    town = Town(memory_uow(SilentAnnouncer()), folder=tmp_path, is_wired=False)
    chat = Chat(town, channel)
    for word in words:
        chat.says(word)
        chat.hears_no("did not work on our side")
        with town.uow() as uow:
            assert uow.inbox.waiting(channel=channel, handle=chat.handle, limit=1) == []
            address = uow.people.address(channel=channel, handle=chat.handle, now=town.now())
            assert uow.conversations.lock(address.id).state in {*STATES, "start"}
    assert all(taken <= 2 for _, taken in town.booked())
