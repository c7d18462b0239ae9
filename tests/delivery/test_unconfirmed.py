"""Words of which nobody has heard in their time: asked after once, and told another way only where that is better."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import SendFault
from domain.events import SYSTEM
from domain.ports import Channel, Receipt, ReceiptState, Services
from domain.use_cases.change import call_off
from domain.use_cases.receipts import take_receipt
from domain.use_cases.unconfirmed import LEASE, ask_after_unconfirmed
from domain.use_cases.undo import undo_last
from tests.delivery.reach import (
    SMS,
    TELEGRAM,
    WHATSAPP,
    Carrier,
    Person,
    a_person,
    remind,
    rows_of,
    send_all,
    three_channels,
)
from tests.delivery.world import Hospital, SetClock

UNDER_WAY = [ReceiptState.ACCEPTED, ReceiptState.SENT, None]
IN_TIME, TOO_LATE = timedelta(seconds=45), timedelta(seconds=60)


@pytest.fixture
def channels(carriers: dict[str, Carrier]) -> list[Channel]:
    return three_channels(carriers)


@pytest.fixture
def asha(hospital: Hospital) -> Person:
    """She books by WhatsApp, texts as well, and is second in line."""
    hospital.books("first", channel=TELEGRAM)
    return a_person(hospital, "asha", (WHATSAPP, SMS))


@pytest.fixture
def called(hospital: Hospital, asha: Person) -> Person:
    """It's her turn, and WhatsApp took the word of it."""
    hospital.starts()
    hospital.calls_next()
    hospital.calls_next()
    send_all(hospital)
    return asha


def brings(hospital: Hospital, person: Person, receipt: Receipt) -> None:
    """The provider's report of the latest words that were sent to the person by its channel."""
    with hospital.services.uow() as uow:
        channels = hospital.services.channels
        numbers = [
            number for number in range(1, 200) if uow.outbox.provider_id(number) == receipt.provider_id
        ]
        assert take_receipt(uow, numbers[-1], receipt, channels=channels, now=hospital.clock.at)
        uow.commit()


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_call_that_is_not_there_in_its_time_goes_another_way_as_well(
    hospital: Hospital,
    services: Services,
    called: Person,
    whatsapp: Carrier,
    sms: Carrier,
    clock: SetClock,
    state: ReceiptState | None,
) -> None:
    if state is not None:
        whatsapp.reports_of_the_last(state)
    clock.at += IN_TIME
    assert ask_after_unconfirmed(services) == 0
    clock.at += TOO_LATE - IN_TIME
    assert ask_after_unconfirmed(services) == 1
    send_all(hospital)
    assert sms.kinds == ["called"]
    assert rows_of(services, called)[-2:] == [("called", WHATSAPP, "sent"), ("called", SMS, "sent")]


