"""Appointments and visits."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.booking import CODE_ALPHABET, CODE_LENGTH, Appointment, AppointmentStatus, Visit
from domain.errors import DomainError
from domain.ids import AppointmentId
from domain.ports import UnitOfWork
from domain.queue import TicketState
from tests.contract.ground import (
    DAY,
    NOBODY,
    NOW,
    Ground,
    a_new_ticket,
    a_user,
    a_visit,
    an_address,
    an_appointment,
    prepare,
)

BOOKED, CANCELLED = AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED


def _book_again(uow: UnitOfWork, ground: Ground, *, patient_id: int, slot: int = 1) -> AppointmentId | None:
    seat = uow.slots.claim_seat(ground.slots[slot].id, now=NOW)
    assert seat is not None
    return uow.appointments.add(
        slot=ground.slots[slot],
        seat=seat,
        visit=a_visit(uow, ground, patient_id=patient_id),
        only_one_a_day=ground.site.one_booking_per_day,
        rescheduled_from=None,
        now=NOW,
    )


def test_a_visit_has_a_code_and_a_link_of_its_own(uow: UnitOfWork, ground: Ground) -> None:
    patient, address = a_user(uow, ground), an_address(uow)
    visits = [a_visit(uow, ground, patient_id=patient, address_id=address.id) for _ in range(20)]
    assert len({v.code for v in visits}) == len({v.link for v in visits}) == 20
    for visit in visits:
        assert len(visit.code) == CODE_LENGTH
        assert set(visit.code) <= set(CODE_ALPHABET)
        assert len(visit.link) >= 20
        assert (visit.patient_id, visit.booker_id, visit.address_id) == (patient, patient, address.id)
        assert uow.appointments.visit(visit.id) == visit == uow.appointments.visit_by_link(visit.link)
    assert uow.appointments.visit(NOBODY) is None
    assert uow.appointments.visit_by_link("nonsense") is None


def _visit_of(uow: UnitOfWork, ground: Ground, request_key: str | None) -> Visit | None:
    return uow.appointments.add_visit(
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        booker_id=None,
        patient_id=None,
        address_id=None,
        request_key=request_key,
    )


def test_a_request_key_makes_one_visit_and_finds_it_again(uow: UnitOfWork, ground: Ground) -> None:
    assert uow.appointments.visit_by_request("first form") is None
    visit = _visit_of(uow, ground, "first form")
    assert visit is not None
    assert _visit_of(uow, ground, "first form") is None
    # The transaction is still of use.
    assert uow.appointments.visit_by_request("first form") == visit
    assert uow.appointments.visit_by_request("second form") is None
    assert _visit_of(uow, ground, "second form") not in {None, visit}


def test_what_was_made_without_a_request_key_is_made_as_often_as_it_is_asked_for(
    uow: UnitOfWork, ground: Ground
) -> None:
    assert (
        len({visit and visit.id for visit in (_visit_of(uow, ground, None) for _ in range(3))} - {None}) == 3
    )


def test_an_undone_attempt_leaves_its_request_key_free(uow: UnitOfWork, ground: Ground) -> None:
    with suppress(DomainError), uow.attempt():
        _visit_of(uow, ground, "a form")
        raise DomainError("slot-full")
    assert uow.appointments.visit_by_request("a form") is None
    assert _visit_of(uow, ground, "a form") is not None


def test_an_appointment_is_as_it_was_booked(uow: UnitOfWork, ground: Ground) -> None:
    patient = a_user(uow, ground)
    appointment = an_appointment(uow, ground, patient_id=patient)
    slot = ground.slots[0]
    assert appointment == Appointment(
        id=appointment.id,
        organisation_id=slot.organisation_id,
        site_id=slot.site_id,
        service_id=slot.service_id,
        slot_id=slot.id,
        visit_id=appointment.visit_id,
        queue_id=slot.queue_id,
        business_date=DAY,
        starts_at=slot.starts_at,
        patient_id=patient,
        booker_id=patient,
        token="10-01",
        status=BOOKED,
        rescheduled_from=None,
    )
    assert uow.appointments.get(NOBODY) is None


def test_a_second_booking_of_the_day_is_refused_where_only_one_is_allowed(
    uow: UnitOfWork, ground: Ground
) -> None:
    patient, other = a_user(uow, ground), a_user(uow, ground)
    first = an_appointment(uow, ground, patient_id=patient)
    assert _book_again(uow, ground, patient_id=patient) is None
    assert _book_again(uow, ground, patient_id=other) is not None
    live = uow.appointments.live_on(patient_id=patient, service_id=ground.service.id, day=DAY)
    assert live == first


def test_a_second_booking_of_the_day_is_taken_where_the_site_allows_it(uow: UnitOfWork) -> None:
    ground = prepare(uow, one_booking_per_day=False)
    patient = a_user(uow, ground)
    first = an_appointment(uow, ground, patient_id=patient)
    assert _book_again(uow, ground, patient_id=patient) is not None
    assert uow.appointments.change_status(first.id, was=BOOKED, becomes=CANCELLED)
    assert uow.appointments.change_status(first.id, was=CANCELLED, becomes=BOOKED)


def test_a_cancelled_booking_frees_the_day(uow: UnitOfWork, ground: Ground) -> None:
    patient = a_user(uow, ground)
    first = an_appointment(uow, ground, patient_id=patient)
    assert uow.appointments.change_status(first.id, was=BOOKED, becomes=CANCELLED)
    assert uow.appointments.live_on(patient_id=patient, service_id=ground.service.id, day=DAY) is None
    assert _book_again(uow, ground, patient_id=patient) is not None


@pytest.mark.parametrize("ended", [s for s in AppointmentStatus if s is not BOOKED])
def test_a_status_moves_only_from_what_it_was(
    uow: UnitOfWork, ground: Ground, ended: AppointmentStatus
) -> None:
    first = an_appointment(uow, ground, patient_id=a_user(uow, ground))
    assert uow.appointments.change_status(first.id, was=BOOKED, becomes=ended)
    assert not uow.appointments.change_status(first.id, was=BOOKED, becomes=ended)
    found = uow.appointments.get(first.id)
    assert found is not None
    assert found.status is ended
    assert not uow.appointments.change_status(NOBODY, was=BOOKED, becomes=ended)


def test_going_back_to_booked_claims_the_day_again(uow: UnitOfWork, ground: Ground) -> None:
    patient = a_user(uow, ground)
    first = an_appointment(uow, ground, patient_id=patient)
    uow.appointments.change_status(first.id, was=BOOKED, becomes=AppointmentStatus.NO_SHOW)
    assert uow.appointments.change_status(first.id, was=AppointmentStatus.NO_SHOW, becomes=BOOKED)
    assert not uow.appointments.change_status(first.id, was=AppointmentStatus.NO_SHOW, becomes=BOOKED)
    assert _book_again(uow, ground, patient_id=patient) is None


def test_going_back_to_booked_is_refused_when_the_day_was_taken_meanwhile(
    uow: UnitOfWork, ground: Ground
) -> None:
    patient = a_user(uow, ground)
    first = an_appointment(uow, ground, patient_id=patient)
    uow.appointments.change_status(first.id, was=BOOKED, becomes=CANCELLED)
    second = _book_again(uow, ground, patient_id=patient)
    assert second is not None
    assert not uow.appointments.change_status(first.id, was=CANCELLED, becomes=BOOKED)
    # The transaction is still of use.
    found = uow.appointments.get(first.id)
    assert found is not None
    assert found.status is CANCELLED
    assert uow.appointments.change_status(second, was=BOOKED, becomes=CANCELLED)
    assert uow.appointments.change_status(first.id, was=CANCELLED, becomes=BOOKED)


def test_upcoming_shows_what_is_booked_and_not_over_by_time(uow: UnitOfWork) -> None:
    ground = prepare(uow, one_booking_per_day=False)
    patient, stranger = a_user(uow, ground), a_user(uow, ground)
    late = an_appointment(uow, ground, patient_id=patient, slot=1)
    early = an_appointment(uow, ground, patient_id=patient, slot=0)
    gone = an_appointment(uow, ground, patient_id=patient, slot=0)
    uow.appointments.change_status(gone.id, was=BOOKED, becomes=CANCELLED)
    assert uow.appointments.upcoming(user_ids=[patient], now=NOW) == [early, late]
    assert uow.appointments.upcoming(user_ids=[stranger], now=NOW) == []
    assert uow.appointments.upcoming(user_ids=[], now=NOW) == []
    after_the_first = ground.slots[0].ends_at
    assert uow.appointments.upcoming(user_ids=[patient, stranger], now=after_the_first) == [late]


def test_upcoming_shows_what_a_booker_has_booked_for_others(uow: UnitOfWork, ground: Ground) -> None:
    mother, child = a_user(uow, ground), a_user(uow, ground, name="Child")
    seat = uow.slots.claim_seat(ground.slots[0].id, now=NOW)
    assert seat is not None
    visit = uow.appointments.add_visit(
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        booker_id=mother,
        patient_id=child,
        address_id=None,
    )
    assert visit is not None
    uow.appointments.add(
        slot=ground.slots[0], seat=seat, visit=visit, only_one_a_day=True, rescheduled_from=None, now=NOW
    )
    (of_mother,) = uow.appointments.upcoming(user_ids=[mother], now=NOW)
    assert [of_mother] == uow.appointments.upcoming(user_ids=[child], now=NOW)
    assert (of_mother.patient_id, of_mother.booker_id) == (child, mother)


def test_upcoming_shows_who_still_waits_after_their_time(uow: UnitOfWork, ground: Ground) -> None:
    patient = a_user(uow, ground)
    appointment = an_appointment(uow, ground, patient_id=patient)
    visit = uow.appointments.visit(appointment.visit_id)
    assert visit is not None
    ticket = uow.tickets.add(a_new_ticket(ground, visit, number=1, appointment=appointment), at=NOW)
    tonight = ground.slots[0].ends_at + timedelta(hours=3)
    assert uow.appointments.upcoming(user_ids=[patient], now=tonight) == [appointment]
    uow.tickets.move(ticket, to=TicketState.NO_SHOW, at=tonight)
    assert uow.appointments.upcoming(user_ids=[patient], now=tonight) == []


def test_what_one_person_has_is_handed_over_to_another(uow: UnitOfWork, ground: Ground) -> None:
    before, after = a_user(uow, ground), a_user(uow, ground)
    appointment = an_appointment(uow, ground, patient_id=before)
    other = an_appointment(uow, ground, patient_id=a_user(uow, ground))
    assert uow.appointments.queues_of(before) == [ground.queue.id]
    uow.appointments.hand_over(before, to=after)
    moved = replace(appointment, patient_id=after, booker_id=after)
    assert uow.appointments.get(appointment.id) == moved
    assert uow.appointments.upcoming(user_ids=[after], now=NOW) == [moved]
    assert uow.appointments.queues_of(before) == []
    visit = uow.appointments.visit(appointment.visit_id)
    assert visit is not None
    assert (visit.patient_id, visit.booker_id) == (after, after)
    assert uow.appointments.get(other.id) == other
    assert _book_again(uow, ground, patient_id=after) is None, "the day's claim went with it"
    assert _book_again(uow, ground, patient_id=before) is not None


def test_two_bookings_of_one_day_stay_when_their_people_turn_out_to_be_one(
    uow: UnitOfWork, ground: Ground
) -> None:
    uow.slots.change_capacity(ground.slots[1].id, capacity=9)
    before, after = a_user(uow, ground), a_user(uow, ground)
    first = an_appointment(uow, ground, patient_id=before, slot=0)
    second = an_appointment(uow, ground, patient_id=after, slot=1)
    uow.appointments.hand_over(before, to=after)
    both = uow.appointments.upcoming(user_ids=[after], now=NOW)
    assert [a.id for a in both] == [first.id, second.id]
    assert _book_again(uow, ground, patient_id=after) is None
    assert uow.appointments.change_status(first.id, was=BOOKED, becomes=CANCELLED)
    assert _book_again(uow, ground, patient_id=after) is None, "the other still has the day"
    assert uow.appointments.change_status(second.id, was=BOOKED, becomes=CANCELLED)
    assert _book_again(uow, ground, patient_id=after) is not None


def test_only_live_bookings_keep_a_person_in_a_queue(uow: UnitOfWork, ground: Ground) -> None:
    patient = a_user(uow, ground)
    appointment = an_appointment(uow, ground, patient_id=patient)
    uow.appointments.change_status(appointment.id, was=BOOKED, becomes=CANCELLED)
    assert uow.appointments.queues_of(patient) == []
