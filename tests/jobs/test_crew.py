"""Threads of a worker: side by side, never two on one thing, and nothing that comes in while they work is missed."""

from collections.abc import Iterator
from threading import Barrier, Event, Lock

import pytest

from jobs.crew import Crew


class Hands:
    """Work that rests until it may end, and says how often and how much at once it was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.begun = Event()
        self.may_end = Event()
        self._lock = Lock()

    def __call__(self, key: str) -> None:
        self.begun.set()
        assert self.may_end.wait(10)
        with self._lock:
            self.done.append(key)


@pytest.fixture
def hands() -> Iterator[Hands]:
    hands = Hands()
    yield hands
    hands.may_end.set()


def test_things_are_worked_side_by_side() -> None:
    meeting = Barrier(3)
    crew: Crew[int] = Crew(lambda _: meeting.wait(timeout=10), threads=3, name="test")
    for number in range(3):
        crew.hand(number)
    crew.close()
    assert not meeting.broken


def test_what_nobody_has_a_hand_free_for_is_not_taken(hands: Hands) -> None:
    crew = Crew(hands, threads=2, name="test")
    assert [crew.offer(key) for key in "abc"] == [True, True, False]
    hands.may_end.set()
    crew.close()
    assert sorted(hands.done) == ["a", "b"]


def test_one_thing_is_never_in_two_hands_and_is_looked_at_again(hands: Hands) -> None:
    crew = Crew(hands, threads=3, name="test")
    assert crew.offer("a")
    assert hands.begun.wait(10)
    assert crew.offer("a")
    crew.hand("a")
    hands.may_end.set()
    crew.close()
    assert hands.done == ["a", "a"]  # the two that came meanwhile are one more look


def test_what_fails_is_told_and_its_hand_is_free_again(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: int) -> None:
        raise RuntimeError("a bug")

    crew: Crew[int] = Crew(fails, threads=1, name="test")
    for number in range(3):
        crew.hand(number)
    crew.close()
    assert caplog.text.count("RuntimeError: a bug") == 3


def test_a_closed_crew_has_ended_what_it_had_and_takes_no_more(hands: Hands) -> None:
    crew = Crew(hands, threads=2, name="test")
    crew.hand("a")
    hands.may_end.set()
    crew.close()
    assert hands.done == ["a"]
    assert not crew.offer("b")
    assert hands.done == ["a"]