def test_what_was_delivered_meanwhile_is_neither_asked_after_nor_told_again(
    hospital: Hospital, services: Services, called: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    brings(hospital, called, whatsapp.reports_of_the_last(ReceiptState.DELIVERED))
    clock.at += TOO_LATE
    assert ask_after_unconfirmed(services) == 0
    assert (whatsapp.asked, hospital.due()) == ([], [])


@pytest.mark.parametrize("state", [ReceiptState.DELIVERED, ReceiptState.READ])
def test_a_report_that_was_lost_is_fetched_and_the_words_are_told_once(
    hospital: Hospital,
    services: Services,
    called: Person,
    whatsapp: Carrier,
    sms: Carrier,
    clock: SetClock,
    state: ReceiptState,
) -> None:
    whatsapp.reports_of_the_last(state)
    clock.at += TOO_LATE
    ask_after_unconfirmed(services)
    clock.forward(minutes=10)
    assert ask_after_unconfirmed(services) == 0
    assert (len(whatsapp.asked), hospital.due()) == (1, [])
    assert rows_of(services, called)[-1] == ("called", WHATSAPP, state.name.lower())


def test_a_failure_whose_report_was_lost_is_fetched_and_has_its_consequence(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    remind(hospital, asha)
    send_all(hospital)
    whatsapp.reports_of_the_last(ReceiptState.FAILED, fault=SendFault.UNREACHABLE, code="63024")
    clock.forward(minutes=15)
    ask_after_unconfirmed(services)
    send_all(hospital)
    assert rows_of(services, asha) == [("reminder", WHATSAPP, "failed"), ("reminder", SMS, "sent")]


@pytest.mark.parametrize("state", UNDER_WAY)
def test_what_can_wait_is_told_once_however_slow_and_asked_after_ever_more_rarely(
    hospital: Hospital,
    services: Services,
    asha: Person,
    whatsapp: Carrier,
    sms: Carrier,
    clock: SetClock,
    state: ReceiptState | None,
) -> None:
    remind(hospital, asha)
    send_all(hospital)
    if state is not None:
        whatsapp.reports_of_the_last(state)
    for _ in range(5 * 60):
        clock.forward(minutes=1)
        ask_after_unconfirmed(services)
    send_all(hospital)
    assert sms.handed == []
    assert 4 <= len(whatsapp.asked) <= 6


def test_whose_call_is_taken_back_is_told_another_way_as_well(
    hospital: Hospital, services: Services, called: Person, sms: Carrier, clock: SetClock
) -> None:
    hospital.presses(undo_last)
    send_all(hospital)
    assert sms.kinds == []
    clock.forward(minutes=2)
    ask_after_unconfirmed(services)
    send_all(hospital)
    assert sms.kinds == ["undone"]


def test_who_would_come_for_nothing_is_told_another_way_as_well(
    hospital: Hospital, services: Services, asha: Person, sms: Carrier, clock: SetClock
) -> None:
    with services.uow() as uow:
        call_off(uow, appointment_id=asha.booked.appointment.id, actor=SYSTEM, now=clock.at)
        uow.commit()
    send_all(hospital)
    clock.forward(minutes=15)
    ask_after_unconfirmed(services)
    send_all(hospital)
    assert sms.kinds == ["cancelled"]


def test_a_correction_of_an_alert_only_waits_for_its_way(
    hospital: Hospital, services: Services, asha: Person, sms: Carrier, clock: SetClock
) -> None:
    hospital.books("second", channel=TELEGRAM)
    hospital.starts()
    send_all(hospital)
    hospital.presses(undo_last)
    send_all(hospital)
    assert ("undone", WHATSAPP, "sent") in rows_of(services, asha)
    clock.forward(minutes=5)
    ask_after_unconfirmed(services)
    assert (send_all(hospital), sms.handed) == (0, [])


def test_what_a_slow_channel_brings_in_the_end_is_told_and_nothing_more_happens(
    hospital: Hospital, services: Services, called: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    clock.at += TOO_LATE
    ask_after_unconfirmed(services)
    send_all(hospital)
    brings(hospital, called, whatsapp.reports_of_the_last(ReceiptState.DELIVERED))
    clock.forward(seconds=30)
    brings(hospital, called, sms.reports_of_the_last(ReceiptState.DELIVERED))
    clock.forward(minutes=3)
    assert (ask_after_unconfirmed(services), hospital.due()) == (0, [])


def test_a_provider_that_is_asked_and_fails_is_as_one_that_does_not_know(
    hospital: Hospital,
    services: Services,
    called: Person,
    sms: Carrier,
    clock: SetClock,
    channels: Sequence[Channel],
) -> None:
    clock.at += TOO_LATE
    broken = {channel.name: channel for channel in channels}

    def breaks(_: str) -> Receipt | None:
        raise ConnectionError("nobody is there")

    broken[WHATSAPP] = replace(broken[WHATSAPP], ask=breaks)
    assert ask_after_unconfirmed(replace(services, channels=broken)) == 1
    send_all(hospital)
    assert sms.kinds == ["called"]


def test_two_clocks_ask_once_and_who_dies_while_asking_leaves_it_to_the_next(
    hospital: Hospital, services: Services, called: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    clock.at += TOO_LATE
    with services.uow() as uow:
        taken = uow.outbox.claim_unconfirmed(now=clock.at, lease_until=clock.at + LEASE, limit=99)
        uow.commit()
    assert len(taken) == 1
    assert ask_after_unconfirmed(services) == 0
    clock.at += LEASE
    assert ask_after_unconfirmed(services) == 1
    send_all(hospital)
    assert (len(whatsapp.asked), sms.kinds) == (1, ["called"])


def test_on_a_channel_that_never_tells_nobody_is_waited_for(
    hospital: Hospital, services: Services, clock: SetClock
) -> None:
    a_person(hospital, "asha", (TELEGRAM, SMS))
    hospital.starts()
    hospital.calls_next()
    send_all(hospital)
    clock.forward(minutes=4)
    assert (ask_after_unconfirmed(services), hospital.due()) == (0, [])
