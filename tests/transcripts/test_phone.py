"""Adding one's phone number, and joining the chats of one person by a code."""

import re
from datetime import time, timedelta

import pytest

from domain.use_cases.deliver import work_outbox
from persistence.memory.state import State
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import Place, Town
from tests.transcripts.twilio_wire import twilio_wire
from tests.twilio.twilio_api import TwilioApi

NUMBER = "+919800000041"


@pytest.fixture
def phone(town: Town) -> TwilioApi:
    """What arrives on the other chats."""
    return twilio_wire().api


@pytest.fixture
def telegram(town: Town, phone: TwilioApi) -> Chat:
    return introduced(Chat(town, "telegram"))


@pytest.fixture
def sms(town: Town, phone: TwilioApi) -> Chat:
    return introduced(Chat(town, "sms", NUMBER))


def shares(chat: Chat, number: str = NUMBER, *, owner: int | None = None) -> Chat:
    contact = {"phone_number": number, "first_name": "A", "user_id": owner or int(chat.handle)}
    return chat.sends(chat._update(message=chat._message(contact=contact)))


def arrives(town: Place, phone: TwilioApi) -> str:
    """Sends what is due, as a worker does, and returns the last of it."""
    with town.uow() as uow:
        later = town.now() + timedelta(days=1)
        due = uow.outbox.due(now=town.now(), hinted_before=later, limit=100)
    work_outbox(town.services, [outbox_id for outbox_id, _ in due])
    return phone.messages[-1].body


def code_in(text: str) -> str:
    (code,) = re.findall(r"\b\d{6}\b", text)
    return str(code)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def visits(chat: Chat) -> list[str]:
    return [label for label in chat.says("visits").choices if "Dr." in label]


def books(chat: Chat, doctor: str, when: str) -> None:
    chat.says("book").picks(doctor).says(when).picks("Book it").hears("booked.")


def state_of(town: Town) -> State:
    with town.uow() as uow:
        state: State = uow._state  # type: ignore[attr-defined]
    return state


def test_a_number_that_nobody_knows_is_kept_at_once(telegram: Chat, town: Town) -> None:
    telegram.picks("Add my phone number").hears("with the button below")
    shares(telegram, NUMBER.removeprefix("+")).hears("ending in 41 is kept", "What would you like to do?")
    telegram.hears_no(NUMBER, NUMBER[3:])
    assert "Add my phone number" not in telegram.choices
    with town.uow() as uow:
        address = uow.people.address(channel="telegram", handle=telegram.handle, now=town.now())
    assert (address.phone, address.verified_at) == (NUMBER, town.now())


def test_only_a_channel_that_shares_numbers_offers_it(sms: Chat) -> None:
    assert "Add my phone number" not in sms.says("menu").choices


def test_the_person_s_record_gets_the_number(telegram: Chat, town: Town) -> None:
    books(telegram, "Dr. Rao", "today 10:00")
    shares(telegram)
    with town.uow() as uow:
        address = uow.people.address(channel="telegram", handle=telegram.handle, now=town.now())
        assert [user.phone for user in uow.people.users_of(address.id)] == [NUMBER]


def test_somebody_else_s_contact_is_refused_and_says_nothing_of_them(
    telegram: Chat, sms: Chat, town: Town
) -> None:
    telegram.picks("Add my phone number")
    shares(telegram, owner=999).hears("somebody else's number", "with the button below").hears_no("known")
    with town.uow() as uow:
        address = uow.people.address(channel="telegram", handle=telegram.handle, now=town.now())
    assert address.phone is None
    assert "code" not in {row.notice.kind.value for row in state_of(town).outbox.values()}


def test_a_newcomer_s_number_is_not_kept_before_they_agree(town: Town) -> None:
    chat = Chat(town, "telegram").says("hi")
    shares(chat).hears("was not kept", "Do you agree?")
    with town.uow() as uow:
        assert uow.people.address(channel="telegram", handle="4711", now=town.now()).phone is None


def test_a_newcomer_is_told_whose_number_it_is_not(town: Town) -> None:
    chat = Chat(town, "telegram").says("hi")
    shares(chat, owner=5001).hears("somebody else's number", "Do you agree?").hears_no("Your phone number")


