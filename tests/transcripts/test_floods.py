"""Somebody who writes faster than anybody could answer: few answers, the last of them true, and nobody waits for it."""

from collections.abc import Callable

from domain.conversation.inbox import MOST_ON_THEIR_WAY
from tests.transcripts.chat import Chat
from tests.transcripts.town import Town


def test_a_hundred_messages_get_a_few_answers_and_the_last_is_true(known: Chat) -> None:
    answers = len(known.notices)
    for text in ("help", "menu", "what?", "language") * 24 + ("book", "1", "2", "menu"):
        known.leaves(known.written(text))
    known.looks()
    assert known.notices[answers:] == ["reply"] * MOST_ON_THEIR_WAY
    assert "What would you like to do?" in str(known.screen[-1])
    known.picks("Book").hears("for what?")


def test_what_was_booked_in_the_middle_of_a_flood_is_told(town: Town, known: Chat) -> None:
    known.says("book").picks("Dr. Rao").picks("Earliest free")
    known.leaves(known.tap("Book it"))
    for _ in range(20):
        known.leaves(known.written("menu"))
    answers = len(known.notices)
    known.looks().hears("booked", "What would you like to do?")
    assert len(town.booked()) == 1
    assert known.notices[answers:] == ["confirmed", "reply", "reply", "reply"]


def test_who_writes_no_faster_than_others_hears_every_answer(known: Chat) -> None:
    answers = len(known.notices)
    for text in ("status", "language", "menu"):
        known.leaves(known.written(text))
    known.looks()
    assert known.notices[answers:] == ["reply"] * 3


def test_the_answers_to_others_are_not_touched_by_a_flood(
    known: Chat, somebody: Callable[[str], Chat]
) -> None:
    ravi = somebody("4712")
    answers = len(ravi.notices)
    for number in range(50):
        known.leaves(known.written("menu"))
        if number % 20 == 0:
            ravi.leaves(ravi.written("status"))
    known.looks()
    ravi.looks()
    assert ravi.notices[answers:] == ["reply"] * 3
