"""Every notice in the words of every language and channel, with nothing missing: the stories of a whole morning."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation.messages import Reply, Text
from domain.conversation.state import goes
from domain.events import SYSTEM
from domain.notices import Notice, NoticeKind
from domain.ports import Services
from domain.texts import catalogue
from domain.texts.compose import replies_as_data
from domain.use_cases.change import call_off, move
from domain.use_cases.deliver import work_outbox
from domain.use_cases.queue import recall
from domain.use_cases.undo import undo_last
from tests.delivery.world import Hospital, KeptMessages, SetClock
from whatsapp.render import SMS_ONE_WAY_CAPABILITIES

LANGUAGES = catalogue.load().languages
ALL_KINDS = {"moved", "cancelled", "reminder", "near", "called", "undone"}  # "confirmed" is an answer


@pytest.fixture
def speaking(services: Services, clock: SetClock) -> Hospital:
    hospital = Hospital(replace(services, catalogue=catalogue.load()), clock)
    hospital.open_doors()
    return hospital


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["sim-telegram", "sim-whatsapp", "sim-sms"])
def test_a_morning_is_told_without_a_gap(
    speaking: Hospital,
    sender: KeptMessages,
    caplog: pytest.LogCaptureFixture,
    language: str,
    channel: str,
) -> None:
    for name in "abcdef":
        speaking.address(name, channel=channel)
        speaking.speaks(name, language, channel=channel)
    _staff_change_an_appointment(speaking, channel)
    speaking.books("b", channel=channel, hours_ahead=4)
    _a_line_moves_and_is_corrected(speaking, channel)
    speaking.clock.forward(hours=3)
    _send(speaking)
    assert {kind for _, kind in sender.kinds} == ALL_KINDS
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    for text in sender.texts:
        assert "{" not in text
        assert "None" not in text


def _send(hospital: Hospital) -> None:
    work_outbox(hospital.services, hospital.due())


def _staff_change_an_appointment(hospital: Hospital, channel: str) -> None:
    now = hospital.clock.at
    booked = hospital.books("a", channel=channel, hours_ahead=4)
    later = hospital.slot(hours_ahead=5)
    with hospital.services.uow() as uow:
        moved = move(uow, appointment_id=booked.appointment.id, slot_id=later.id, actor=SYSTEM, now=now)
        uow.commit()
    _send(hospital)
    with hospital.services.uow() as uow:
        call_off(uow, appointment_id=moved.appointment.id, actor=SYSTEM, now=now)
        uow.commit()
    _send(hospital)


def _a_line_moves_and_is_corrected(hospital: Hospital, channel: str) -> None:
    for name in "cdef":
        hospital.books(name, channel=channel)
    hospital.starts()
    _send(hospital)
    hospital.clock.forward(seconds=5)
    hospital.calls_next()
    _send(hospital)
    hospital.clock.forward(seconds=90)
    hospital.presses(recall)
    _send(hospital)
    hospital.clock.forward(seconds=5)
    hospital.calls_next()
    _send(hospital)
    hospital.presses(undo_last)
    _send(hospital)


def test_who_cannot_answer_is_asked_nothing_and_told_nothing_to_write(
    services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    by_sms = services.channels["sim-sms"]
    one_way = replace(by_sms, narrowed=lambda _address: SMS_ONE_WAY_CAPABILITIES)
    channels = {**services.channels, "sim-sms": one_way}
    hospital = Hospital(replace(services, catalogue=catalogue.load(), channels=channels), clock)
    hospital.open_doors()
    _staff_change_an_appointment(hospital, "sim-sms")
    work_outbox(hospital.services, hospital.due())
    assert "Ask at the desk for another time." in sender.texts[-1]
    answered = Notice(
        kind=NoticeKind.CONFIRMED,
        address_id=hospital.address("a", channel="sim-sms"),
        dedupe_key="confirmed",
        due_at=clock.at,
        not_after=clock.at + timedelta(hours=1),
        data=replies_as_data([Reply(Text("menu-ask"), goes("go-book"))], revision=1, first=1),
    )
    with hospital.services.uow() as uow:
        uow.outbox.add([answered])
        uow.commit()
    work_outbox(hospital.services, hospital.due())
    assert sender.handed[-1].messages[0].options == ()
    assert not any("rite " in text for text in sender.texts)
