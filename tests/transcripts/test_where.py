"""Where am I: what can be said of one's coming, and the one message that stays up to date where a channel can edit."""

from collections.abc import Callable

import pytest

from domain.events import SYSTEM
from domain.queue import TicketState
from domain.use_cases.queue import close_queue, no_show
from domain.use_cases.undo import undo_last
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.test_appointments import books, call
from tests.transcripts.test_native import member
from tests.transcripts.town import Town
from tests.transcripts.wire import wire

SOON = 0.1  # minutes; longer than two edits are apart


@pytest.fixture
def asha(town: Town) -> Chat:
    """On Telegram, with a visit today."""
    return books(introduced(Chat(town, "telegram")))


@pytest.fixture
def somebody_on_telegram(town: Town) -> Callable[[str], Chat]:
    return lambda handle: introduced(Chat(town, "telegram", handle))


def state_of(town: Town, chat: Chat) -> TicketState:
    with town.uow() as uow:
        address = uow.people.address(channel=chat.channel, handle=chat.handle, now=town.now())
        tickets = [t for t in uow.tickets._state.tickets.values() if t.address_id == address.id]  # type: ignore[attr-defined]
    state: TicketState = tickets[-1].state
    return state


def revision(town: Town, chat: Chat) -> tuple[str, int, object]:
    with town.uow() as uow:
        address = uow.people.address(channel=chat.channel, handle=chat.handle, now=town.now())
        conversation = uow.conversations.lock(address.id)
    return conversation.state, conversation.revision, conversation.choices


def is_missed(town: Town) -> None:
    with town.uow() as uow:
        counter = uow.places.counter(town.counter)
        assert counter is not None
        no_show(uow, counter_id=counter.id, counter_version=counter.version, actor=SYSTEM, now=town.now())
        uow.commit()


def test_here_and_late_are_said_and_shown(town: Town, known: Chat) -> None:
    books(known).says("status").picks("I'm here")
    town.passes(SOON)
    known.looks()
    known.says("where am i").hears("You said that you are here.")
    assert "I'm here" not in known.choices
    town.passes(SOON)
    known.picks("Running late")
    town.passes(SOON)
    known.says("where am i").hears("You said that you come late.").hears_no("you are here")
    assert "Running late" not in known.choices


def test_the_words_work_anywhere(town: Town, known: Chat) -> None:
    books(known).says("menu").says("HERE")
    town.passes(SOON)
    known.says("status").hears("You said that you are here.").says("menu").says("late")
    town.passes(SOON)
    known.says("status").hears("You said that you come late.")
    known.says("menu").says("leave").hears("leave the line?")


def test_leaving_asks_once_more(town: Town, known: Chat) -> None:
    books(known).says("status").picks("Leave").hears("Dr. Rao, token 10-01: leave the line?")
    known.picks("No, stay").hears("token 10-01")
    assert len(town.booked()) == 1
    known.says("leave").picks("Yes, leave").hears("you have left the line", "10-01 is no longer valid")
    assert town.booked() == []
    known.says("status").hears("You have no appointment to follow.")


def test_who_has_no_visit_is_told_so(known: Chat) -> None:
    for word in ("here", "late", "leave"):
        known.says(word).hears("You have no appointment to follow.")


def test_nobody_is_here_before_the_day(known: Chat) -> None:
    books(known, "tomorrow 10:00").says("here").hears("Your time is Tue 24 Nov 10:00.", "on that day")
    known.says("status")
    assert not {"I'm here", "Running late", "Leave"} & set(known.choices)


def test_who_was_called_is_sent_to_the_counter(town: Town, known: Chat) -> None:
    books(known)
    town.start()
    assert call(town) == "10-01"
    known.says("here").hears("You have been called already", "Go to Room 2 now.")
    known.says("leave").hears("You have been called already")


def test_who_was_called_and_not_seen_is_sent_to_the_desk(town: Town, known: Chat) -> None:
    books(known)
    town.start()
    call(town)
    is_missed(town)
    for word in ("status", "here", "late"):
        known.says(word).hears("You were called and not seen. Go to the desk.").hears_no("no appointment")
        known.says("menu")


def test_one_that_was_missed_today_goes_before_another_days(town: Town, known: Chat) -> None:
    books(books(known), "tomorrow 10:00")
    town.start()
    call(town)
    is_missed(town)
    known.says("status").hears("You were called and not seen.")
    town.passes(24 * 60)
    known.says("status").hears("Dr. Rao, token 10-01").hears_no("not seen")


