"""My appointments: looking, changing the time, giving up; and where one is in the line."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path

from domain.events import SYSTEM
from domain.use_cases.queue import call_next
from persistence.memory import memory_uow
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import HOSPITAL, TOMORROW, Town
from tests.use_cases.clinic import SilentAnnouncer


def books(chat: Chat, when: str = "today 10:00") -> Chat:
    return chat.says("book").picks("Dr. Rao").says(when).picks("Book it").hears("booked.")


def call(town: Town) -> str | None:
    with town.uow() as uow:
        counter = uow.places.counter(town.counter)
        assert counter is not None
        assert counter.queue_id is not None
        called = call_next(
            uow,
            queue_id=counter.queue_id,
            counter_id=counter.id,
            counter_version=counter.version,
            shown_ticket_id=None,
            actor=SYSTEM,
            now=town.now(),
        )
        uow.commit()
    return called.ticket.token if called.ticket else None


def test_a_visit_is_cancelled_after_one_more_question(town: Town, known: Chat) -> None:
    books(known).picks("My appointments").hears("Your appointments:").picks("Mon 23 Nov 10:00")
    known.hears("Token 10-01", "Your code at the desk").picks("Cancel this visit")
    known.hears("this visit? Your time goes to somebody else.")
    assert town.booked() == [(time(10), 1)]
    known.picks("Yes, cancel it").hears(
        "is cancelled. Token 10-01 is no longer valid", "You have no appointment."
    )
    assert known.notices[-1] == "cancelled"
    assert town.booked() == []


def test_a_visit_is_kept_when_the_person_thinks_better_of_it(town: Town, known: Chat) -> None:
    books(known).picks("My appointments").picks("Mon 23 Nov 10:00").picks("Cancel this visit").picks(
        "No, keep it"
    )
    known.hears("Token 10-01")
    assert town.booked() == [(time(10), 1)]


def test_a_visit_is_moved_and_keeps_its_code(town: Town, known: Chat) -> None:
    code = books(known).heard.partition("code at the desk: ")[2][:6]
    known.picks("My appointments").picks("Mon 23 Nov 10:00").picks("Change time").hears(
        "you have Mon 23 Nov 10:00"
    )
    known.picks_day(TOMORROW).picks("11:00").hears("move from Mon 23 Nov 10:00 to Tue 24 Nov 11:00?").picks(
        "Move it"
    )
    known.hears("moved. Your new token is 11-01", f"Your code at the desk: {code}")
    assert known.notices[-1] == "moved"
    assert town.booked() == [(time(11), 1)]


def test_moving_to_the_time_one_has_is_refused_with_others(town: Town, known: Chat) -> None:
    books(known).picks("My appointments").picks("Mon 23 Nov 10:00").picks("Change time").says("today 10:00")
    known.hears("the time you have already", "what time?")
    assert town.booked() == [(time(10), 1)]


def test_who_moves_is_not_offered_the_time_they_have_as_the_earliest(town: Town, known: Chat) -> None:
    books(known, "today 9:30").picks("My appointments").picks("Mon 23 Nov 09:30").picks("Change time")
    known.picks("Earliest free").hears("move from Mon 23 Nov 09:30 to Mon 23 Nov 10:00?").picks("Move it")
    assert town.booked() == [(time(10), 1)]


def test_a_change_that_is_given_up_leaves_everything_and_a_new_booking_starts_afresh(
    town: Town, known: Chat
) -> None:
    books(known).picks("My appointments").picks("Mon 23 Nov 10:00").picks("Change time").says("back").hears(
        "Token 10-01"
    )
    known.says("book").picks("Dr. Sen").picks("Earliest free").hears("Book it?").picks("Book it")
    assert (town.booked(), town.booked(town.sen)) == ([(time(10), 1)], [(time(10), 1)])


def test_inside_the_cut_off_the_desk_is_named_and_the_visit_stays(tmp_path: Path, channel: str) -> None:
    strict = Town(
        memory_uow(SilentAnnouncer()), folder=tmp_path, hospital=replace(HOSPITAL, cancel_cutoff_minutes=120)
    )
    chat = introduced(Chat(strict, channel))
    books(chat).picks("My appointments").picks("Mon 23 Nov 10:00").picks("Cancel this visit")
    chat.hears("until 120 minutes before", "only the desk", "Token 10-01")
    assert "Where am I?" in chat.choices
    assert strict.booked() == [(time(10), 1)]


def test_somebody_elses_visit_is_out_of_reach(
    town: Town, known: Chat, somebody: Callable[[str], Chat]
) -> None:
    books(somebody("5001"))
    known.says("visits").hears("You have no appointment.").says("status").hears("no appointment to follow")


def test_where_am_i_before_the_start_on_the_way_and_at_the_call(
    town: Town, known: Chat, somebody: Callable[[str], Chat]
) -> None:
    books(somebody("5001"), "today 9:30")
    books(known).picks("Where am I?").hears(
        "token 10-01", "Dr. Rao has not started yet.", "1 person is ahead of you"
    )
    town.start()
    town.passes(0.1)
    known.picks("Refresh").hears(
        "1 person is ahead of you", "Wait: ", "Few people are waiting", "Updated 09:00"
    )
    assert call(town) == "0930-01"
    town.passes(1)
    known.says("status").hears("You are next.", "Now serving: 0930-01", "Updated 09:01")
    assert call(town) == "10-01"
    known.says("where am i").hears("It's your turn. Go to Room 2 now.")
    known.says("visits").picks("Mon 23 Nov 10:00").picks("Cancel this visit")
    if "Your time goes to somebody else" in known.heard:
        known.picks("Yes, cancel it")
    known.hears("You have been called already")


def test_a_visit_on_another_day_says_when_it_is(known: Chat) -> None:
    books(known, "tomorrow 10:00").picks("Where am I?").hears("Your time is Tue 24 Nov 10:00.")


def test_status_means_the_visit_that_comes_first(known: Chat) -> None:
    books(known, "tomorrow 10:00")
    books(known, "today 11:00").says("status").hears("token 11-01")


def test_what_follows_a_confirmation_does_not_take_its_place(town: Town) -> None:
    chat = introduced(Chat(town, "telegram"))
    books(chat)
    chat.picks("My appointments")
    assert [payload["method"] for payload in chat.screen] == ["sendMessage"]
    chat.picks("Mon 23 Nov 10:00")
    assert [payload["method"] for payload in chat.screen] == ["editMessageText"]
