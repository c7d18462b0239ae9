"""A phone that the channel itself vouches for: joining by code where it is known elsewhere, and "also by SMS"."""

from pathlib import Path

import pytest

from domain.people import CONSENT_VERSION, Address
from persistence.memory import memory_uow
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.test_phone import (
    arrives,
    books,
    code_in,
    phone,  # noqa: F401 - a fixture
    shares,
    state_of,
    visits,
)
from tests.transcripts.town import Town
from tests.twilio.twilio_api import TwilioApi
from tests.use_cases.clinic import SilentAnnouncer

NUMBER = "+919800000041"


def address(town: Town, channel: str, handle: str = NUMBER) -> Address | None:
    found = (a for a in state_of(town).addresses.values() if (a.channel, a.handle) == (channel, handle))
    return next(found, None)


def users(town: Town, channel: str, handle: str = NUMBER) -> list[int]:
    known = address(town, channel, handle)
    assert known is not None
    with town.uow() as uow:
        return [user.id for user in uow.people.users_of(known.id)]


@pytest.fixture
def whatsapp(town: Town, phone: TwilioApi) -> Chat:  # noqa: F811
    return introduced(Chat(town, "whatsapp", NUMBER))


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_who_agrees_on_a_chat_of_their_phone_has_its_number_verified(town: Town, channel: str) -> None:
    chat = Chat(town, channel, NUMBER).says("hi")
    before = address(town, channel)
    assert before is not None
    assert before.phone is None
    chat.picks("I agree")
    agreed = address(town, channel)
    assert agreed is not None
    assert (agreed.phone, agreed.verified_at) == (NUMBER, town.now())


@pytest.mark.parametrize("name", ["asha.rao", "4711", "IN.1a2b3c4d", "+12"])
def test_a_user_name_is_no_phone_and_has_no_sms(tmp_path: Path, name: str) -> None:
    town = Town(memory_uow(SilentAnnouncer()), folder=tmp_path, is_wired=False)
    chat = Chat(town, "whatsapp")
    chat.handle = name
    introduced(chat)
    kept = address(town, "whatsapp", name)
    assert kept is not None
    assert (kept.phone, kept.verified_at) == (None, None)
    assert "Also by SMS" not in chat.says("menu").choices


def test_a_chat_that_is_known_nowhere_else_offers_no_joining(whatsapp: Chat) -> None:
    assert "Join my other chat" not in whatsapp.says("menu").choices


@pytest.mark.parametrize(
    ("here", "there", "named"), [("whatsapp", "sms", "SMS"), ("sms", "whatsapp", "WhatsApp")]
)
def test_two_chats_of_one_phone_are_joined_by_a_code(
    town: Town,
    phone: TwilioApi,  # noqa: F811
    here: str,
    there: str,
    named: str,
) -> None:
    other = introduced(Chat(town, there, NUMBER))
    books(other, "Dr. Rao", "today 10:00")
    chat = introduced(Chat(town, here, NUMBER))
    assert visits(chat) == []
    chat.says("menu").picks("Join my other chat").hears("ending in 41", f"by {named}").hears_no(NUMBER)
    chat.says(code_in(arrives(town, phone))).hears("Done. Your visits are now the same in both chats.")
    assert visits(chat) == visits(other) == ["Mon 23 Nov 10:00 Dr. Rao"]
    for each in (chat, other):
        assert "Join my other chat" not in each.says("menu").choices


def test_a_chat_that_said_stop_is_not_offered_for_joining(town: Town, whatsapp: Chat) -> None:
    introduced(Chat(town, "sms", NUMBER)).says("STOP")
    assert "Join my other chat" not in whatsapp.says("menu").choices


