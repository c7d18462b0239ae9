"""What clients expect: a calendar, ways out, edits, places, groups, late messages. Forged data does nothing."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.conversation.router import STATES
from domain.events import SYSTEM
from domain.people import Address
from domain.use_cases.administer import make_day
from persistence.memory import memory_uow
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import TODAY, TOMORROW, Town
from tests.use_cases.clinic import SilentAnnouncer

GROUP = {"id": -100, "type": "supergroup", "title": "Ward 3"}


@pytest.fixture
def telegram(town: Town) -> Chat:
    return introduced(Chat(town, "telegram"))


def address(chat: Chat) -> Address:
    with chat.town.uow() as uow:
        found = uow.people.address(channel=chat.channel, handle=chat.handle, now=chat.town.now())
        uow.rollback()
    return found


def labels(chat: Chat) -> list[list[str]]:
    return [[str(key["text"]) for key in row] for row in chat.keyboard]


def open_day(town: Town, day: date) -> None:
    with town.uow() as uow:
        make_day(
            uow,
            service_id=town.rao,
            day=day,
            opens=time(9, 30),
            closes=time(10),
            slot_minutes=30,
            capacity=2,
            actor=SYSTEM,
            now=town.now(),
        )
        uow.commit()


def late(chat: Chat, payload: Mapping[str, Any], *, minutes: float) -> Mapping[str, Any]:
    """The same, written so long ago."""
    written = int((chat.town.now() - timedelta(minutes=minutes)).timestamp())
    return {**payload, "message": {**payload["message"], "date": written}}


def member(chat: Chat, status: str) -> Mapping[str, object]:
    bot = {"id": 99, "is_bot": True, "first_name": "ThreeAway"}
    change = {
        "chat": chat._message()["chat"],
        "from": chat._message()["from"],
        "date": 1,
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": {"user": bot, "status": status, "until_date": 0},
    }
    return chat._update(my_chat_member=change)


def test_days_are_picked_from_a_months_grid(telegram: Chat) -> None:
    telegram.picks("Book").picks("Dr. Rao").hears("which day?")
    assert labels(telegram) == [
        ["Earliest free: Mon 23 Nov 09:30"],
        ["November 2026"],
        ["M", "T", "W", "T", "F", "S", "S"],
        ["23", "24", "25", "26", " ", " ", " "],
        ["Back", "Menu"],
    ]
    telegram.picks_day(TOMORROW).hears("Dr. Rao, Tue 24 Nov: what time?")


def test_arrows_turn_to_the_months_before_and_after_that_have_free_days(town: Town, telegram: Chat) -> None:
    town.passes(68 * 24 * 60)  # 30 January: the days that are offered end in March
    for day in (date(2027, 1, 31), date(2027, 2, 8), date(2027, 3, 1)):
        open_day(town, day)
    telegram.says("book").picks("Dr. Rao")
    assert labels(telegram)[1] == ["January 2027", "›"]
    telegram.picks("›")
    assert labels(telegram) == [
        ["‹", "February 2027", "›"],
        ["M", "T", "W", "T", "F", "S", "S"],
        ["8", " ", " ", " ", " ", " ", " "],
        ["Back", "Menu"],
    ]
    telegram.picks("›")
    assert labels(telegram)[0] == ["‹", "March 2027"]
    telegram.picks("‹").picks("‹")
    assert labels(telegram)[1] == ["January 2027", "›"]
    telegram.says("more").picks_day(date(2027, 2, 8)).hears("Mon 8 Feb: what time?")


def test_back_below_a_later_month_leaves_the_question_and_a_typed_word_turns_the_page(
    town: Town, telegram: Chat
) -> None:
    open_day(town, date(2026, 12, 21))
    telegram.picks("Book").picks("Dr. Rao").picks("›").picks("Back").hears("for what?")
    telegram.picks("Dr. Rao").says("21 dec").hears("Mon 21 Dec: what time?")


def test_an_empty_day_answers_nothing_and_changes_nothing(telegram: Chat) -> None:
    telegram.picks("Book").picks("Dr. Rao")
    shown = telegram.screen
    assert telegram.sends(telegram._update(callback_query=telegram._query("n"))).screen == []
    telegram.screen = shown
    telegram.picks_day(TODAY).hears("Mon 23 Nov: what time?")


def test_back_and_menu_stand_under_every_question_where_a_button_costs_nothing(telegram: Chat) -> None:
    below = [["Back", "Menu"]]
    for step in ("Book", "Dr. Rao", "Today", "10:00"):
        telegram.picks_day(TODAY) if step == "Today" else telegram.picks(step)
        assert labels(telegram)[-1:] == below
    telegram.picks("Back").hears("what time?").picks("Menu").hears("What would you like to do?")
    assert "Menu" not in telegram.choices
    for word in ("visits", "language", "privacy"):
        telegram.says(word)
        assert labels(telegram)[-1] in (["Back", "Menu"], ["Menu"])
    telegram.says("book").picks("Dr. Rao").picks("Earliest free").picks("Book it")
    assert labels(telegram)[-1] == ["Menu"]
    telegram.picks("My appointments").picks("Mon 23 Nov").picks("Cancel this visit")
    assert labels(telegram) == [["Yes, cancel it"], ["No, keep it"], ["Back", "Menu"]]


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_where_every_line_costs_the_screens_stay_short(chat: Chat, channel: str) -> None:
    chat.says("hi")
    assert list(chat.choices) == ["I agree", "Hindi" if channel == "sms" else "हिन्दी"]
    chat.picks("I agree")
    assert not chat.choices
    chat.says("Asha Rao").picks("Dr. Rao")
    assert "Menu" not in chat.choices


def test_a_newcomer_may_decline_and_is_told_what_was_kept_and_how_to_come_back(town: Town) -> None:
    chat = Chat(town, "telegram").says("hi").picks("No, thanks")
    chat.hears("Your name was not kept", "Write HI")
    assert (address(chat).consent_at, address(chat).display_name) == (None, None)
    chat.says("book").hears("Do you agree?")


@pytest.mark.parametrize("words", ["no", "No, thanks", "नहीं"])
def test_a_newcomer_may_decline_in_words_where_no_choice_offers_it(chat: Chat, words: str) -> None:
    chat.says("hi").says(words).hears("Your name was not kept", "Write HI")
    assert address(chat).consent_at is None
    chat.picks("Begin again").hears("Do you agree?")


@pytest.mark.parametrize("words", ["I agree", "मैं सहमत हूँ", "yes"])
def test_a_newcomer_agrees_in_either_language(chat: Chat, words: str) -> None:
    chat.says("hi").says("हिन्दी").says(words).hears("आपका पूरा नाम क्या है?")
    assert address(chat).consent_at is not None


def test_a_newcomer_goes_back_from_the_name_and_takes_the_agreement_back(town: Town) -> None:
    chat = Chat(town, "telegram").says("hi").picks("I agree").hears("full name")
    assert labels(chat) == [["Back"]]
    assert address(chat).consent_at is not None
    chat.picks("Back").hears("Do you agree?").picks("No, thanks")
    assert address(chat).consent_at is None


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/start", "What would you like to do?"),
        ("/start city-hospital", "City Hospital: for what?"),
        ("/start nowhere", "no place of that name"),
        ("/book", "for what?"),
        ("/my", "no appointment"),
        ("/track", "no appointment to follow"),
        ("/here", "no appointment to follow"),
        ("late", "no appointment to follow"),
        ("leave", "no appointment to follow"),
        ("/language", "Which language?"),
        ("/help", "MENU to begin again"),
        ("/privacy", "Write STOP to get no more messages"),
    ],
)
def test_commands_work_on_every_channel_in_every_state(known: Chat, command: str, says: str) -> None:
    known.picks("Book").picks("Dr. Rao").says(command).hears(says)
    if " " not in command and (known.channel, command) != ("sms", "/help"):  # that Twilio answers
        known.says(command.removeprefix("/")).hears(says)


@pytest.mark.parametrize(
    ("command", "says"),
    [("/help", "MENU to begin again"), ("/privacy", "ask at the desk"), ("/language", "Which language?")],
)
def test_a_stranger_may_ask_for_help_privacy_and_language_before_anything_else(
    chat: Chat, command: str, says: str
) -> None:
    chat.says(command).hears(says).hears_no("Do you agree?")
    chat.says("0" if command != "/help" else "menu").hears("Do you agree?")


def test_stop_is_a_command_too(known: Chat) -> None:
    known.picks("Book").says("/stop")
    assert address(known).stopped_at is not None


def test_privacy_leads_back_to_the_question_that_was_left(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").says("privacy").picks("Back").hears("Dr. Rao: which day?")


def test_an_unknown_command_is_answered_and_never_taken_for_a_name(chat: Chat) -> None:
    chat.says("hi").picks("I agree").says("/foo").hears("no such command", "full name")
    chat.says("/help").hears("MENU to begin again").says("menu").says("/book").hears("full name")
    chat.hears_no("no such command")
    chat.says("Asha Rao").says("/foo").hears("no such command", "for what?")
    assert address(chat).display_name == "Asha Rao"


def test_an_edited_message_is_not_read_again(telegram: Chat) -> None:
    telegram.picks("Book")
    edited = telegram._update(edited_message=telegram._message(text="2", edit_date=1))
    telegram.sends(edited).hears("changed later is not read again", "for what?")


def test_a_location_is_refused_and_the_question_asked_again(telegram: Chat) -> None:
    place = {"latitude": 18.5, "longitude": 73.8}
    telegram.picks("Book")
    telegram.sends(telegram._update(message=telegram._message(location=place)))
    telegram.hears("uses your location", "for what?")


def test_the_keyboard_for_ones_number_goes_when_the_number_has_come(telegram: Chat) -> None:
    telegram.picks("Add my phone number")
    assert labels(telegram) == [["Share my phone number"], ["Menu"]]
    assert telegram.keyboard[0][0]["request_contact"] is True
    own = {"phone_number": "919800000041", "first_name": "A", "user_id": int(telegram.handle)}
    telegram.sends(telegram._update(message=telegram._message(contact=own)))
    said, asked = telegram.screen
    assert (said["text"], said["reply_markup"]) == (
        "Your phone number ending in 41 is kept.",
        {"remove_keyboard": True},
    )
    assert asked["text"] == "What would you like to do?"
    telegram.picks("Book").hears("for what?")
    assert len(telegram.screen) == 1


def test_the_keyboard_for_ones_number_goes_when_another_question_comes(telegram: Chat) -> None:
    telegram.picks("Add my phone number").picks("Menu")
    said, asked = telegram.screen
    assert (said["text"], said["reply_markup"]) == ("All right.", {"remove_keyboard": True})
    assert "inline_keyboard" in asked["reply_markup"]


def test_being_blocked_is_kept_without_an_answer_until_the_person_is_back(telegram: Chat) -> None:
    assert telegram.sends(member(telegram, "kicked")).screen == []
    assert address(telegram).blocked_at == telegram.town.now()
    assert telegram.sends(member(telegram, "member")).screen == []
    assert address(telegram).blocked_at is None
    telegram.sends(member(telegram, "kicked")).says("/start").hears("What would you like to do?")
    assert address(telegram).blocked_at is None


def test_being_blocked_by_a_stranger_begins_no_conversation(town: Town) -> None:
    chat = Chat(town, "telegram")
    assert chat.sends(member(chat, "kicked")).screen == []
    chat.says("hi").hears("Do you agree?")


def test_a_group_is_told_once_a_minute_that_it_works_in_private(town: Town) -> None:
    group = Chat(town, "telegram", "-100")

    def said(text: str) -> Mapping[str, object]:
        return group._update(message=group._message(chat=GROUP, text=text))

    group.sends(said("book")).hears("private chat only")
    assert "reply_markup" not in group.screen[0]
    for text in ("1", "stop", "/start city-hospital", "/start city-hospital"):
        assert group.sends(said(text)).screen == []
    town.passes(1)
    group.sends(said("/start city-hospital")).hears("private chat only").hears_no("City Hospital")
    with town.uow() as uow:
        conversation = uow.conversations.lock(address(group).id)
    assert (conversation.state, conversation.choices, conversation.site_id) == ("start", (), None)
    assert address(group).stopped_at is None


def test_a_late_message_answers_no_question_but_words_still_work(telegram: Chat) -> None:
    for answer in ("1", "Dr. Rao, bones and joints", "0", "yes"):
        telegram.says("book")
        telegram.sends(late(telegram, telegram.written(answer), minutes=5.1))
        telegram.hears("more than 5 minutes on its way", "for what?")
    telegram.picks("Dr. Rao")
    for answer in ("tomorrow 10:30", "today", "9:30"):
        telegram.sends(late(telegram, telegram.written(answer), minutes=6)).hears("on its way", "which day?")
    telegram.sends(late(telegram, telegram.written("menu"), minutes=600)).hears("What would you like to do?")


def test_a_message_of_five_minutes_is_still_an_answer(telegram: Chat) -> None:
    telegram.says("book").sends(late(telegram, telegram.written("1"), minutes=4.9)).hears("which day?")


def test_times_that_went_meanwhile_are_neither_skipped_nor_shown_twice(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Sen").picks_day(TODAY)
    first = [label for label in known.choices if ":" in label]
    with town.uow() as uow:
        slots = uow.slots.of_day(service_id=town.sen, day=TODAY)
        gone = {f"{slot.start_time:%H:%M}" for slot in slots[:2]} | {first[-1]}
        for slot in slots:
            if f"{slot.start_time:%H:%M}" in gone:
                uow.slots.close(slot.id)
        uow.commit()
    known.picks("More")
    then = [label for label in known.choices if ":" in label]
    every = [f"{slot.start_time:%H:%M}" for slot in slots]
    assert then[0] == every[every.index(first[-1]) + 1]
    known.says(str(len(first) - 1)).hears(f"{first[-2]}. Book it?")


FORGED = [
    "c:0:1", "c:999999999999:1", "c:t:1:leave", "c:t:999999999999999999999:here", "c:t:-1:leave", "t:1:leave",
    "c:1:-1", "c:-1:1", "c:1:99999999999999999999", "c:1:m", "c:1:p", "c:1:z", "n", "nn", "😀" * 16, "x" * 64,
    "c:1:1' OR 1=1 --", "c:1:1;DROP TABLE tickets", "c:١:٢", "c:1:1\0", "c::", "c:",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    taps=st.lists(
        st.sampled_from(FORGED)
        | st.text(max_size=64)
        | st.builds("c:{}:{}".format, st.integers(-5, 10**13), st.integers(-5, 10**13))
        | st.builds(
            "c:t:{}:{}".format, st.integers(-5, 50), st.sampled_from(["here", "late", "leave", "refresh"])
        ),
        min_size=1,
        max_size=6,
    ),
    steps=st.integers(0, 3),
)
def test_forged_buttons_have_no_effect_and_get_the_current_truth(
    tmp_path: Path, taps: list[str], steps: int
) -> None:
    town = Town(memory_uow(SilentAnnouncer()), folder=tmp_path, is_wired=False)
    owner = introduced(Chat(town, "telegram", "5001")).picks("Book").picks("Dr. Rao").picks("Earliest free")
    owner.picks("Book it")
    town.start()
    chat = introduced(Chat(town, "telegram"))
    for step in ("Book", "Dr. Rao", "Earliest free")[:steps]:
        chat.picks(step)
    truth = asks(chat)
    current = f"c:{revision(chat)}:"
    for data in taps:
        if data.startswith(current):
            continue  # that is a button which is there
        chat.sends(chat._update(callback_query=chat._query(data)))
        if chat.screen:
            chat.hears("older message", truth)
            assert all(payload["method"] == "sendMessage" for payload in chat.screen)
            current = f"c:{revision(chat)}:"
        assert town.booked() == [(time(9, 30), 1)]
        with town.uow() as uow:
            assert uow.conversations.lock(address(chat).id).state in STATES
    owner.says("status").hears("0930-01")


def asks(chat: Chat) -> str:
    """The question on the screen, which is the last paragraph."""
    return chat.heard.rpartition("\n\n")[2]


def revision(chat: Chat) -> int:
    with chat.town.uow() as uow:
        return uow.conversations.lock(address(chat).id).revision
