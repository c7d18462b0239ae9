"""A booking as staff see it: moved or called off from its page, with the person told, or staff told that they must."""

import re
from dataclasses import replace
from datetime import time, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

import app
from domain.booking import Appointment, AppointmentStatus
from domain.errors import DomainError
from domain.people import Role
from domain.use_cases.administer import make_day, set_available
from domain.use_cases.book import Booked, book, book_at_desk
from domain.use_cases.change import cancel
from domain.use_cases.deliver import work_outbox
from domain.use_cases.undo import undo_last
from persistence.tables import sites
from tests.admin_web.world import Page, World, text_of
from tests.use_cases.clinic import DAY, STAFF

REACHED = "They are told by message."
NO_PHONE = "They have no phone: tell them yourself."


def page_of(appointment: Appointment) -> str:
    return f"/appointments/{appointment.id}"


def move(world: World, browser: Page, booked: Booked, *, slot: int, **form: object) -> TestResponse:
    chosen = {"slot_id": world.ours.slots[slot].id}
    return browser.post(f"{page_of(booked.appointment)}/move", chosen | form)


def call_off(browser: Page, appointment: Appointment, **form: object) -> TestResponse:
    return browser.post(f"{page_of(appointment)}/call-off", {"sure": "yes"} | form)


def without_phone(world: World, name: str = "Meera Joshi") -> Appointment:
    with world.make_uow() as uow:
        desk = book_at_desk(
            uow, slot_id=world.ours.slots[0].id, name=name, actor=STAFF, now=world.clock.now()
        )
        uow.commit()
    with world.make_uow() as uow:
        assert desk.ticket.appointment_id is not None
        appointment = uow.appointments.get(desk.ticket.appointment_id)
    assert appointment is not None
    return appointment


def status(world: World, appointment: Appointment) -> AppointmentStatus:
    with world.make_uow() as uow:
        found = uow.appointments.get(appointment.id)
    assert found is not None
    return found.status


def told(world: World, handle: str) -> list[str]:
    """What the person's phone shows, once a worker has sent what is due."""
    at = world.clock.now()
    channels = app._simulated_channels(world.make_uow, cast(Any, world.clock))
    with world.make_uow() as uow:
        due = uow.outbox.due(now=at, hinted_before=at + timedelta(days=1), limit=50)
    work_outbox(replace(world.services, channels=channels), [outbox_id for outbox_id, _ in due])
    with world.make_uow() as uow:
        screen = uow.phones.screen(channel="sim-telegram", handle=handle, limit=9)
    return [str(message.payload["text"]) for message in screen]


def test_a_booking_says_who_comes_when_where_and_how_it_stands(world: World, operator: Page) -> None:
    booked = world.ours.book("Asha Kumar")
    said = operator.says(page_of(booked.appointment))
    for fact in (
        "09-01 Asha Kumar",
        "Day and time Monday 23 November 2026, 09:00",
        "Place Dr Rao, Room 1, Clinic",
        "State expected",
        f"Code {booked.visit.code}",
        REACHED,
    ):
        assert fact in said
    assert NO_PHONE in operator.says(page_of(without_phone(world)))


def test_a_booking_is_reached_from_the_console_and_from_the_lists_of_its_day(world: World) -> None:
    booked = world.ours.book("Asha Kumar")
    day = f"/services/{world.ours.service_id}/days/2026-11-23"
    console = f"/queues/{world.ours.queue_id}?counter={world.ours.counters[0]}"
    for role, path in (
        (Role.OPERATOR, console),
        (Role.OPERATOR, f"{day}/list"),
        (Role.MANAGER, day),
    ):
        browser = world.logged_in(role)
        link = re.search(rf'href="({page_of(booked.appointment)}\?page=[^"]*)"', browser.get(path).text)
        assert link is not None, path
        shown = browser.get(link[1])
        assert "09-01 Asha Kumar" in text_of(shown)
        assert f'href="{path}">Back' in shown.text


def test_a_walk_in_has_no_booking_to_open(world: World, operator: Page) -> None:
    world.ours.start()
    operator.post(f"/queues/{world.ours.queue_id}/walk-ins", {"name": "Ravi"})
    console = operator.get(f"/queues/{world.ours.queue_id}")
    assert "W-01 Ravi" in text_of(console)
    assert "/appointments/" not in console.text.split('id="the-line"')[1]


