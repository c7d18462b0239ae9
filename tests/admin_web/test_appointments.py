"""Booking at the desk: for somebody without a phone, with what was typed kept and every refusal at its field."""

import re
from datetime import time, timedelta

from werkzeug.test import TestResponse

from domain.people import Role
from domain.use_cases.administer import change_capacity, make_day, set_available
from tests.admin_web.world import Page, World, text_of
from tests.use_cases.clinic import DAY, STAFF


def form_page(world: World, **query: object) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/services/{world.ours.service_id}/appointments/new?{asked}"


def send(world: World, browser: Page, **form: object) -> TestResponse:
    """Presses the button of the form as it stands now; `form` replaces what it holds."""
    shown = browser.get(form_page(world)).text
    hidden: dict[str, object] = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    chosen = re.search(r'name="slot_id" value="(\d+)" required checked', shown)
    filled = hidden | {"slot_id": chosen[1] if chosen else "", "name": "Meera Joshi"}
    return browser.client.post(f"/services/{world.ours.service_id}/appointments", data=filled | form)


def fills(world: World, slot: int) -> None:
    for n in range(world.ours.slots[slot].free):
        world.ours.book(f"somebody {slot} {n}", slot)


def adds_day(world: World, days: int) -> None:
    with world.make_uow() as uow:
        make_day(
            uow,
            service_id=world.ours.service_id,
            day=DAY + timedelta(days=days),
            opens=time(11),
            closes=time(12),
            slot_minutes=30,
            capacity=2,
            actor=STAFF,
            now=world.clock.now(),
        )
        uow.commit()


def test_the_earliest_free_time_is_chosen_already(world: World, operator: Page) -> None:
    fills(world, 0)
    said = operator.says(form_page(world))
    assert "Time on Monday 23 November 2026" in said
    assert "09:30–10:00 3 free · earliest" in said
    assert "09:00–09:30" not in said
    answer = send(world, operator)
    assert "0930-01" in operator.says(answer.location)


def test_another_day_is_a_link_away_and_shows_its_times(world: World, operator: Page) -> None:
    adds_day(world, 1)
    shown = operator.get(form_page(world)).text
    assert "Tue 24 Nov" in text_of(operator.get(form_page(world)))
    link = re.search(r'href="([^"]*day=2026-11-24[^"]*)"', shown)
    assert link is not None
    said = operator.says(link[1].replace("&amp;", "&"))
    assert "Time on Tuesday 24 November 2026" in said
    assert "11:00–11:30 2 free" in said


def test_a_day_without_a_free_time_shows_the_next_one_and_says_so(world: World, operator: Page) -> None:
    for day in ("2026-11-29", "9999-12-31"):
        said = operator.says(form_page(world, day=day))
        assert "No time is free on" in said
        assert "Time on Monday 23 November 2026" in said
    assert "No time is free on" not in operator.says(form_page(world, day="soon"))


def test_a_booking_ends_on_its_paper_with_all_that_the_person_needs(world: World, operator: Page) -> None:
    adds_day(world, 1)
    with world.make_uow() as uow:
        slot = uow.slots.of_day(service_id=world.ours.service_id, day=DAY + timedelta(days=1))[1]
    answer = send(world, operator, slot_id=slot.id)
    assert answer.status_code == 303
    paper = operator.get(answer.location)
    for said in ("1130-01", "Tuesday 24 November 2026", "11:30", "Room 1", "14 Lake Road", "Clinic"):
        assert said in text_of(paper)
    assert re.search(r"Code at the desk: [2-9B-Z]{6}", text_of(paper))
    assert "<svg" in paper.text
    assert "Meera" not in paper.text
    day_list = operator.says(f"/services/{world.ours.service_id}/days/2026-11-24/list")
    assert "11:30 1130-01 Meera Joshi" in day_list


def test_after_the_paper_staff_come_back_to_the_counter_they_work_at(world: World, operator: Page) -> None:
    console = f"/queues/{world.ours.queue_id}?counter={world.ours.counters[1]}"
    link = re.search(r'id="book-for-later" href="([^"]*)"', operator.get(console).text)
    assert link is not None
    assert f'href="{console}">Back' in operator.get(link[1]).text
    assert f'href="{console}">Back' in operator.get(send(world, operator, page=console).location).text
    assert 'href="/today">Back' in operator.get(send(world, operator, page="//evil.example").location).text
    assert "Book for later" in operator.says("/today")


