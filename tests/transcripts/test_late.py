"""Messages that waited, here or on their way: nobody is misunderstood for it, and nobody is left without an answer."""

from datetime import timedelta

from domain.people import Address
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import NINE, Town


def address_of(chat: Chat) -> Address:
    with chat.town.uow() as uow:
        (address,) = [
            found
            for found in uow.people.addresses(range(1, 1000))
            if (found.channel, found.handle) == (chat.channel, chat.handle)
        ]
    return address


def fetched(chat: Chat, text: str, *, minutes: float) -> dict[str, object]:
    """As a message is fed that was written so long ago and fetched only now."""
    at = chat.town.now() - timedelta(minutes=minutes)
    return {**chat.written(text), "DateSent": at.isoformat()}


def test_what_waited_in_our_own_inbox_answers_no_question(town: Town, known: Chat) -> None:
    known.says("book").leaves(known.written("1"))
    town.passes(5.1)
    known.looks().hears("more than 5 minutes on its way", "for what?")
    known.leaves(known.written("1"))
    town.passes(4.9)
    known.looks().hears("which day?")


def test_a_name_is_not_taken_from_what_was_written_before_it_was_asked(town: Town, chat: Chat) -> None:
    chat.says("hi").picks("I agree").hears("name")
    chat.leaves(chat.written("tomorrow at ten"))
    town.passes(6)
    chat.looks().hears("on its way", "name")
    chat.says("Asha Rao").hears("for what?")


def test_where_somebody_was_hours_ago_is_not_where_they_are(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").picks("Book it")
    for word in ("here", "late"):
        known.leaves(known.written(word))
        town.passes(6)
        known.looks().hears("on its way")
    known.says("status").hears_no("You said that you")
    known.leaves(known.written("status"))
    town.passes(600)
    known.looks().hears_no("on its way")


def test_a_tap_counts_by_its_question_however_long_it_was_on_its_way(town: Town) -> None:
    known = introduced(Chat(town, "whatsapp"))
    known.says("book")
    old, new = known.tap("Dr. Rao"), known.tap("Dr. Rao")
    known.leaves(new)
    town.passes(60)
    known.looks().hears("which day?")
    known.leaves(old).looks().hears("That was an older message", "which day?")


def test_after_an_outage_of_hours_the_last_that_is_heard_is_how_things_stand(town: Town) -> None:
    known = introduced(Chat(town, "whatsapp"))
    known.says("book")
    for minutes, text in ((180, "1"), (120, "Earliest free"), (60, "Book it")):
        known.leaves(fetched(known, text, minutes=minutes))
    known.looks().hears("on its way", "for what?")
    assert town.booked() == []
    known.sends(fetched(known, "Dr. Rao, bones and joints", minutes=4)).hears("which day?")


def test_the_open_window_counts_from_when_the_person_wrote(town: Town) -> None:
    known = introduced(Chat(town, "whatsapp"))
    assert address_of(known).last_inbound_at == NINE
    town.passes(300)
    known.sends(fetched(known, "menu", minutes=240))
    assert address_of(known).last_inbound_at == NINE + timedelta(minutes=60)
    known.sends(fetched(known, "menu", minutes=290))
    assert address_of(known).last_inbound_at == NINE + timedelta(minutes=60)
    known.sends(fetched(known, "menu", minutes=-10))
    assert address_of(known).last_inbound_at == town.now()


def test_looking_for_messages_where_there_are_none_is_no_message(town: Town, known: Chat) -> None:
    before = address_of(known).last_inbound_at
    town.passes(60)
    known.looks()
    assert address_of(known).last_inbound_at == before


def test_a_start_from_before_the_stop_does_not_undo_it(town: Town) -> None:
    known = introduced(Chat(town, "whatsapp"))
    town.passes(60)
    known.says("stop")
    assert address_of(known).stopped_at == town.now()
    known.sends(fetched(known, "start", minutes=30))
    assert address_of(known).stopped_at == town.now()
    town.passes(1)
    known.leaves(known.written("start"))
    town.passes(60)
    known.looks()
    assert address_of(known).stopped_at is None


def test_a_stop_counts_from_when_it_was_written_however_late_it_comes(town: Town) -> None:
    known = introduced(Chat(town, "sms"))
    town.passes(60)
    known.sends(fetched(known, "stop", minutes=30))
    assert address_of(known).stopped_at == town.now() - timedelta(minutes=30)
    known.sends(fetched(known, "start", minutes=20))
    assert address_of(known).stopped_at is None