def test_a_moved_booking_has_a_new_token_and_its_person_reads_it(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    answer = move(world, operator, booked, slot=2)
    assert answer.status_code == 303
    said = operator.says(answer.location)
    assert f"Moved to Monday 23 November 2026, 10:00. The new token is 10-01. {REACHED}" in said
    assert "10-01 asha" in said
    (message,) = told(world, "asha")
    assert "your visit at Clinic is now Mon 23 Nov 10:00. New token 10-01" in message


def test_a_booking_of_somebody_without_a_phone_is_moved_and_staff_have_to_tell(
    world: World, operator: Page
) -> None:
    appointment = without_phone(world)
    answer = operator.post(f"{page_of(appointment)}/move", {"slot_id": world.ours.slots[1].id})
    said = operator.says(answer.location)
    assert f"Note: Moved to Monday 23 November 2026, 09:30. The new token is 0930-01. {NO_PHONE}" in said
    assert world.everything()["outbox"] == []


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        ("stopped_at", "They have stopped our messages: tell them yourself."),
        ("blocked_at", "Their chat takes no messages from us: tell them yourself."),
    ],
)
def test_whom_no_message_reaches_has_to_be_told_by_staff(
    world: World, operator: Page, closed: str, said: str
) -> None:
    booked = world.ours.book("asha")
    address, _ = world.ours.person("asha")
    with world.make_uow() as uow:
        since: dict[str, Any] = {closed: world.clock.now()}
        uow.people.save_address(replace(address, **since))
        uow.commit()
    answer = call_off(operator, booked.appointment)
    assert said in operator.says(answer.location)
    assert told(world, "asha") == []


def test_no_time_to_move_to_is_chosen_before_staff_choose_and_the_old_one_can_t_be(
    world: World, operator: Page
) -> None:
    booked = world.ours.book("asha")
    shown = operator.get(page_of(booked.appointment))
    assert f'value="{booked.slot.id}" required disabled' in shown.text
    assert " checked" not in shown.text
    assert "09:00–09:30 their time now" in text_of(shown)
    assert "09:30–10:00 3 free" in text_of(shown)
    answer = move(world, operator, booked, slot=0, slot_id="")
    assert answer.status_code == 422
    assert "Choose a time." in text_of(answer)