def test_where_fits_one_page_of_an_sms(town: Town) -> None:
    chat = books(introduced(Chat(town, "sms")))
    town.start()
    chat.says("status")
    assert list(chat.choices) == ["I'm here", "Running late", "Leave", "Refresh", "My appointments", "Menu"]


def test_other_channels_have_no_live_message(town: Town) -> None:
    chat = books(introduced(Chat(town, "whatsapp")))
    town.start()
    chat.says("status").hears("Updated 09:00")
    assert chat.live == {}


def test_asked_where_one_is_the_live_message_comes_below_a_short_answer(asha: Chat) -> None:
    asha.says("status")
    answer, live = asha.screen
    assert answer["text"] == "Dr. Rao, token 10-01: your place stands below and stays up to date."
    assert live is asha.live
    assert live["method"] == "sendMessage"
    assert "Dr. Rao has not started yet." in asha.shows_live
    assert list(asha._choices_of(live)) == ["I'm here", "Running late", "Leave", "Refresh"]


def test_asked_again_there_is_still_one(asha: Chat) -> None:
    asha.says("status")
    first = asha.live_id
    asha.says("status")
    assert asha.live["method"] == "sendMessage"
    assert asha.live_removed == [first]


def test_it_follows_the_line_by_edits(
    town: Town, asha: Chat, somebody_on_telegram: Callable[[str], Chat]
) -> None:
    books(somebody_on_telegram("5001"), "today 9:30")
    town.start()
    asha.looks()
    assert asha.live["method"] == "sendMessage"
    assert "1 person is ahead of you." in asha.shows_live
    message = asha.live_id
    town.passes(SOON)
    assert call(town) == "0930-01"
    asha.looks()
    assert (asha.live["method"], asha.live_id) == ("editMessageText", message)
    assert "You are next." in asha.shows_live
    assert "Now serving: 0930-01" in asha.shows_live
    town.passes(SOON)
    assert call(town) == "10-01"
    asha.looks()
    assert "It's your turn. Go to Room 2 now." in asha.shows_live
    assert list(asha._choices_of(asha.live)) == ["Refresh"]
    town.passes(SOON)
    assert call(town) is None
    asha.looks()
    assert "This visit is over." in asha.shows_live
    assert "reply_markup" not in asha.live
    town.passes(5)
    assert asha.looks().screen == []


def test_a_booking_after_the_start_is_followed_at_once(
    town: Town, somebody_on_telegram: Callable[[str], Chat]
) -> None:
    town.start()
    late = books(somebody_on_telegram("5001"))
    assert "Now serving" not in late.shows_live
    assert "You are next." in late.shows_live


def test_a_button_of_the_live_message_leaves_the_conversations_question_alone(town: Town, asha: Chat) -> None:
    asha.says("status").says("book")
    before = revision(town, asha)
    town.passes(SOON)
    asha.picks("I'm here")
    assert [p["method"] for p in asha.screen] == ["editMessageText"]
    assert "You said that you are here." in asha.shows_live
    town.passes(SOON)
    asha.picks("Running late")
    assert "You said that you come late." in asha.shows_live
    assert revision(town, asha) == before
    asha.says("1").hears("which day?")


def test_refresh_shows_the_time(town: Town, asha: Chat) -> None:
    asha.says("status")
    town.passes(2)
    asha.picks("Refresh")
    assert "Updated 09:02" in asha.shows_live
    assert asha.live["method"] == "editMessageText"


@pytest.mark.parametrize("word", ["/stop", None], ids=["stopped", "blocked"])
def test_whoever_is_back_sees_the_place_as_it_is_now(
    town: Town, asha: Chat, somebody_on_telegram: Callable[[str], Chat], word: str | None
) -> None:
    books(somebody_on_telegram("5001"), "today 9:30")
    town.start()
    asha.looks()
    asha.sends(asha.written(word) if word else member(asha, "kicked"))
    call(town)
    town.passes(SOON)
    asha.looks()
    assert "1 person is ahead of you." in asha.shows_live
    asha.says("/start").looks()
    assert "You are next." in asha.shows_live


def rings(chat: Chat) -> int:
    """How often Telegram was given a new message of the call."""
    sent = [said for said in wire().api.called("sendMessage") if said["chat_id"] == int(chat.handle)]
    return len([said for said in sent if "it's your turn" in said["text"]])


