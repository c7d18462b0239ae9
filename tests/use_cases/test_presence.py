"""What people say of their own coming: here, late, leaving; and that it moves nobody's place but their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor, EventName
from domain.notices import NoticeKind
from domain.queue import Ticket, TicketState, in_order
from domain.use_cases.book import Booked
from domain.use_cases.follow import console
from domain.use_cases.presence import check_in, leave, running_late
from domain.use_cases.queue import close_queue, no_show
from domain.use_cases.undo import undo_last
from persistence.memory import memory_uow
from tests.use_cases.clinic import SITE, STAFF, Clinic, SilentAnnouncer, open_clinic
from tests.use_cases.test_queue import press, undo, walk_in

Verb = Callable[..., Ticket]
VERBS = [check_in, running_late, leave]


def say(clinic: Clinic, verb: Verb, ticket_id: int, *, by: str = "asha") -> Ticket:
    address, _ = clinic.person(by)
    with clinic.uow() as uow:
        verb(uow, ticket_id=ticket_id, actor=Actor(address_id=address.id), now=clinic.now)
        uow.commit()
    return ticket(clinic, ticket_id)


def ticket(clinic: Clinic, ticket_id: int) -> Ticket:
    with clinic.uow() as uow:
        found = uow.tickets.get(ticket_id)
    assert found is not None
    return found


def refused(clinic: Clinic, verb: Verb, ticket_id: int, *, by: str = "asha") -> str:
    before = ticket(clinic, ticket_id)
    with pytest.raises(DomainError) as refusal:
        say(clinic, verb, ticket_id, by=by)
    assert ticket(clinic, ticket_id) == before
    return refusal.value.key


def line(clinic: Clinic) -> list[int]:
    with clinic.uow() as uow:
        return [ticket.id for ticket in in_order(uow.tickets.live_in(clinic.queue_id, limit=100))]


def follows(clinic: Clinic, ticket_id: int, *, by: str = "asha") -> None:
    """As somebody does who scans a printed token."""
    address, _ = clinic.person(by)
    with clinic.uow() as uow:
        found = uow.tickets.get(ticket_id)
        assert found is not None
        uow.tickets.follow(found.visit_id, address_id=address.id)
        uow.commit()


@pytest.fixture
def asha(clinic: Clinic) -> Booked:
    return clinic.book("asha")


def test_what_was_said_last_holds_and_no_version_moves(clinic: Clinic, asha: Booked) -> None:
    late = say(clinic, running_late, asha.ticket.id)
    assert (late.here_at, late.late_at, late.version) == (None, clinic.now, asha.ticket.version)
    clinic.passes(5)
    here = say(clinic, check_in, asha.ticket.id)
    assert (here.here_at, here.late_at, here.version) == (clinic.now, None, asha.ticket.version)


def test_said_twice_the_first_time_stands(clinic: Clinic, asha: Booked) -> None:
    first = say(clinic, check_in, asha.ticket.id)
    clinic.passes(5)
    assert say(clinic, check_in, asha.ticket.id) == first


def test_it_leaves_the_order_of_the_line_as_it_is(clinic: Clinic, asha: Booked) -> None:
    ravi = clinic.book("ravi")
    clinic.start()
    before = line(clinic)
    say(clinic, check_in, ravi.ticket.id, by="ravi")
    say(clinic, running_late, asha.ticket.id)
    assert line(clinic) == before == [asha.ticket.id, ravi.ticket.id]


@pytest.mark.parametrize(
    ("verb", "name"), [(check_in, EventName.TICKET_HERE), (running_late, EventName.TICKET_LATE)]
)
def test_it_is_on_record_once_and_who_said_it(
    clinic: Clinic, asha: Booked, verb: Verb, name: EventName
) -> None:
    address, _ = clinic.person("asha")
    with clinic.uow() as uow:
        for _ in range(2):
            verb(uow, ticket_id=asha.ticket.id, actor=Actor(address_id=address.id), now=clinic.now)
        events = [r.event for r in uow.events._state.events.values()]  # type: ignore[attr-defined]
        uow.commit()
    assert [(e.ticket_id, e.actor.address_id) for e in events if e.name is name] == [
        (asha.ticket.id, address.id)
    ]


def test_staffs_undo_is_not_refused_for_it_and_keeps_it(clinic: Clinic, asha: Booked) -> None:
    clinic.start()
    here = say(clinic, check_in, asha.ticket.id)
    clinic.next()
    undo(clinic)
    back = ticket(clinic, asha.ticket.id)
    assert (back.state, back.here_at) == (TicketState.WAITING, here.here_at)
    say(clinic, running_late, asha.ticket.id)
    clinic.next()
    undo(clinic)
    assert ticket(clinic, asha.ticket.id).late_at == clinic.now


@pytest.mark.parametrize("verb", VERBS)
def test_somebody_elses_ticket_is_unknown(clinic: Clinic, asha: Booked, verb: Verb) -> None:
    assert refused(clinic, verb, asha.ticket.id, by="ravi") == "ticket-unknown"
    with pytest.raises(DomainError, match="ticket-unknown"):
        say(clinic, verb, 10**9)
    with clinic.uow() as uow, pytest.raises(DomainError, match="ticket-unknown"):
        verb(uow, ticket_id=asha.ticket.id, actor=STAFF, now=clinic.now)


@pytest.mark.parametrize("verb", VERBS)
def test_who_was_called_goes_to_the_counter(clinic: Clinic, asha: Booked, verb: Verb) -> None:
    clinic.start()
    clinic.next()
    assert refused(clinic, verb, asha.ticket.id) == "already-called"


@pytest.mark.parametrize("verb", VERBS)
def test_who_was_called_and_not_seen_goes_to_the_desk(clinic: Clinic, asha: Booked, verb: Verb) -> None:
    clinic.start()
    clinic.next()
    press(clinic, no_show)
    assert refused(clinic, verb, asha.ticket.id) == "ticket-missed"


@pytest.mark.parametrize("verb", VERBS)
def test_a_visit_that_is_over_is_over(clinic: Clinic, asha: Booked, verb: Verb) -> None:
    clinic.start()
    clinic.next()
    clinic.next()
    assert refused(clinic, verb, asha.ticket.id) == "ticket-over"


@pytest.mark.parametrize("verb", [check_in, running_late])
def test_nobody_is_here_the_day_before(clinic: Clinic, asha: Booked, verb: Verb) -> None:
    clinic.now -= timedelta(days=1)
    assert refused(clinic, verb, asha.ticket.id) == "ticket-not-today"


def test_leaving_cancels_a_booking_and_frees_its_seat(clinic: Clinic, asha: Booked) -> None:
    ravi = clinic.book("ravi")
    clinic.start()
    assert say(clinic, leave, asha.ticket.id).state is TicketState.LEFT
    assert line(clinic) == [ravi.ticket.id]
    with clinic.uow() as uow:
        appointment = uow.appointments.get(asha.appointment.id)
        slot = uow.slots.get(clinic.slots[0].id)
    assert appointment is not None and appointment.status is AppointmentStatus.CANCELLED
    assert slot is not None and slot.booked == 1


def test_those_behind_are_told_that_they_have_come_near(clinic: Clinic) -> None:
    people = [clinic.book(f"p{n}", slot=n // 3) for n in range(6)]
    clinic.start()
    say(clinic, leave, people[0].ticket.id, by="p0")
    with clinic.uow() as uow:
        due = [i for i, _ in uow.outbox.due(now=clinic.now, hinted_before=clinic.now, limit=100)]
        rows = uow.outbox.claim(due, now=clinic.now, lease_until=clinic.now)
    near = [row.notice.ticket_id for row in rows if row.notice.kind is NoticeKind.NEAR]
    assert people[4].ticket.id in near
    assert people[5].ticket.id not in near


def test_no_cut_off_binds_who_leaves_a_line_that_runs() -> None:
    strict = open_clinic(memory_uow(SilentAnnouncer()), site=replace(SITE, cancel_cutoff_minutes=120))
    asha = strict.book("asha", slot=2)
    assert refused(strict, leave, asha.ticket.id) == "too-late-to-cancel"
    strict.start()
    assert say(strict, leave, asha.ticket.id).state is TicketState.LEFT


@pytest.mark.parametrize(("runs", "becomes"), [(False, TicketState.VOID), (True, TicketState.LEFT)])
def test_a_printed_token_that_is_followed_can_be_given_up(
    clinic: Clinic, runs: bool, becomes: TicketState
) -> None:
    if runs:
        clinic.start()
    walked_in = walk_in(clinic).ticket
    behind = clinic.book("ravi", slot=2)
    follows(clinic, walked_in.id)
    assert say(clinic, check_in, walked_in.id).here_at == clinic.now
    assert say(clinic, leave, walked_in.id).state is becomes
    assert line(clinic) == [behind.ticket.id]
    assert refused(clinic, leave, walked_in.id) == "ticket-over"


def test_a_walk_in_who_left_stays_left_when_staff_undo_its_token(clinic: Clinic) -> None:
    clinic.start()
    walked_in = walk_in(clinic).ticket
    follows(clinic, walked_in.id)
    say(clinic, leave, walked_in.id)
    with clinic.uow() as uow, pytest.raises(DomainError, match="undo-too-late"):
        undo_last(
            uow,
            counter_id=clinic.counters[0],
            counter_version=clinic.version(),
            actor=STAFF,
            now=clinic.now,
        )


def test_staff_see_who_is_here_and_who_is_late(clinic: Clinic, asha: Booked) -> None:
    ravi = clinic.book("ravi")
    say(clinic, check_in, asha.ticket.id)
    say(clinic, running_late, ravi.ticket.id, by="ravi")
    with clinic.uow() as uow:
        view = console(uow, queue_id=clinic.queue_id, now=clinic.now)
    assert view is not None
    assert [(row.here_at, row.late_at) for row in view.line] == [(clinic.now, None), (None, clinic.now)]


def test_a_closed_day_is_over(clinic: Clinic, asha: Booked) -> None:
    with clinic.uow() as uow:
        close_queue(uow, queue_id=clinic.queue_id, actor=STAFF, now=clinic.now)
        uow.commit()
    assert refused(clinic, check_in, asha.ticket.id) == "ticket-over"