def test_a_refused_move_says_why_at_the_time_and_keeps_the_booking(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    for n in range(3):
        world.ours.book(f"other {n}", slot=1)
    for slot_id, said in (
        (world.ours.slots[0].id, "That is the time they have already."),
        (world.ours.slots[1].id, "That time was just taken."),
        (world.theirs.slots[0].id, "That time is not offered any more."),
        (10**17, "That time is not offered any more."),
        ("9" * 30, "Choose a time."),
    ):
        before = world.everything(but=["staff_sessions"])
        answer = move(world, operator, booked, slot=0, slot_id=slot_id)
        assert answer.status_code == 422
        assert f"▲ {said}" in text_of(answer)
        assert 'aria-describedby="slot_id-error"' in answer.text
        assert world.everything(but=["staff_sessions"]) == before


def test_a_call_off_asks_first_and_neither_the_look_nor_the_question_does_it(
    world: World, operator: Page
) -> None:
    booked = world.ours.book("asha")
    link = re.search(r'href="([^"]*ask=call-off[^"]*)"', operator.get(page_of(booked.appointment)).text)
    assert link is not None
    before = world.everything(but=["staff_sessions"])
    asked = operator.says(link[1].replace("&amp;", "&"))
    assert "Call off 09-01, Monday 23 November 2026, 09:00?" in asked
    assert REACHED in asked
    unsure = call_off(operator, booked.appointment, sure="")
    assert unsure.status_code == 303
    assert "Yes, call it off" in operator.says(unsure.location)
    assert operator.get(f"{page_of(booked.appointment)}/call-off").status_code == 405
    assert world.everything(but=["staff_sessions"]) == before


def test_a_called_off_booking_frees_its_seat_and_its_person_reads_it(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    answer = call_off(operator, booked.appointment)
    assert answer.status_code == 303
    said = operator.says(answer.location)
    assert f"09-01 is called off. {REACHED}" in said
    assert "State cancelled" in said
    assert "Move the booking" not in said
    assert status(world, booked.appointment) is AppointmentStatus.CANCELLED
    with world.make_uow() as uow:
        slot = uow.slots.get(booked.slot.id)
    assert slot is not None
    assert slot.booked == 0
    (message,) = told(world, "asha")
    assert "Mon 23 Nov 09:00 at Clinic is cancelled. Token 09-01 is no longer valid." in message


def test_what_is_sent_twice_is_done_once(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    first = move(world, operator, booked, slot=1)
    moved = operator.says(first.location)
    before = world.everything(but=["staff_sessions"])
    again = move(world, operator, booked, slot=1)
    assert again.status_code == 422
    assert "Not done. That appointment is over or cancelled already." in text_of(again)
    assert "This booking was moved. It is token 0930-01 now." in text_of(again)
    assert world.everything(but=["staff_sessions"]) == before
    assert "0930-01 asha" in moved

    with world.make_uow() as uow:
        now_booked = uow.appointments.upcoming(
            user_ids=[world.ours.person("asha")[1]], now=world.clock.now()
        )[0]
    call_off(operator, now_booked)
    before = world.everything(but=["staff_sessions"])
    again = call_off(operator, now_booked)
    assert again.status_code == 422
    assert "Not done. That appointment is over or cancelled already." in text_of(again)
    assert world.everything(but=["staff_sessions"]) == before


def test_who_has_been_called_is_changed_at_the_counter_only(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    world.ours.start()
    world.ours.next()
    said = operator.says(page_of(booked.appointment))
    assert "They have been called already. End the visit at the counter, or press Undo there first." in said
    assert "State called" in said
    for answer in (move(world, operator, booked, slot=1), call_off(operator, booked.appointment)):
        assert answer.status_code == 422
        assert "Not done. They have been called already." in text_of(answer)
    with world.make_uow() as uow:
        undo_last(
            uow,
            counter_id=world.ours.counters[0],
            counter_version=world.ours.version(),
            actor=STAFF,
            now=world.clock.now(),
        )
        uow.commit()
    assert call_off(operator, booked.appointment).status_code == 303


def test_no_cut_off_binds_staff(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    with world.engine.begin() as connection:
        connection.execute(update(sites).values(cancel_cutoff_minutes=600))
    with world.make_uow() as uow, pytest.raises(DomainError, match="too-late-to-cancel"):
        cancel(uow, appointment_id=booked.appointment.id, actor=STAFF, now=world.clock.now())
    assert move(world, operator, booked, slot=1).status_code == 303


def test_a_service_that_takes_no_bookings_lets_its_own_be_called_off(world: World, operator: Page) -> None:
    booked = world.ours.book("asha")
    with world.make_uow() as uow:
        set_available(
            uow, service_id=world.ours.service_id, available=False, actor=STAFF, now=world.clock.now()
        )
        uow.commit()
    said = operator.says(page_of(booked.appointment))
    assert "Dr Rao takes no new bookings at the moment." in said
    assert "Call off the booking" in said
    answer = move(world, operator, booked, slot=1)
    assert answer.status_code == 422
    assert "Dr Rao takes no bookings at the moment." in text_of(answer)


def test_nobody_is_moved_onto_a_day_they_are_booked_for_already(world: World, operator: Page) -> None:
    world.ours.book("asha")
    _, asha = world.ours.person("asha")
    tomorrow = DAY + timedelta(days=1)
    with world.make_uow() as uow:
        make_day(
            uow,
            service_id=world.ours.service_id,
            day=tomorrow,
            opens=time(11),
            closes=time(12),
            slot_minutes=30,
            capacity=2,
            actor=STAFF,
            now=world.clock.now(),
        )
        later = book(
            uow,
            slot_id=uow.slots.of_day(service_id=world.ours.service_id, day=tomorrow)[0].id,
            patient_id=asha,
            booker_id=asha,
            address_id=None,
            actor=STAFF,
            now=world.clock.now(),
        )
        uow.commit()
    answer = move(world, operator, later, slot=1)
    assert answer.status_code == 422
    said = "They have a booking there that day already: token 09-01, Mon 23 Nov 09:00."
    assert said in text_of(answer)
    assert status(world, later.appointment) is AppointmentStatus.BOOKED
    other_day = f"{page_of(later.appointment)}?day={tomorrow}"
    assert "Time on Tuesday 24 November 2026" in operator.says(other_day)