def test_a_code_that_was_sent_is_not_said_to_go_out_again(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    shares(telegram)
    code = code_in(arrives(town, phone))
    town.passes(1)
    telegram.says(another(code)).hears("4 tries are left", "was sent by SMS", "ending in 41").hears_no("now")
    telegram.picks("Send a new code").hears("goes to it now by SMS")


def test_a_number_that_is_none_is_refused_with_a_way_on(telegram: Chat) -> None:
    telegram.picks("Add my phone number")
    shares(telegram, "+88801").hears("not a number that we can read", "with the button below")


def test_two_chats_of_one_person_are_joined_by_a_code(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    books(sms, "Dr. Rao", "today 10:00")
    assert visits(telegram) == []
    shares(telegram).hears("ending in 41 is known here already", "by SMS", "within 10 minutes")
    telegram.hears_no(NUMBER)
    text = arrives(town, phone)
    assert "joins your Telegram chat" in text
    assert "tell it to nobody" in text
    telegram.says(code_in(text)).hears("Done. Your visits are now the same in both chats.")
    assert visits(telegram) == visits(sms) == ["Mon 23 Nov 10:00 Dr. Rao"]
    books(telegram, "Dr. Sen", "today 11:00")
    assert visits(telegram) == visits(sms) == ["Mon 23 Nov 10:00 Dr. Rao", "Mon 23 Nov 11:00 Dr. Sen"]
    sms.picks("Mon 23 Nov 11:00").picks("Cancel this visit").picks("Yes, cancel it")
    assert visits(telegram) == ["Mon 23 Nov 10:00 Dr. Rao"]


def test_what_a_code_costs_is_among_the_costs_of_the_site(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    site_id = town.hospital.id
    day = {"since": town.now() - timedelta(days=1), "until": town.now() + timedelta(days=1)}
    with town.uow() as uow:
        before = uow.message_log.totals(site_id=site_id, **day).segments
    shares(telegram)
    assert "joins your Telegram chat" in arrives(town, phone)
    with town.uow() as uow:
        assert uow.message_log.totals(site_id=site_id, **day).segments > before


def test_what_both_chats_had_booked_stays_even_on_one_day(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    books(sms, "Dr. Rao", "today 10:00")
    books(telegram, "Dr. Rao", "today 11:00")
    shares(telegram)
    telegram.says(code_in(arrives(town, phone))).hears("Done.")
    both = ["Mon 23 Nov 10:00 Dr. Rao", "Mon 23 Nov 11:00 Dr. Rao"]
    assert visits(telegram) == visits(sms) == both
    telegram.says("book").picks("Dr. Rao").says("today 11:30").picks("Book it").hears(
        "already have a booking"
    )
    assert town.booked() == [(time(10), 1), (time(11), 1)]


def test_chats_without_a_visit_are_joined_for_those_to_come(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    shares(telegram)
    telegram.says(code_in(arrives(town, phone))).hears("Done.")
    books(sms, "Dr. Rao", "today 10:00")
    assert visits(telegram) == ["Mon 23 Nov 10:00 Dr. Rao"]


def test_names_languages_and_agreement_stay_each_chat_s_own(sms: Chat, town: Town, phone: TwilioApi) -> None:
    telegram = Chat(town, "telegram", language="hi")
    telegram.says("hi").picks("मैं सहमत हूँ").says("आशा").says("menu")
    shares(telegram)
    telegram.says(code_in(arrives(town, phone))).hears("हो गया")
    with town.uow() as uow:
        mine = uow.people.address(channel="telegram", handle=telegram.handle, now=town.now())
        theirs = uow.people.address(channel="sms", handle=NUMBER, now=town.now())
    assert [(a.display_name, a.language) for a in (mine, theirs)] == [("आशा", "hi"), ("Asha Rao", "en")]


def test_a_third_chat_of_the_number_is_asked_next(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    town.passes(1)
    whatsapp = introduced(Chat(town, "whatsapp", NUMBER))
    books(whatsapp, "Dr. Rao", "today 10:00")
    books(sms, "Dr. Sen", "today 11:00")
    shares(telegram).hears("by SMS")
    telegram.says(code_in(arrives(town, phone))).hears("Done.", "by WhatsApp")
    telegram.says(code_in(arrives(town, phone))).hears("Done.", "What would you like to do?")
    assert visits(telegram) == visits(sms) == visits(whatsapp)
    assert len(visits(telegram)) == 2
    shares(telegram).hears("ending in 41 is kept")


def test_a_code_is_read_with_spaces_and_in_any_script(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    shares(telegram)
    code = code_in(arrives(town, phone)).translate(str.maketrans("0123456789", "०१२३४५६७८९"))
    telegram.says(f" {code[:3]} {code[3:]}").hears("Done.")


def test_five_wrong_codes_end_it_and_the_right_one_comes_too_late(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    books(sms, "Dr. Rao", "today 10:00")
    shares(telegram)
    code = code_in(arrives(town, phone))
    for left in (4, 3, 2):
        telegram.says(another(code)).hears(f"not the code. {left} tries are left")
    telegram.says("12345").hears("six digits")
    telegram.says(another(code)).hears("1 try is left")
    telegram.says(another(code)).hears("works no more", "No code is on its way")
    telegram.says(code).hears("works no more")
    assert visits(telegram) == []


def test_a_code_ends_after_ten_minutes_and_a_new_one_works(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    shares(telegram)
    code = code_in(arrives(town, phone))
    town.passes(10)
    telegram.says(code).hears("works no more", "No code is on its way").picks("Send a new code")
    telegram.hears("goes to it now by SMS").says(code_in(arrives(town, phone))).hears("Done.")


def test_a_new_code_ends_the_one_before(telegram: Chat, sms: Chat, town: Town, phone: TwilioApi) -> None:
    shares(telegram)
    first = code_in(arrives(town, phone))
    telegram.picks("Send a new code")
    second = code_in(arrives(town, phone))
    if first != second:
        telegram.says(first).hears("not the code")
    telegram.says(second).hears("Done.")


def test_a_code_that_was_not_sent_yet_costs_no_try(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    shares(telegram)
    telegram.says("123456").hears("still on its way")
    code = code_in(arrives(town, phone))
    telegram.says(another(code)).hears("4 tries are left")


def test_three_codes_an_hour_are_the_most(telegram: Chat, sms: Chat, town: Town, phone: TwilioApi) -> None:
    shares(telegram)
    for _ in range(2):
        telegram.picks("Send a new code").hears("A code of six digits")
    telegram.picks("Send a new code").hears("Three codes were sent", "What would you like to do?")
    town.passes(60)
    shares(telegram).hears("A code of six digits")


def test_a_chat_that_takes_no_messages_gets_no_code_and_the_person_a_way_on(
    telegram: Chat, sms: Chat, town: Town
) -> None:
    sms.says("STOP")
    shares(telegram).hears("gets no messages from us", "Write START there", "What would you like to do?")
    assert "code" not in {row.notice.kind.value for row in state_of(town).outbox.values()}
    sms.says("START")
    shares(telegram).hears("A code of six digits")


def test_the_code_itself_is_kept_nowhere_but_on_the_phones(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi, caplog: pytest.LogCaptureFixture
) -> None:
    shares(telegram)
    code = code_in(arrives(town, phone))
    (row,) = (row for row in state_of(town).outbox.values() if row.notice.kind.value == "code")
    assert row.state == "sent"
    assert "***" in row.said[0]
    telegram.says(another(code)).says(code)
    state = state_of(town)
    for kept in (state.outbox, state.link_codes, state.conversations, state.events, state.addresses):
        assert code not in repr(kept)
    assert code not in caplog.text


def test_joining_is_on_record_without_personal_data(
    telegram: Chat, sms: Chat, town: Town, phone: TwilioApi
) -> None:
    books(sms, "Dr. Rao", "today 10:00")
    shares(telegram)
    telegram.says(code_in(arrives(town, phone)))
    (joined,) = (r.event for r in state_of(town).events.values() if r.event.name.value == "addresses_joined")
    assert set(joined.data) <= {"address", "target", "user", "was"}
    assert all(isinstance(value, int) for value in joined.data.values())
    assert joined.organisation_id == town.hospital.organisation_id


def test_digits_mean_a_choice_where_no_code_is_asked_for(telegram: Chat) -> None:
    telegram.says("123456").hears("not one of the choices")
