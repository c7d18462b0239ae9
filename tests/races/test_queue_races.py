"""Staff and people at the same instant, on PostgreSQL, each beside a naive twin that has to fail."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine, text

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor
from domain.queue import LIVE, TicketState
from domain.use_cases.book import Booked, BookedAtDesk, book_at_desk
from domain.use_cases.change import cancel, reschedule
from domain.use_cases.walk_in import WalkIn, issue_walk_in
from persistence.unit_of_work import SqlUnitOfWork
from tests.races.race import race
from tests.use_cases.clinic import STAFF, Clinic, MorningClock, SilentAnnouncer, open_clinic

ROOMS = 8


@pytest.fixture
def clinic(engine: Engine) -> Clinic:
    make_uow = partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=MorningClock())
    return open_clinic(make_uow, capacity=40, rooms=ROOMS)


def waiting(clinic: Clinic, people: int) -> list[Booked]:
    booked = [clinic.book(f"p{n}") for n in range(people)]
    clinic.start()
    return booked


def outcome(verb: Callable[[], object]) -> object:
    """What came of it: a refusal's key is an ordinary answer."""
    try:
        return verb()
    except DomainError as refusal:
        return refusal.key


def test_staff_who_press_next_together_never_call_one_person_twice_or_skip_one(clinic: Clinic) -> None:
    waiting(clinic, 40)
    called = []
    for _ in range(40 // ROOMS):
        called += race([partial(clinic.next, room) for room in range(ROOMS)])
    tokens = [c.ticket.token for c in called if c.ticket]
    assert sorted(tokens) == sorted(f"09-{n:02d}" for n in range(1, 41))


def test_without_the_lock_they_do(clinic: Clinic, engine: Engine) -> None:
    """The naive twin: look who is first, then call them."""
    waiting(clinic, 40)

    def naive_next() -> int:
        with engine.begin() as connection:
            first = connection.scalar(
                text("SELECT id FROM tickets WHERE state = 'waiting' ORDER BY due_at, number LIMIT 1")
            )
            connection.execute(text("UPDATE tickets SET state = 'called' WHERE id = :id"), {"id": first})
            return int(first)

    called: list[int] = []
    for _ in range(40 // ROOMS):
        called += race([naive_next] * ROOMS)
    assert len(set(called)) < len(called)


def test_a_double_click_in_one_instant_is_one_press(clinic: Clinic) -> None:
    waiting(clinic, 10)
    version = clinic.version(0)
    outcomes = race([partial(outcome, partial(clinic.next, 0, version=version))] * ROOMS)
    assert outcomes.count("counter-moved") == ROOMS - 1
    with clinic.uow() as uow:
        assert len(uow.tickets.at_counters(clinic.queue_id)) == 1


def test_cancel_against_next_gives_one_truth(clinic: Clinic) -> None:
    booked = waiting(clinic, 24)

    def cancels(one: Booked) -> object:
        with clinic.uow() as uow:
            cancel(uow, appointment_id=one.appointment.id, actor=Actor(), now=clinic.now)
            uow.commit()
        return "cancelled"

    for one in range(0, 24, 3):
        first = booked[one : one + 3]
        race(
            [partial(outcome, partial(cancels, b)) for b in first]
            + [partial(clinic.next, room) for room in range(3)]
        )
    _assert_one_truth(clinic, booked)


def test_a_booking_in_the_instant_of_the_start_is_not_left_behind(clinic: Clinic) -> None:
    clinic.book("first")
    for n in range(20):
        clinic.person(f"q{n}")
    race([clinic.start, *[partial(clinic.book, f"q{n}") for n in range(20)]])
    with clinic.uow() as uow:
        assert len(uow.tickets.head(clinic.queue_id, limit=50)) == 21


def test_moving_between_two_slots_both_ways_neither_waits_for_ever_nor_loses_a_seat(clinic: Clinic) -> None:
    there = [clinic.book(f"a{n}", 0) for n in range(10)]
    back = [clinic.book(f"b{n}", 1) for n in range(10)]

    def moves(one: Booked, slot: int) -> object:
        with clinic.uow() as uow:
            reschedule(
                uow,
                appointment_id=one.appointment.id,
                slot_id=clinic.slots[slot].id,
                actor=Actor(),
                now=clinic.now,
            )
            uow.commit()
        return "moved"

    outcomes = race(
        [partial(outcome, partial(moves, b, 1)) for b in there]
        + [partial(outcome, partial(moves, b, 0)) for b in back]
    )
    assert outcomes == ["moved"] * 20
    with clinic.uow() as uow:
        assert [
            s.booked for s in uow.slots.of_day(service_id=clinic.service_id, day=clinic.slots[0].day)
        ] == [
            10,
            10,
            0,
        ]


def test_walk_ins_at_once_get_tokens_of_their_own(clinic: Clinic) -> None:
    def comes() -> str:
        with clinic.uow() as uow:
            issued = issue_walk_in(
                uow, queue_id=clinic.queue_id, counter_id=None, name=None, actor=STAFF, now=clinic.now
            )
            uow.commit()
        return issued.ticket.token

    tokens = race([comes] * 24)
    assert sorted(tokens) == [f"W-{n:02d}" for n in range(1, 25)]


def test_a_walk_in_form_sent_eight_times_at_once_gives_one_token(clinic: Clinic) -> None:
    def sends() -> WalkIn:
        with clinic.uow() as uow:
            issued = issue_walk_in(
                uow,
                queue_id=clinic.queue_id,
                counter_id=None,
                name="Meera",
                request_key="one form",
                actor=STAFF,
                now=clinic.now,
            )
            uow.commit()
        return issued

    issued = race([sends] * 8)
    assert {one.ticket.token for one in issued} == {"W-01"}
    assert [one.repeated for one in issued].count(False) == 1
    assert _tickets(clinic) == 1


@pytest.mark.parametrize("capacity", [1, 40])
def test_a_booking_form_sent_eight_times_at_once_books_one_seat(clinic: Clinic, capacity: int) -> None:
    """For one slot, where a seat's row makes the twins wait; with its last seat too."""
    with clinic.uow() as uow:
        uow.slots.change_capacity(clinic.slots[0].id, capacity=capacity)
        uow.commit()
    booked = race([partial(_books_at_desk, clinic, slot=0)] * 8)
    assert {one.ticket.token for one in booked} == {"09-01"}
    assert [one.repeated for one in booked].count(False) == 1
    assert (_tickets(clinic), _seats_taken(clinic)) == (1, 1)


def test_a_booking_form_sent_at_once_for_several_times_books_one_of_them(clinic: Clinic) -> None:
    """For several slots, where only the key makes the twins wait."""
    booked = race([partial(_books_at_desk, clinic, slot=n % 3) for n in range(9)])
    assert len({one.ticket.id for one in booked}) == 1
    assert (_tickets(clinic), _seats_taken(clinic)) == (1, 1)


def test_a_booking_form_without_a_key_books_as_often_as_it_is_sent(clinic: Clinic) -> None:
    """The naive twin: nothing tells a resend from another person."""
    race([partial(_books_at_desk, clinic, slot=0, key=None)] * 8)
    assert (_tickets(clinic), _seats_taken(clinic)) == (8, 8)


def _books_at_desk(clinic: Clinic, *, slot: int, key: str | None = "one form") -> BookedAtDesk:
    with clinic.uow() as uow:
        booked = book_at_desk(
            uow, slot_id=clinic.slots[slot].id, name="Meera", request_key=key, actor=STAFF, now=clinic.now
        )
        uow.commit()
    return booked


def _tickets(clinic: Clinic) -> int:
    with clinic.uow() as uow:
        return sum(uow.tickets.counts(clinic.queue_id).values())


def _seats_taken(clinic: Clinic) -> int:
    with clinic.uow() as uow:
        slots = uow.slots.of_day(service_id=clinic.service_id, day=clinic.slots[0].day)
    return sum(slot.booked for slot in slots)


def _assert_one_truth(clinic: Clinic, booked: list[Booked]) -> None:
    with clinic.uow() as uow:
        slot = uow.slots.get(clinic.slots[0].id)
        appointments = [uow.appointments.get(b.appointment.id) for b in booked]
        tickets = [uow.tickets.get(b.ticket.id) for b in booked]
    assert slot is not None
    assert slot.booked == sum(
        a is not None and a.status is not AppointmentStatus.CANCELLED for a in appointments
    )
    for appointment, ticket in zip(appointments, tickets, strict=True):
        assert appointment is not None
        assert ticket is not None
        if appointment.status is AppointmentStatus.CANCELLED:
            assert ticket.state is TicketState.LEFT
        elif appointment.status is AppointmentStatus.BOOKED:
            assert ticket.state in LIVE
        else:
            assert ticket.state is TicketState.COMPLETED