def test_a_form_without_a_time_and_a_name_is_told_both_at_their_fields(world: World, operator: Page) -> None:
    answer = send(world, operator, slot_id="", name=" ")
    assert answer.status_code == 422
    assert 'id="slot_id-error"' in answer.text
    assert "Choose a time." in text_of(answer)
    assert 'id="name-error"' in answer.text
    assert "A name needs letters." in text_of(answer)


def test_a_name_without_letters_keeps_what_was_typed_and_chosen(world: World, operator: Page) -> None:
    last = world.ours.slots[2].id
    answer = send(world, operator, name="12345", slot_id=last)
    assert answer.status_code == 422
    assert 'value="12345"' in answer.text
    assert f'value="{last}" required checked' in answer.text
    assert 'id="name-error"' in answer.text


def test_a_time_that_was_just_taken_is_refused_with_those_that_are_free_now(
    world: World, operator: Page
) -> None:
    fills(world, 0)
    answer = send(world, operator, slot_id=world.ours.slots[0].id)
    assert answer.status_code == 422
    assert "That time was just taken. These are free:" in text_of(answer)
    assert 'id="slot_id-error"' in answer.text
    assert 'value="Meera Joshi"' in answer.text
    assert "09:30–10:00 3 free" in text_of(answer)
    assert f'value="{world.ours.slots[0].id}"' not in answer.text
    assert " checked" not in answer.text  # nobody chose any of these


def test_a_time_that_is_over_or_closed_or_nowhere_is_refused(world: World, operator: Page) -> None:
    with world.make_uow() as uow:
        uow.slots.close(world.ours.slots[1].id)
        uow.commit()
    world.clock.passes(minutes=31)
    for slot_id, said in (
        (world.ours.slots[0].id, "That time is over."),
        (world.ours.slots[1].id, "That time was closed."),
        (10**17, "That time is not offered any more."),
        ("9" * 30, "Choose a time."),
    ):
        answer = send(world, operator, slot_id=slot_id)
        assert answer.status_code == 422
        assert said in text_of(answer)


def test_a_time_of_another_service_is_not_offered_here(world: World, operator: Page) -> None:
    before = world.everything()
    answer = send(world, operator, slot_id=world.theirs.slots[0].id)
    assert answer.status_code == 422
    assert "That time is not offered any more." in text_of(answer)
    assert world.everything() == before


def test_a_service_with_nothing_free_or_no_bookings_says_so(world: World) -> None:
    operator, manager = world.logged_in(Role.OPERATOR), world.logged_in(Role.MANAGER)
    for slot in range(3):
        fills(world, slot)
    assert "No time is free in the next 31 days." in operator.says(form_page(world))
    assert "Make a day." not in operator.says(form_page(world))
    assert "Make a day." in manager.says(form_page(world))
    with world.make_uow() as uow:
        change_capacity(uow, slot_id=world.ours.slots[0].id, capacity=4, actor=STAFF, now=world.clock.now())
        set_available(
            uow, service_id=world.ours.service_id, available=False, actor=STAFF, now=world.clock.now()
        )
        uow.commit()
    assert "Dr Rao takes no new bookings at the moment." in operator.says(form_page(world))


def test_a_form_sent_twice_books_once_and_says_so_the_second_time(world: World, operator: Page) -> None:
    key = "a-key-of-one-page-load"
    first = send(world, operator, form_key=key)
    assert "sent before" not in operator.says(first.location)
    again = send(world, operator, form_key=key)
    assert again.location == first.location
    said = operator.says(again.location)
    assert "This form was sent before: here is the token it gave." in said
    assert "09-01" in said
    assert "09-02" in operator.says(send(world, operator).location)


def test_a_refused_form_keeps_its_key_and_books_when_it_is_put_right(world: World, operator: Page) -> None:
    refused = send(world, operator, name="", form_key="a-key-of-one-page-load")
    assert 'value="a-key-of-one-page-load"' in refused.text
    assert send(world, operator, form_key="a-key-of-one-page-load").status_code == 303


def test_what_is_no_key_of_ours_never_reaches_the_database(world: World, operator: Page) -> None:
    for key in ("", "short", "x" * 65, "é" * 20):
        assert send(world, operator, form_key=key).status_code == 303
    with world.make_uow() as uow:
        taken = sum(s.booked for s in uow.slots.of_day(service_id=world.ours.service_id, day=DAY))
    assert taken == 4