def test_what_does_not_arrive_may_come_by_sms_too(town: Town, whatsapp: Chat) -> None:
    books(whatsapp, "Dr. Rao", "today 10:00")
    whatsapp.says("menu").picks("Also by SMS").hears("by SMS to your number ending in 41", "Do you agree?")
    assert address(town, "sms") is None
    whatsapp.picks("Yes, also by SMS").hears(
        "Done.", "comes by SMS from now on", "What would you like to do?"
    )
    by_sms = address(town, "sms")
    assert by_sms is not None
    assert (by_sms.consent_at, by_sms.consent_version) == (town.now(), CONSENT_VERSION)
    assert (by_sms.display_name, by_sms.language, by_sms.last_inbound_at) == ("Asha Rao", "en", None)
    assert users(town, "sms") == users(town, "whatsapp")
    joined = [e.event for e in state_of(town).events.values() if e.event.name.value == "addresses_joined"]
    assert len(joined) == 1


def test_who_has_no_visit_yet_is_joined_for_those_to_come(town: Town, whatsapp: Chat) -> None:
    whatsapp.says("menu").picks("Also by SMS").picks("Yes, also by SMS")
    books(whatsapp, "Dr. Rao", "today 10:00")
    assert users(town, "sms") == users(town, "whatsapp")


def test_back_agrees_to_nothing(town: Town, whatsapp: Chat) -> None:
    whatsapp.says("menu").picks("Also by SMS").picks("Back").hears("What would you like to do?")
    assert address(town, "sms") is None


def test_it_is_taken_back_where_it_was_given(town: Town, whatsapp: Chat) -> None:
    whatsapp.says("menu").picks("Also by SMS").picks("Yes, also by SMS")
    assert "Also by SMS" not in whatsapp.choices
    whatsapp.picks("No more SMS").hears("nothing is sent by SMS")
    by_sms = address(town, "sms")
    assert by_sms is not None
    assert by_sms.consent_at is None
    assert "Also by SMS" in whatsapp.choices


def test_a_stop_by_sms_ends_it_and_is_never_overridden(town: Town, whatsapp: Chat) -> None:
    whatsapp.says("menu").picks("Also by SMS").picks("Yes, also by SMS")
    Chat(town, "sms", NUMBER).says("STOP")
    by_sms = address(town, "sms")
    assert by_sms is not None
    assert by_sms.stopped_at == town.now()
    assert {"Also by SMS", "No more SMS"} & set(whatsapp.says("menu").choices) == set()


def test_who_said_stop_by_sms_before_is_told_to_write_start_there(town: Town, whatsapp: Chat) -> None:
    sms = Chat(town, "sms", NUMBER).says("hi").says("STOP")
    before = address(town, "sms")
    whatsapp.says("menu").picks("Also by SMS").picks("Yes, also by SMS")
    whatsapp.hears("written STOP", "Write START from it by SMS").hears_no("Done.")
    assert address(town, "sms") == before
    sms.says("START")
    whatsapp.says("menu").picks("Also by SMS").picks("Yes, also by SMS").hears("Done.")


def test_who_writes_by_sms_themselves_is_not_asked_here(town: Town, whatsapp: Chat) -> None:
    introduced(Chat(town, "sms", NUMBER))
    assert {"Also by SMS", "No more SMS"} & set(whatsapp.says("menu").choices) == set()


def test_sms_itself_and_a_telegram_without_a_number_are_not_asked(town: Town) -> None:
    for channel, handle in (("sms", NUMBER), ("telegram", "4711")):
        assert "Also by SMS" not in introduced(Chat(town, channel, handle)).says("menu").choices


def test_telegram_asks_who_has_shared_their_number(town: Town, phone: TwilioApi) -> None:  # noqa: F811
    telegram = introduced(Chat(town, "telegram"))
    shares(telegram).hears("is kept").picks("Also by SMS").picks("Yes, also by SMS").hears("Done.")
    by_sms = address(town, "sms")
    assert by_sms is not None
    assert by_sms.phone == NUMBER


def test_before_a_site_is_chosen_nobody_is_asked(two_sites: Town) -> None:
    chat = introduced(Chat(two_sites, "whatsapp", NUMBER))
    assert "Also by SMS" not in chat.says("menu").choices
    chat.says("site:city-hospital")
    assert "Also by SMS" in chat.says("menu").choices
