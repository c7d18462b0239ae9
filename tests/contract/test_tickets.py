"""Tickets: their states, their intervals, and what staff see of them."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.ports import UnitOfWork
from domain.queue import AT_COUNTER, HAS_INTERVAL, IN_LINE, LIVE, Ticket, TicketState
from tests.contract.ground import (
    DAY,
    MINUTE,
    NOBODY,
    NOW,
    Ground,
    a_new_ticket,
    a_ticket,
    a_user,
    a_visit,
    an_address,
    an_appointment,
)

WAITING, CALLED, EXPECTED = TicketState.WAITING, TicketState.CALLED, TicketState.EXPECTED
COMPLETED = TicketState.COMPLETED


def _called(uow: UnitOfWork, ground: Ground, ticket: Ticket, *, at: int = 1) -> Ticket:
    moved = uow.tickets.move(ticket, to=CALLED, at=NOW + at * MINUTE, counter_id=ground.counter.id)
    assert moved is not None
    return moved


@pytest.mark.parametrize("state", [EXPECTED, WAITING])
def test_a_new_ticket_has_an_interval_only_where_it_waits(
    uow: UnitOfWork, ground: Ground, state: TicketState
) -> None:
    new = a_new_ticket(ground, a_visit(uow, ground), number=4, state=state, priority=2)
    ticket = uow.tickets.add(new, at=NOW)
    assert ticket == Ticket(
        **{name: getattr(new, name) for name in new.__slots__},
        id=ticket.id,
        interval=1 if state is WAITING else 0,
        version=0,
        counter_id=None,
        called_at=None,
        last_call_at=None,
        finished_at=None,
        calls=0,
        alerted=None,
        alert_round=0,
    )
    assert uow.tickets.get(ticket.id) == ticket
    assert uow.tickets.get(NOBODY) is None


def test_calling_notes_the_counter_and_the_time(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_ticket(uow, ground, number=1)
    called = _called(uow, ground, ticket)
    assert called == replace(
        ticket,
        state=CALLED,
        interval=2,
        version=1,
        counter_id=ground.counter.id,
        called_at=NOW + MINUTE,
        last_call_at=NOW + MINUTE,
        calls=1,
    )
    assert uow.tickets.get(ticket.id) == called
    assert uow.tickets.at_counters(ground.queue.id) == [called]


def test_serving_keeps_the_counter(uow: UnitOfWork, ground: Ground) -> None:
    called = _called(uow, ground, a_ticket(uow, ground, number=1))
    serving = uow.tickets.move(called, to=TicketState.SERVING, at=NOW + 2 * MINUTE)
    assert serving == replace(called, state=TicketState.SERVING, interval=3, version=2)


@pytest.mark.parametrize("ended", [state for state in TicketState if state not in LIVE])
def test_an_end_notes_the_time_and_keeps_who_called(
    uow: UnitOfWork, ground: Ground, ended: TicketState
) -> None:
    called = _called(uow, ground, a_ticket(uow, ground, number=1))
    done = uow.tickets.move(called, to=ended, at=NOW + 9 * MINUTE)
    assert done == replace(called, state=ended, version=2, finished_at=NOW + 9 * MINUTE)
    assert uow.tickets.live_in(ground.queue.id, limit=9) == []


def test_a_ticket_that_had_moved_is_left_as_it_is(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_ticket(uow, ground, number=1)
    called = _called(uow, ground, ticket)
    assert uow.tickets.move(ticket, to=TicketState.LEFT, at=NOW) is None
    assert uow.tickets.get(ticket.id) == called


def test_returning_to_the_line_clears_what_was_alerted_and_called(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_ticket(uow, ground, number=1)
    uow.tickets.mark_alerted({ticket.id: 1})
    called = _called(uow, ground, ticket)
    assert called.alerted == 1
    back = uow.tickets.move(called, to=WAITING, at=NOW + 5 * MINUTE)
    assert back == replace(ticket, interval=3, version=2, alerted=None)


def test_a_ticket_goes_through_every_state_that_has_an_interval(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_ticket(uow, ground, number=1)
    for number, state in enumerate(sorted(HAS_INTERVAL, key=lambda s: s.value), start=2):
        moved = uow.tickets.move(ticket, to=state, at=NOW + number * MINUTE, counter_id=ground.counter.id)
        assert moved is not None
        assert (moved.state, moved.interval) == (state, number)
        assert (moved.counter_id is not None) == (state in AT_COUNTER)
        ticket = moved


def test_undo_restores_the_ticket_exactly_its_version_too(uow: UnitOfWork, ground: Ground) -> None:
    before = a_ticket(uow, ground, number=1)
    called = _called(uow, ground, before)
    assert uow.tickets.restore(before, version=called.version)
    assert uow.tickets.get(before.id) == before
    assert not uow.tickets.restore(before, version=called.version)


def test_an_interval_number_is_not_used_again_after_an_undo(uow: UnitOfWork, ground: Ground) -> None:
    before = a_ticket(uow, ground, number=1)
    first = _called(uow, ground, before)
    uow.tickets.restore(before, version=first.version)
    present = uow.tickets.get(before.id)
    assert present is not None
    again = _called(uow, ground, present)
    assert again.interval == first.interval + 1


def test_undo_of_an_end_opens_the_interval_again(uow: UnitOfWork, ground: Ground) -> None:
    called = _called(uow, ground, a_ticket(uow, ground, number=1))
    done = uow.tickets.move(called, to=COMPLETED, at=NOW + 3 * MINUTE)
    assert done is not None
    assert uow.tickets.restore(called, version=done.version)
    assert uow.tickets.get(called.id) == called
    assert uow.tickets.move(called, to=COMPLETED, at=NOW + 4 * MINUTE) is not None


def test_a_correction_survives_an_undo(uow: UnitOfWork, ground: Ground) -> None:
    before = a_ticket(uow, ground, number=1)
    called = _called(uow, ground, before)
    uow.tickets.correct_alerted({before.id: 3})
    assert uow.tickets.restore(before, version=called.version)
    assert uow.tickets.get(before.id) == replace(before, alert_round=1)


def test_starting_makes_those_expected_wait_and_stopping_undoes_it(uow: UnitOfWork, ground: Ground) -> None:
    expected = [a_ticket(uow, ground, number=n, state=EXPECTED) for n in (1, 2)]
    left = uow.tickets.move(a_ticket(uow, ground, number=3), to=TicketState.LEFT, at=NOW)
    assert uow.tickets.start_waiting(ground.queue.id, at=NOW) == 2
    waiting = [replace(t, state=WAITING, interval=1, version=1) for t in expected]
    assert uow.tickets.head(ground.queue.id, limit=9) == waiting
    uow.tickets.mark_alerted({waiting[0].id: 1})
    assert uow.tickets.stop_waiting(ground.queue.id) == 2
    assert [uow.tickets.get(t.id) for t in expected] == [
        replace(expected[0], version=2, alerted=1),
        replace(expected[1], version=2),
    ]
    assert uow.tickets.start_waiting(ground.queue.id, at=NOW) == 2
    assert [(t.interval, t.alerted) for t in uow.tickets.head(ground.queue.id, limit=9)] == [(2, None)] * 2
    assert left is not None
    assert uow.tickets.get(left.id) == left
    assert uow.tickets.start_waiting(NOBODY, at=NOW) == uow.tickets.stop_waiting(NOBODY) == 0


def test_calls_are_counted_with_the_time_of_the_last(uow: UnitOfWork, ground: Ground) -> None:
    called = _called(uow, ground, a_ticket(uow, ground, number=1))
    assert uow.tickets.count_call(called.id, at=NOW + 2 * MINUTE) == 2
    assert uow.tickets.count_call(called.id, at=NOW + 3 * MINUTE) == 3
    assert uow.tickets.get(called.id) == replace(called, calls=3, last_call_at=NOW + 3 * MINUTE)


def test_alerts_are_marked_without_moving_the_version_and_corrected_in_rounds(
    uow: UnitOfWork, ground: Ground
) -> None:
    one, two = a_ticket(uow, ground, number=1), a_ticket(uow, ground, number=2)
    uow.tickets.mark_alerted({two.id: 1, one.id: 3})
    uow.tickets.mark_alerted({})
    assert uow.tickets.head(ground.queue.id, limit=9) == [replace(one, alerted=3), replace(two, alerted=1)]
    uow.tickets.correct_alerted({one.id: None, two.id: 3})
    uow.tickets.correct_alerted({})
    assert uow.tickets.head(ground.queue.id, limit=9) == [
        replace(one, alert_round=1),
        replace(two, alerted=3, alert_round=1),
    ]


def test_ahead_counts_those_in_the_same_line_only(uow: UnitOfWork, ground: Ground) -> None:
    tickets = [a_ticket(uow, ground, number=n) for n in (1, 2, 3, 4)]
    tickets.append(a_ticket(uow, ground, number=5, state=EXPECTED))
    _called(uow, ground, tickets[0])
    uow.tickets.move(tickets[1], to=TicketState.ON_HOLD, at=NOW)
    other = uow.queues.ensure(service=ground.service, day=DAY + timedelta(days=1))
    elsewhere = replace(
        a_new_ticket(ground, a_visit(uow, ground), number=1),
        queue_id=other.id,
        business_date=DAY + timedelta(1),
    )
    uow.tickets.add(elsewhere, at=NOW)
    assert [uow.tickets.ahead(t) for t in tickets[2:]] == [0, 1, 2]
    last = uow.tickets.add(a_new_ticket(ground, a_visit(uow, ground), number=6), at=NOW)
    assert uow.tickets.ahead(last) == 3


def test_the_head_of_the_line_has_only_those_who_wait(uow: UnitOfWork, ground: Ground) -> None:
    tickets = [a_ticket(uow, ground, number=n) for n in (1, 2, 3)]
    a_ticket(uow, ground, number=4, state=EXPECTED)
    _called(uow, ground, tickets[0])
    assert uow.tickets.head(ground.queue.id, limit=9) == tickets[1:]
    assert uow.tickets.head(ground.queue.id, limit=1) == tickets[1:2]
    assert uow.tickets.head(NOBODY, limit=9) == []
    assert [t.number for t in uow.tickets.live_in(ground.queue.id, limit=9)] == [1, 2, 3, 4]
    assert [t.number for t in uow.tickets.live_in(ground.queue.id, limit=2)] == [1, 2]


def test_whom_a_counter_has_comes_with_the_head_of_its_line(uow: UnitOfWork, ground: Ground) -> None:
    late = uow.tickets.add(a_new_ticket(ground, a_visit(uow, ground), number=1, due_at=NOW + MINUTE), at=NOW)
    tickets = [a_ticket(uow, ground, number=n) for n in (2, 3, 4)]
    present = _called(uow, ground, tickets[0])
    look = partial(uow.tickets.present_and_head, ground.queue.id)
    assert look(ticket_id=present.id, limit=9) == (present, [*tickets[1:], late])
    assert look(ticket_id=present.id, limit=1) == (present, tickets[1:2])
    assert look(ticket_id=None, limit=2) == (None, tickets[1:])
    assert uow.tickets.present_and_head(NOBODY, ticket_id=present.id, limit=9) == (present, [])


def test_the_live_ticket_of_an_appointment_and_the_latest_of_a_visit(uow: UnitOfWork, ground: Ground) -> None:
    appointment = an_appointment(uow, ground, patient_id=a_user(uow, ground))
    visit = uow.appointments.visit(appointment.visit_id)
    assert visit is not None
    assert uow.tickets.live_of(appointment.id) is None
    assert uow.tickets.latest_of_visit(visit.id) is None
    first = uow.tickets.add(a_new_ticket(ground, visit, number=1, appointment=appointment), at=NOW)
    assert uow.tickets.live_of(appointment.id) == first == uow.tickets.latest_of_visit(visit.id)
    left = uow.tickets.move(first, to=TicketState.LEFT, at=NOW)
    assert uow.tickets.live_of(appointment.id) is None
    assert uow.tickets.latest_of_visit(visit.id) == left
    second = uow.tickets.add(a_new_ticket(ground, visit, number=2), at=NOW)
    assert uow.tickets.latest_of_visit(visit.id) == second


def test_the_staff_s_list_leads_to_the_appointment_of_who_has_one(uow: UnitOfWork, ground: Ground) -> None:
    appointment = an_appointment(uow, ground, patient_id=a_user(uow, ground))
    visit = uow.appointments.visit(appointment.visit_id)
    assert visit is not None
    uow.tickets.add(a_new_ticket(ground, visit, number=1, appointment=appointment, state=WAITING), at=NOW)
    a_ticket(uow, ground, number=2)
    rows = uow.tickets.lines(ground.queue.id, states=[WAITING], limit=9)
    assert {row.appointment_id for row in rows} == {appointment.id, None}


def test_recent_minutes_are_the_latest_completed_visits_newest_first(uow: UnitOfWork, ground: Ground) -> None:
    for number in (1, 2, 3):
        called = _called(uow, ground, a_ticket(uow, ground, number=number), at=10 * number)
        uow.tickets.move(called, to=COMPLETED, at=NOW + 11 * number * MINUTE)
    missed = _called(uow, ground, a_ticket(uow, ground, number=4), at=50)
    uow.tickets.move(missed, to=TicketState.NO_SHOW, at=NOW + 90 * MINUTE)
    assert uow.tickets.recent_minutes(ground.service.id, limit=2) == [3.0, 2.0]
    assert uow.tickets.recent_minutes(ground.service.id, limit=9) == [3.0, 2.0, 1.0]
    assert uow.tickets.recent_minutes(NOBODY, limit=9) == []


def test_tickets_are_counted_by_state_and_counters_by_queue(uow: UnitOfWork, ground: Ground) -> None:
    for number in (1, 2):
        a_ticket(uow, ground, number=number)
    _called(uow, ground, a_ticket(uow, ground, number=3))
    assert uow.tickets.counts(ground.queue.id) == {WAITING: 2, CALLED: 1}
    assert uow.tickets.counts(NOBODY) == {}
    assert uow.tickets.active_counters(ground.queue.id) == 0
    uow.queues.move_counter(ground.counter.id, version=0, queue_id=ground.queue.id, ticket_id=None)
    assert uow.tickets.active_counters(ground.queue.id) == 1


def test_staff_see_names_and_who_has_a_phone_in_the_order_of_the_line(
    uow: UnitOfWork, ground: Ground
) -> None:
    asha, address = a_user(uow, ground, name="Asha"), an_address(uow)
    stopped = an_address(uow, handle="stopped")
    uow.people.save_address(replace(stopped, stopped_at=NOW))
    blocked = an_address(uow, handle="blocked")
    uow.people.save_address(replace(blocked, blocked_at=NOW))
    visits = [
        a_visit(uow, ground),
        a_visit(uow, ground, patient_id=asha, address_id=address.id),
        a_visit(uow, ground, address_id=stopped.id),
        a_visit(uow, ground, address_id=blocked.id),
    ]
    states = (EXPECTED, WAITING, WAITING, WAITING)
    tickets = [
        uow.tickets.add(a_new_ticket(ground, visit, number=n, state=state), at=NOW)
        for n, (visit, state) in enumerate(zip(visits, states, strict=True), start=1)
    ]
    shown = uow.tickets.lines(ground.queue.id, states=IN_LINE, limit=9)
    assert [line.ticket_id for line in shown] == [t.id for t in tickets]
    assert [line.name for line in shown] == [None, "Asha", None, None]
    assert [line.ahead for line in shown] == [0, 1, 2, 3]
    assert [line.has_phone for line in shown] == [False, True, True, True]
    assert [line.unreached for line in shown] == [False, False, True, True]
    assert [(s.token, s.state, s.due_at) for s in shown[:1]] == [("W-01", "expected", NOW)]
    assert len(uow.tickets.lines(ground.queue.id, states=[WAITING], limit=1)) == 1
    assert shown[0].appointment_id is None
    uow.tickets.move(tickets[1], to=TicketState.NO_SHOW, at=NOW)
    (missed,) = uow.tickets.lines(ground.queue.id, states=[TicketState.NO_SHOW], limit=9)
    assert (missed.token, missed.ahead, missed.state) == ("W-02", None, "no_show")


def test_those_missed_of_an_address_are_found_since_a_day(uow: UnitOfWork, ground: Ground) -> None:
    address, another = an_address(uow), an_address(uow, handle="another")
    for number, owner in enumerate((address, address, another), start=1):
        visit = a_visit(uow, ground, address_id=owner.id)
        due_at = NOW - timedelta(minutes=number)
        uow.tickets.add(
            a_new_ticket(ground, visit, number=number, due_at=due_at, state=TicketState.NO_SHOW), at=NOW
        )
    waiting = a_visit(uow, ground, address_id=address.id)
    uow.tickets.add(a_new_ticket(ground, waiting, number=4), at=NOW)
    missed = uow.tickets.missed_of_address(address.id, since=DAY)
    assert [ticket.token for ticket in missed] == ["W-02", "W-01"]
    assert uow.tickets.missed_of_address(address.id, since=DAY + timedelta(days=1)) == []
