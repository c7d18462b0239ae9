"""What taps, numbers, labels, days and times mean among the choices on offer."""

from datetime import date

import pytest

from domain.conversation.understand import Understood, named, tapped, understand

TODAY = date(2026, 11, 23)  # a Monday
MENU = (("go-book", "Book"), ("go-visits", "My appointments"), ("yes", "I agree"), ("no", "No, keep it"))
DAYS = (
    ("slot:9@2026-11-23T09:30", "Earliest free: Mon 23 Nov 09:30"),
    ("day:2026-11-23", "Today, Mon 23 Nov"),
    ("day:2026-11-24", "Tomorrow, Tue 24 Nov"),
    ("day:2026-11-30", "Mon 30 Nov"),
    ("day:2026-12-01", "Tue 1 Dec"),
)
TIMES = (("slot:9@2026-11-23T09:30", "09:30"), ("slot:10@2026-11-23T17:00", "17:00"))


def meaning(text: str, choices: tuple[tuple[str, str], ...]) -> Understood | None:
    return understand(text, choices=choices, today=TODAY)


@pytest.mark.parametrize("text", ["2", "2.", "2)", "(2)", "#2", "२", "२.", "۲", "２", "two", "TWO", "दो"])
def test_a_number_picks_the_choice_of_that_number(text: str) -> None:
    assert meaning(text, MENU) == Understood("go-visits")


@pytest.mark.parametrize("text", ["5", "99", "2 3", "-1", "2x", "1e3", "½", "²", "1" * 400])
def test_what_is_no_number_of_a_choice_is_not_understood(text: str) -> None:
    assert meaning(text, MENU) is None


def test_nought_goes_back() -> None:
    assert meaning("0", MENU) == meaning("०", MENU) == Understood("go-back")


@pytest.mark.parametrize("text", ["my appointments", " My  Appointments. ", "MY APPOINTMENTS", "go-visits"])
def test_a_label_or_key_picks_its_choice(text: str) -> None:
    assert meaning(text, MENU) == Understood("go-visits")


def test_yes_and_no_mean_the_choices_that_agree_and_disagree() -> None:
    assert meaning("ok", MENU) == meaning("हाँ", MENU) == Understood("yes")
    assert meaning("नहीं", MENU) == Understood("no")
    assert meaning("ok", TIMES) is None


def test_what_is_offered_wins_over_words_that_work_anywhere() -> None:
    assert meaning("new", (("service:1", "New"),)) == Understood("service:1")
    assert meaning("new", MENU) == Understood("go-book")


@pytest.mark.parametrize(
    ("text", "key", "rest"),
    [
        ("today", "day:2026-11-23", ""),
        ("आज", "day:2026-11-23", ""),
        ("kal", "day:2026-11-24", ""),
        ("tomorrow 10:30", "day:2026-11-24", "10:30"),
        ("10:30 tomorrow", "day:2026-11-24", "10:30"),
        ("Tomorrow at 5 pm", "day:2026-11-24", "17:00"),
        ("कल १० बजे", "day:2026-11-24", "10:00"),
        ("10:30", "day:2026-11-23", "10:30"),
        ("9:30", "slot:9@2026-11-23T09:30", ""),
        ("monday", "day:2026-11-23", ""),
        ("Tue", "day:2026-11-24", ""),
        ("मंगलवार", "day:2026-11-24", ""),
        ("30 nov", "day:2026-11-30", ""),
        ("Nov 30 at 12 am", "day:2026-11-30", "00:00"),
        ("1 दिसंबर", "day:2026-12-01", ""),
        ("1/12", "day:2026-12-01", ""),
    ],
)
def test_days_and_times_are_found_among_the_days(text: str, key: str, rest: str) -> None:
    assert meaning(text, DAYS) == Understood(key, rest)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("9.30", "slot:9@2026-11-23T09:30"),
        ("0930", "slot:9@2026-11-23T09:30"),
        ("5 pm", "slot:10@2026-11-23T17:00"),
        ("5pm", "slot:10@2026-11-23T17:00"),
        ("today 17:00", "slot:10@2026-11-23T17:00"),
        ("17 बजे", "slot:10@2026-11-23T17:00"),
    ],
)
def test_times_are_found_among_the_times(text: str, key: str) -> None:
    assert meaning(text, TIMES) == Understood(key)


@pytest.mark.parametrize(
    "text",
    [
        "25:99",
        "24:00",
        "13 pm",
        "31/02",
        "friday",
        "tomorrow tuesday",
        "10:30 11:30",
        "tomorrow with my mother",
        "at",
        "32 nov",
    ],
)
def test_what_is_half_understood_or_not_offered_is_not_guessed(text: str) -> None:
    assert meaning(text, DAYS) is None


def test_a_tap_counts_only_for_the_revision_it_was_shown_with() -> None:
    assert tapped("7:2", revision=7, choices=MENU) == "go-visits"
    assert tapped("7:0", revision=7, choices=MENU) == "go-back"
    assert tapped("6:2", revision=7, choices=MENU) is None


@pytest.mark.parametrize("ref", ["", ":", "7:", "7:5", "7:2:1", "7:-1", "७:२", "7:2\n", "9" * 30 + ":1"])
def test_a_forged_reference_is_nothing(ref: str) -> None:
    assert tapped(ref, revision=7, choices=MENU) is None


def test_a_label_that_was_cut_is_known_by_its_beginning_where_that_says_which() -> None:
    choices = [("rao", "Dr. Rao, bones and joints"), ("roy", "Dr. Roy"), ("sen", "Dr. Sen")]
    assert named("Dr. Rao, bones and join…", choices=choices) == "rao"
    assert named("Dr. R…", choices=choices) is None
    assert named("Dr. Rao, bones and join", choices=choices) is None
    assert named("…", choices=choices) is None
