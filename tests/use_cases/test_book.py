"""Booking, cancelling and moving, as people and the token rules see it."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor
from domain.queue import QueueState, TicketState
from domain.use_cases.administer import change_capacity, make_day, set_available
from domain.use_cases.book import Booked, BookedAtDesk, book_at_desk, cancel, reschedule
from persistence.memory import memory_uow
from tests.use_cases.clinic import DAY, SITE, STAFF, Clinic, SilentAnnouncer, open_clinic


def refusal(verb: object, *arguments: object) -> str:
    with pytest.raises(DomainError) as refused:
        verb(*arguments)  # type: ignore[operator]
    return refused.value.key


def cancels(clinic: Clinic, booked: Booked) -> None:
    with clinic.uow() as uow:
        cancel(uow, appointment_id=booked.appointment.id, actor=Actor(), now=clinic.now)
        uow.commit()


def moves(clinic: Clinic, booked: Booked, slot: int) -> Booked:
    with clinic.uow() as uow:
        moved = reschedule(
            uow,
            appointment_id=booked.appointment.id,
            slot_id=clinic.slots[slot].id,
            actor=Actor(),
            now=clinic.now,
        )
        uow.commit()
    return moved


def adds_slot(clinic: Clinic, start: time, end: time) -> None:
    with clinic.uow() as uow:
        make_day(
            uow,
            service_id=clinic.service_id,
            day=DAY,
            opens=start,
            closes=end,
            slot_minutes=15,
            capacity=2,
            actor=STAFF,
            now=clinic.now,
        )
        clinic.slots = uow.slots.of_day(service_id=clinic.service_id, day=DAY)
        uow.commit()


def test_tokens_tell_the_slot_and_the_number_within_it() -> None:
    clinic = open_clinic(memory_uow(SilentAnnouncer()), capacity=2)
    ten, half_past = 2, 1  # the slots are 09:00, 09:30 and 10:00
    tokens = [
        clinic.book(f"p{n}", slot).appointment.token
        for n, slot in enumerate((ten, half_past, ten, half_past))
    ]
    assert tokens == ["10-01", "0930-01", "10-02", "0930-02"]


def test_a_freed_seat_gets_a_new_token_and_a_grown_slot_goes_on() -> None:
    clinic = open_clinic(memory_uow(SilentAnnouncer()), capacity=2)
    first = clinic.book("a", 2)
    clinic.book("b", 2)
    cancels(clinic, first)
    assert clinic.book("c", 2).appointment.token == "10-03"
    with clinic.uow() as uow:
        change_capacity(uow, slot_id=clinic.slots[2].id, capacity=4, actor=STAFF, now=clinic.now)
        uow.commit()
    assert clinic.book("d", 2).appointment.token == "10-04"


def test_an_inserted_slot_has_tokens_of_its_own() -> None:
    clinic = open_clinic(memory_uow(SilentAnnouncer()))
    adds_slot(clinic, time(9, 15), time(9, 30))
    assert [s.start_time for s in clinic.slots][:2] == [time(9), time(9, 15)]
    assert clinic.book("a", 1).appointment.token == "0915-01"


def test_people_are_called_in_the_order_in_which_they_are_due(clinic: Clinic) -> None:
    for who, slot in (("late", 2), ("early", 0), ("middle", 1), ("early too", 0)):
        clinic.book(who, slot)
    clinic.start()
    tokens = []
    while called := clinic.next().ticket:
        tokens.append(called.token)
    assert tokens == ["09-01", "09-02", "0930-01", "10-01"]


def test_a_full_slot_is_refused(clinic: Clinic) -> None:
    for n in range(3):
        clinic.book(f"p{n}")
    assert refusal(clinic.book, "one too many") == "slot-full"


def test_a_slot_can_be_booked_until_it_ends(clinic: Clinic) -> None:
    clinic.passes(29)
    clinic.book("in time")
    clinic.passes(1)
    assert refusal(clinic.book, "too late") == "slot-past"


def test_an_unavailable_service_is_refused(clinic: Clinic) -> None:
    with clinic.uow() as uow:
        set_available(uow, service_id=clinic.service_id, available=False, actor=STAFF, now=clinic.now)
        uow.commit()
    assert refusal(clinic.book, "anyone") == "service-unavailable"


def test_an_unknown_slot_is_refused(clinic: Clinic) -> None:
    clinic.slots[0] = replace(clinic.slots[0], id=987654)  # type: ignore[arg-type]
    assert refusal(clinic.book, "anyone") == "slot-unknown"


def test_one_live_booking_a_day_for_a_person_and_service(clinic: Clinic) -> None:
    first = clinic.book("ravi", 0)
    with pytest.raises(DomainError) as refused:
        clinic.book("ravi", 1)
    assert refused.value.key == "already-booked"
    assert refused.value.params["token"] == first.appointment.token
    cancels(clinic, first)
    clinic.book("ravi", 1)


def test_a_site_may_allow_several_bookings_a_day() -> None:
    clinic = open_clinic(memory_uow(SilentAnnouncer()), site=replace(SITE, one_booking_per_day=False))
    clinic.book("ravi", 0)
    clinic.book("ravi", 1)


def test_cancelling_frees_the_seat_and_ends_the_ticket(clinic: Clinic) -> None:
    booked = clinic.book("ravi")
    cancels(clinic, booked)
    with clinic.uow() as uow:
        slot = uow.slots.get(clinic.slots[0].id)
        appointment = uow.appointments.get(booked.appointment.id)
        ticket = uow.tickets.get(booked.ticket.id)
    assert slot and slot.booked == 0
    assert appointment and appointment.status is AppointmentStatus.CANCELLED
    assert ticket and ticket.state is TicketState.VOID


def test_cancelling_twice_is_refused_and_frees_one_seat(clinic: Clinic) -> None:
    booked = clinic.book("ravi")
    clinic.book("mina")
    cancels(clinic, booked)
    assert refusal(cancels, clinic, booked) == "appointment-over"
    with clinic.uow() as uow:
        slot = uow.slots.get(clinic.slots[0].id)
    assert slot and slot.booked == 1


def test_inside_the_cut_off_cancelling_is_refused() -> None:
    clinic = open_clinic(memory_uow(SilentAnnouncer()), site=replace(SITE, cancel_cutoff_minutes=60))
    booked = clinic.book("ravi", 2)  # at 10:00; it is 09:00
    cancels(clinic, clinic.book("mina", 2))
    clinic.passes(0.1)
    assert refusal(cancels, clinic, booked) == "too-late-to-cancel"


def test_who_has_been_called_can_neither_cancel_nor_move(clinic: Clinic) -> None:
    booked = clinic.book("ravi")
    clinic.start()
    clinic.next()
    assert refusal(cancels, clinic, booked) == "already-called"
    assert refusal(moves, clinic, booked, 1) == "already-called"


def test_moving_keeps_the_visit_and_gives_a_new_token(clinic: Clinic) -> None:
    booked = clinic.book("ravi", 0)
    moved = moves(clinic, booked, 1)
    assert moved.appointment.token == "0930-01"
    assert moved.visit.code == booked.visit.code
    assert moved.visit.link == booked.visit.link
    assert moved.appointment.rescheduled_from == booked.appointment.id
    with clinic.uow() as uow:
        old, new = uow.slots.get(clinic.slots[0].id), uow.slots.get(clinic.slots[1].id)
    assert old and old.booked == 0
    assert new and new.booked == 1


def test_moving_into_a_full_slot_keeps_the_old_one(clinic: Clinic) -> None:
    for n in range(3):
        clinic.book(f"p{n}", 1)
    booked = clinic.book("ravi", 0)
    assert refusal(moves, clinic, booked, 1) == "slot-full"
    with clinic.uow() as uow:
        appointment = uow.appointments.get(booked.appointment.id)
        ticket = uow.tickets.live_of(booked.appointment.id)
    assert appointment and appointment.status is AppointmentStatus.BOOKED
    assert ticket and ticket.id == booked.ticket.id


def test_moving_to_the_same_slot_is_refused(clinic: Clinic) -> None:
    booked = clinic.book("ravi", 0)
    assert refusal(moves, clinic, booked, 0) == "same-slot"


def test_a_booking_into_a_running_queue_waits_at_once_and_hears_its_place(clinic: Clinic) -> None:
    clinic.book("a")
    clinic.book("b")
    clinic.start()
    booked = clinic.book("c")
    assert booked.ticket.state is TicketState.WAITING
    assert booked.ahead == 2
    with clinic.uow() as uow:
        queue = uow.queues.get(clinic.queue_id)
    assert queue and queue.state is QueueState.OPEN


def test_a_booking_in_the_far_future_has_a_reminder_and_one_at_the_door_has_none(clinic: Clinic) -> None:
    def due(at: object) -> int:
        with clinic.uow() as uow:
            return len(uow.outbox.due(now=at, hinted_before=at, limit=100))  # type: ignore[arg-type]

    clinic.book("now", 0)  # starts now: nothing to remind of
    clinic.passes(-30)
    clinic.book("later", 2)  # at 10:00, told an hour before
    assert due(clinic.now) == 0
    assert due(clinic.now + timedelta(minutes=31)) == 1


def test_somebody_without_a_phone_is_booked_at_the_desk_and_waits_like_everybody(clinic: Clinic) -> None:
    clinic.book("with a phone")
    with clinic.uow() as uow:
        booked = book_at_desk(
            uow, slot_id=clinic.slots[0].id, name="  Meera  Joshi ", actor=STAFF, now=clinic.now
        )
        uow.commit()
    clinic.start()
    with clinic.uow() as uow:
        assert [t.token for t in uow.tickets.head(clinic.queue_id, limit=5)] == ["09-01", "09-02"]
        assert booked.visit.patient_id is not None
        patient = uow.people.user(booked.visit.patient_id)
    assert patient and patient.name == "Meera Joshi"


def books_at_desk(clinic: Clinic, *, key: str | None, slot: int = 0) -> BookedAtDesk:
    with clinic.uow() as uow:
        booked = book_at_desk(
            uow,
            slot_id=clinic.slots[slot].id,
            name="Meera",
            request_key=key,
            actor=STAFF,
            now=clinic.now,
        )
        uow.commit()
    return booked


def test_a_form_of_the_desk_that_is_sent_again_gives_the_token_it_gave(clinic: Clinic) -> None:
    first, again = (books_at_desk(clinic, key="one form") for _ in range(2))
    assert again.ticket == first.ticket
    assert (first.repeated, again.repeated) == (False, True)
    assert books_at_desk(clinic, key="another form").ticket.token == "09-02"
    assert books_at_desk(clinic, key=None).ticket.token == "09-03"
    # All seats are taken now, and still the first form is answered with its token.
    assert books_at_desk(clinic, key="one form").ticket == first.ticket


def test_a_form_that_another_organisation_used_is_refused_and_takes_no_seat() -> None:
    make_uow = memory_uow(SilentAnnouncer())
    ours, theirs = open_clinic(make_uow), open_clinic(make_uow, site=replace(SITE, slug="elsewhere"))
    books_at_desk(theirs, key="their form")
    assert refusal(lambda: books_at_desk(ours, key="their form")) == "form-of-others"
    with make_uow() as uow:
        slot = uow.slots.get(ours.slots[0].id)
    assert slot is not None
    assert slot.booked == 0


def test_at_the_desk_a_name_is_needed(clinic: Clinic) -> None:
    with clinic.uow() as uow, pytest.raises(DomainError) as refused:
        book_at_desk(uow, slot_id=clinic.slots[0].id, name=" ", actor=STAFF, now=clinic.now)
    assert refused.value.key == "name-needed"