@pytest.mark.parametrize("word", ["/stop", None], ids=["stopped", "blocked"])
def test_a_call_that_went_unheard_rings_when_the_person_is_back(
    town: Town, asha: Chat, word: str | None
) -> None:
    town.start()
    asha.looks()
    asha.sends(asha.written(word) if word else member(asha, "kicked"))
    call(town)
    asha.looks()
    assert rings(asha) == 0
    town.passes(SOON)
    asha.says("/start").looks()
    assert rings(asha) == 1
    asha.sends(member(asha, "kicked")).says("/start").looks()
    assert rings(asha) == 1, "it rang for a call that was heard"


def test_nothing_is_edited_while_nothing_changes(town: Town, asha: Chat) -> None:
    town.passes(1)
    town.start()
    asha.looks()
    for _ in range(3):
        town.passes(1.1)
        assert asha.looks().screen == []
    town.passes(3)
    asha.looks()
    assert "Wait: about 50 to 55 minutes." in asha.shows_live
    assert "Updated 09:07" in asha.shows_live


def test_leave_asks_in_a_message_of_its_own(town: Town, asha: Chat) -> None:
    town.start()
    asha.looks()
    asha.picks("Leave").hears("leave the line?")
    assert asha.screen[0]["method"] == "sendMessage"
    town.passes(SOON)
    asha.picks("Yes").hears("you have left the line")
    assert "This token is no longer valid." in asha.shows_live
    assert state_of(town, asha) is TicketState.LEFT


def test_the_command_says_that_one_is_here(town: Town, asha: Chat) -> None:
    town.start()
    asha.looks()
    town.passes(SOON)
    asha.says("/here")
    assert "You said that you are here." in asha.shows_live


def test_a_refusal_is_said_in_words_and_changes_no_question(town: Town, asha: Chat) -> None:
    town.start()
    asha.says("status")
    here = asha.tap("I'm here")
    leave = asha.tap("Leave")
    town.passes(SOON)
    assert call(town) == "10-01"
    before = revision(town, asha)
    asha.sends(here).hears("You have been called already", "It's your turn. Go to Room 2 now.")
    asha.sends(leave).hears("You have been called already")
    assert revision(town, asha) == before


def test_an_old_button_of_a_visit_that_is_over_says_so(town: Town, asha: Chat) -> None:
    town.start()
    asha.says("status")
    taps = [asha.tap(label) for label in ("I'm here", "Running late", "Leave", "Refresh")]
    with town.uow() as uow:
        queue = uow.queues.find(service_id=town.rao, day=town.now().date())
        assert queue is not None
        close_queue(uow, queue_id=queue.id, actor=SYSTEM, now=town.now())
        uow.commit()
    for tap in taps:
        town.passes(SOON)
        asha.sends(tap).hears("desk" if "refresh" not in str(tap) else "This visit is over.")


@pytest.mark.parametrize("verb", ["here", "late", "leave", "refresh", "cancel", ""])
@pytest.mark.parametrize("ticket", ["theirs", "0", "999999999", "99999999999999999999", "-1", "1 OR 1=1"])
def test_a_forged_reference_has_no_effect(
    town: Town, asha: Chat, somebody_on_telegram: Callable[[str], Chat], verb: str, ticket: str
) -> None:
    thief = somebody_on_telegram("5001")
    asha.says("status")
    if ticket == "theirs":
        ticket = str(next(ref for ref in asha.choices.values() if ref.startswith("c:t:")).split(":")[2])
    before = state_of(town, asha), asha.shows_live
    thief.sends(thief._update(callback_query=thief._query(f"c:t:{ticket}:{verb}")))
    thief.hears("That was an older message.", "What would you like to do?")
    town.passes(SOON)
    asha.looks()
    assert (state_of(town, asha), asha.shows_live) == before


def test_an_undone_end_is_shown_as_the_truth_again(town: Town, asha: Chat) -> None:
    town.start()
    asha.looks()
    for _ in range(2):
        town.passes(SOON)
        call(town)
        asha.looks()
    assert "This visit is over." in asha.shows_live
    with town.uow() as uow:
        counter = uow.places.counter(town.counter)
        assert counter is not None
        undo_last(uow, counter_id=counter.id, counter_version=counter.version, actor=SYSTEM, now=town.now())
        uow.commit()
    town.passes(SOON)
    asha.looks()
    assert "It's your turn. Go to Room 2 now." in asha.shows_live
    assert list(asha._choices_of(asha.live)) == ["Refresh"]
