"""Words for a time when no conversation is open: only what a channel has approved, as what it is and as it is today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from domain.conversation.messages import Reply, Text
from domain.events import SYSTEM
from domain.ports import Approved, Content, Services, UnitOfWork
from domain.texts import catalogue
from domain.texts.compose import replies_as_data
from domain.use_cases.approved import LONGEST_VALUE, approved_words, category_of
from domain.use_cases.change import call_off, move
from domain.use_cases.deliver import LEASE, work_outbox
from domain.use_cases.queue import recall
from domain.use_cases.truth import Untrue, what_to_say
from domain.use_cases.undo import undo_last
from tests.delivery.world import Hospital, KeptMessages, SetClock, a_channel
from tests.texts.sms_lengths import NOTICES

WORDS = catalogue.load()
CHANNEL = replace(a_channel("whatsapp", KeptMessages()), account="AC1")
CALLED = Text("notice-called", {"service": "Dr. Rao", "token": "10-04", "counter": "Room 2"})
BOTH = ("en", "hi")


@pytest.fixture
def begun(services: Services) -> Iterator[UnitOfWork]:
    """A transaction that stays open."""
    with services.uow() as uow:
        yield uow


def said(*texts: Text) -> Mapping[str, object]:
    return replies_as_data([Reply(text) for text in texts], revision=0, first=1)


def approve(uow: UnitOfWork, key: str, *languages: str, **otherwise: object) -> None:
    """As it is when all went well, but for what is `otherwise`."""
    for language in languages:
        template = WORDS.templates(language)[key]
        content = Content(
            "whatsapp",
            "AC1",
            key,
            language,
            f"HX-{key}-{language}",
            template.fingerprint,
            template.variables,
            state="approved",
            category=category_of(key),
        )
        uow.contents.save(replace(content, **otherwise))  # type: ignore[arg-type]


def approved(uow: UnitOfWork, *texts: Text, languages: Sequence[str] = BOTH) -> Approved | None:
    return approved_words(uow, said(*texts), channel=CHANNEL, languages=languages, catalogue=WORDS)


def test_the_gaps_are_filled_in_the_order_of_the_words(begun: UnitOfWork) -> None:
    approve(begun, "notice-called", "en")
    assert approved(begun, CALLED) == Approved(
        "HX-notice-called-en",
        ("Dr. Rao", "10-04", "Room 2"),
        "For Dr. Rao: it is your turn. Your token is 10-04. Go to Room 2 now.",
    )


def test_the_first_language_that_is_approved_is_taken(begun: UnitOfWork) -> None:
    approve(begun, "notice-called", "hi")
    words = approved(begun, CALLED)
    assert words is not None
    assert words.content_id == "HX-notice-called-hi"
    assert words.text.endswith("अभी Room 2 पर जाएँ।")
    approve(begun, "notice-called", "en")
    words = approved(begun, CALLED)
    assert words is not None
    assert words.content_id == "HX-notice-called-en"


def test_an_instant_is_said_in_the_language_of_the_words(begun: UnitOfWork) -> None:
    approve(begun, "notice-cancelled", "hi")
    at = {"at": "2026-11-24T05:00:00+00:00", "zone": "Asia/Kolkata", "as": "day-time"}
    words = approved(begun, Text("notice-cancelled", {"service": "S", "site": "A", "token": "1", "at": at}))
    assert words is not None
    assert "मंगल 24 नवंबर 10:30" in words.values


def test_how_long_it_takes_is_left_out(begun: UnitOfWork) -> None:
    approve(begun, "notice-called", "en")
    assert approved(begun, CALLED, Text("line-wait", {"wait": {"low": 5, "high": 15}})) == approved(
        begun, CALLED
    )


def test_nothing_else_is_left_out(begun: UnitOfWork) -> None:
    approve(begun, "notice-called", "en")
    assert approved(begun, CALLED, Text("line-paused", {"service": "Dr. Rao"})) is None
    assert approved(begun) is None


@pytest.mark.parametrize(
    "otherwise",
    [
        *(
            {"state": state}
            for state in ("unsubmitted", "received", "pending", "rejected", "paused", "disabled")
        ),
        {"category": "MARKETING"},
        {"category": None},
        {"fingerprint": "of older words"},
        {"account": "AC2"},
        {"channel": "sim-whatsapp"},
    ],
)
def test_what_is_not_approved_as_it_stands_today_is_not_said(
    begun: UnitOfWork, otherwise: Mapping[str, object]
) -> None:
    approve(begun, "notice-called", "en", **otherwise)
    assert approved(begun, CALLED) is None


def test_a_code_is_said_as_a_code_only(begun: UnitOfWork) -> None:
    code = Text("notice-code", {"code": "123456", "by": Text("channel-telegram")})
    approve(begun, "notice-code", "en", category="UTILITY")
    assert approved(begun, code) is None
    approve(begun, "notice-code", "en")
    words = approved(begun, code)
    assert words is not None
    assert words.values == ("123456",)


def test_an_answer_has_no_approved_words(begun: UnitOfWork) -> None:
    assert approved(begun, Text("welcome")) is None


def test_a_gap_is_one_line_never_empty_and_never_too_long(begun: UnitOfWork) -> None:
    approve(begun, "notice-called", "en")
    odd = Text("notice-called", {"service": "Eyes\n\t Dr.   Rao ", "token": " ", "counter": "Room " * 50})
    words = approved(begun, odd)
    assert words is not None
    service, token, counter = words.values
    assert (service, token) == ("Eyes Dr. Rao", "-")
    assert len(counter) <= LONGEST_VALUE
    assert counter.endswith("Room…")


@pytest.mark.parametrize("language", BOTH)
def test_every_notice_of_a_morning_fills_its_approved_words(
    hospital: Hospital, clock: SetClock, language: str
) -> None:
    filled: dict[str, str] = {}
    keys = [key for key in NOTICES if key != "notice-code"]
    with hospital.services.uow() as uow:
        for key in keys:
            approve(uow, key, language)
        uow.commit()
    for _ in _a_morning(hospital, clock):
        _fill(hospital, language, filled)
    assert set(filled) == set(keys)
    assert [text for text in filled.values() if "{" in text or "None" in text or " - " in text] == []


def _a_morning(hospital: Hospital, clock: SetClock) -> Iterator[None]:
    """Stops wherever something waits to be said."""
    booked = hospital.books("a", hours_ahead=4)
    with hospital.services.uow() as uow:
        slot = hospital.slot(hours_ahead=5)
        moved = move(uow, appointment_id=booked.appointment.id, slot_id=slot.id, actor=SYSTEM, now=clock.at)
        uow.commit()
    yield
    with hospital.services.uow() as uow:
        call_off(uow, appointment_id=moved.appointment.id, actor=SYSTEM, now=clock.at)
        uow.commit()
    yield
    for name in "bcdef":
        hospital.books(name)
    hospital.starts()
    yield
    hospital.calls_next()
    yield
    clock.forward(seconds=90)
    hospital.presses(recall)
    yield
    hospital.calls_next()
    yield
    hospital.presses(undo_last)
    yield
    hospital.books("g", hours_ahead=4)
    clock.forward(hours=3)
    yield


def _fill(hospital: Hospital, language: str, filled: dict[str, str]) -> None:
    """What would go to everybody now if no conversation were open; then it goes."""
    due, now = hospital.due(), hospital.clock.at
    with hospital.services.uow() as uow:
        for row in uow.outbox.claim(due, now=now, lease_until=now + LEASE):
            words = what_to_say(uow, row.notice, now=now)
            if isinstance(words, Untrue):
                continue
            key = words["replies"][0]["say"]["text"]  # type: ignore[index]
            approved = approved_words(uow, words, channel=CHANNEL, languages=[language], catalogue=WORDS)
            assert approved is not None, key
            filled[key] = approved.text
    work_outbox(hospital.services, due)
