"""Start, next, recall, undo: who is called, who is told, and what an undo takes back."""

import pytest

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor
from domain.notices import NoticeKind
from domain.ports import Sent
from domain.queue import Crowd, QueueState, TicketState, crowd
from domain.use_cases.change import cancel
from domain.use_cases.follow import place
from domain.use_cases.queue import close_queue, complete, no_show, recall
from domain.use_cases.undo import Undone, undo_last
from domain.use_cases.walk_in import WalkIn, issue_walk_in
from tests.use_cases.clinic import STAFF, Clinic


def told(clinic: Clinic) -> list[tuple[str, int]]:
    """(token, threshold or 0 for a call, -1 for a correction) of what is on its way now, and takes it as sent."""
    with clinic.uow() as uow:
        due = uow.outbox.due(now=clinic.now, hinted_before=clinic.now, limit=100)
        rows = uow.outbox.claim([i for i, _ in due], now=clinic.now, lease_until=clinic.now)
        said = []
        for row in sorted(rows, key=lambda r: r.id):
            ticket = uow.tickets.get(row.notice.ticket_id or 0)
            assert ticket is not None
            number = {
                NoticeKind.NEAR: row.notice.data.get("threshold"),
                NoticeKind.CALLED: 0,
                NoticeKind.UNDONE: -1,
            }[row.notice.kind]
            said.append((ticket.token, int(str(number))))
            uow.outbox.record_sent(row.id, sent=Sent("1"), said=["…"], now=clinic.now)
        uow.commit()
    clinic.passes(0.1)
    return said


def undo(clinic: Clinic, room: int = 0) -> Undone:
    with clinic.uow() as uow:
        undone = undo_last(
            uow,
            counter_id=clinic.counters[room],
            counter_version=clinic.version(room),
            actor=STAFF,
            now=clinic.now,
        )
        uow.commit()
    return undone


def press(clinic: Clinic, verb: object, room: int = 0) -> None:
    with clinic.uow() as uow:
        verb(  # type: ignore[operator]
            uow,
            counter_id=clinic.counters[room],
            counter_version=clinic.version(room),
            actor=STAFF,
            now=clinic.now,
        )
        uow.commit()


def walk_in(clinic: Clinic, name: str | None = None, *, key: str | None = None) -> WalkIn:
    with clinic.uow() as uow:
        issued = issue_walk_in(
            uow,
            queue_id=clinic.queue_id,
            counter_id=clinic.counters[0],
            name=name,
            request_key=key,
            actor=STAFF,
            now=clinic.now,
        )
        uow.commit()
    return issued


@pytest.fixture
def six(clinic: Clinic) -> Clinic:
    """Six people, the queue started, and what they were told at the start heard."""
    for n in range(6):
        clinic.book(f"p{n}", n // 3)
    clinic.start()
    return clinic


def test_at_the_start_those_within_three_are_told_and_nobody_else(six: Clinic) -> None:
    assert told(six) == [("09-01", 1), ("09-02", 1), ("09-03", 3), ("0930-01", 3)]


def test_next_tells_the_called_one_and_those_who_cross_and_nobody_else(six: Clinic) -> None:
    told(six)
    called = six.next()
    assert called.ticket and called.ticket.token == "09-01"
    assert told(six) == [("09-01", 0), ("09-03", 1), ("0930-02", 3)]


def test_everybody_is_told_three_away_once(six: Clinic) -> None:
    heard = told(six)
    while six.next().ticket:
        heard += told(six)
    assert len(heard) == len(set(heard))
    assert [token for token, threshold in heard if threshold == 0] == [
        "09-01",
        "09-02",
        "09-03",
        "0930-01",
        "0930-02",
        "0930-03",
    ]
    assert ("0930-03", 3) in heard


def test_a_cancellation_moves_up_those_behind_and_tells_who_crosses(six: Clinic) -> None:
    told(six)
    with six.uow() as uow:
        second = uow.tickets.head(six.queue_id, limit=2)[1]
        assert second.appointment_id is not None
        cancel(uow, appointment_id=second.appointment_id, actor=Actor(), now=six.now)
        uow.commit()
    assert told(six) == [("09-03", 1), ("0930-02", 3)]


def test_a_jump_over_two_thresholds_tells_only_the_nearer(clinic: Clinic) -> None:
    for n in range(6):
        clinic.book(f"p{n}", n // 3)
    clinic.start()
    told(clinic)
    with clinic.uow() as uow:
        for ticket in uow.tickets.head(clinic.queue_id, limit=4):
            assert ticket.appointment_id is not None
            cancel(uow, appointment_id=ticket.appointment_id, actor=Actor(), now=clinic.now)
        uow.commit()
    heard = dict(told(clinic))
    assert heard["0930-02"] == 1


def test_next_ends_whom_the_counter_has(six: Clinic) -> None:
    six.next()
    called = six.next()
    assert called.finished and called.finished.token == "09-01"
    with six.uow() as uow:
        ended = uow.tickets.get(called.finished.id)
        appointment = uow.appointments.get(called.finished.appointment_id or 0)
    assert ended and ended.state is TicketState.COMPLETED
    assert appointment and appointment.status is AppointmentStatus.COMPLETED


def test_a_doubled_click_changes_nothing(six: Clinic) -> None:
    version = six.version()
    six.next(version=version)
    with pytest.raises(DomainError) as refused:
        six.next(version=version)
    assert refused.value.key == "counter-moved"
    with six.uow() as uow:
        assert len(uow.tickets.at_counters(six.queue_id)) == 1


def test_next_says_when_somebody_else_was_called_than_shown(six: Clinic) -> None:
    with six.uow() as uow:
        first, second = uow.tickets.head(six.queue_id, limit=2)
        assert first.appointment_id is not None
        cancel(uow, appointment_id=first.appointment_id, actor=Actor(), now=six.now)
        uow.commit()
    called = six.next(shown=first.id)
    assert called.ticket and called.ticket.id == second.id
    assert not called.as_shown


def test_next_with_nobody_waiting_ends_the_last_one(clinic: Clinic) -> None:
    clinic.book("only")
    clinic.start()
    clinic.next()
    called = clinic.next()
    assert called.ticket is None
    assert called.finished is not None


def test_next_before_the_start_is_refused(clinic: Clinic) -> None:
    clinic.book("early")
    with pytest.raises(DomainError) as refused:
        clinic.next()
    assert refused.value.key == "queue-not-open"


def test_undo_of_next_brings_back_both_and_corrects_what_was_told(six: Clinic) -> None:
    told(six)
    six.next()
    told(six)
    six.next()
    assert told(six) == [("09-02", 0), ("0930-01", 1), ("0930-03", 3)]
    undo(six)
    assert sorted(told(six)) == sorted([("09-02", -1), ("0930-01", -1), ("0930-03", -1)])
    with six.uow() as uow:
        at_counter = uow.tickets.at_counters(six.queue_id)
        line = uow.tickets.head(six.queue_id, limit=10)
        appointment = uow.appointments.get(at_counter[0].appointment_id or 0)
    assert [t.token for t in at_counter] == ["09-01"]
    assert [t.token for t in line] == ["09-02", "09-03", "0930-01", "0930-02", "0930-03"]
    assert appointment and appointment.status is AppointmentStatus.BOOKED


def test_after_an_undo_the_same_alerts_are_told_again(six: Clinic) -> None:
    told(six)
    six.next()
    first = told(six)
    undo(six)
    told(six)
    six.next()
    assert told(six) == first


def test_an_undo_before_anything_was_sent_sends_nothing(six: Clinic) -> None:
    told(six)
    six.next()
    undo(six)
    assert told(six) == []


def test_undo_is_refused_once_the_world_has_moved_on(six: Clinic) -> None:
    six.next()
    six.passes(11)
    with pytest.raises(DomainError) as refused:
        undo(six)
    assert refused.value.key == "undo-too-late"


def test_undo_goes_back_step_by_step(six: Clinic) -> None:
    told(six)
    six.next()
    told(six)
    six.next()
    told(six)
    undo(six)
    told(six)
    undo(six)
    assert ("09-01", -1) in told(six)
    with six.uow() as uow:
        assert uow.tickets.at_counters(six.queue_id) == []
        assert [t.token for t in uow.tickets.head(six.queue_id, limit=2)] == ["09-01", "09-02"]


def test_undo_is_refused_when_somebody_else_called_the_ticket_since(clinic: Clinic) -> None:
    clinic.start()
    walk_in(clinic)
    clinic.next(1)
    with pytest.raises(DomainError) as refused:
        undo(clinic, 0)
    assert refused.value.key == "undo-too-late"


def test_nothing_to_undo_is_said(clinic: Clinic) -> None:
    with pytest.raises(DomainError) as refused:
        undo(clinic)
    assert refused.value.key == "nothing-to-undo"


def test_undo_of_the_start_lets_everybody_expect_again(six: Clinic) -> None:
    told(six)
    undo(six)
    assert sorted(token for token, kind in told(six) if kind == -1) == ["09-01", "09-02", "09-03", "0930-01"]
    with six.uow() as uow:
        queue = uow.queues.get(six.queue_id)
        assert uow.tickets.head(six.queue_id, limit=10) == []
    assert queue and queue.state is QueueState.NOT_STARTED
    six.start()
    assert told(six) == [("09-01", 1), ("09-02", 1), ("09-03", 3), ("0930-01", 3)]


def test_a_recall_calls_again_but_not_within_a_minute(six: Clinic) -> None:
    told(six)
    six.next()
    told(six)
    with pytest.raises(DomainError) as refused:
        press(six, recall)
    assert refused.value.key == "recalled-just-now"
    six.passes(1.01)
    press(six, recall)
    assert told(six) == [("09-01", 0)]


def test_a_no_show_ends_the_ticket_and_frees_the_counter(six: Clinic) -> None:
    called = six.next().ticket
    press(six, no_show)
    with six.uow() as uow:
        ticket = uow.tickets.get(called.id if called else 0)
        counter = uow.places.counter(six.counters[0])
    assert ticket and ticket.state is TicketState.NO_SHOW
    assert counter and counter.ticket_id is None


def test_completing_nobody_is_refused(six: Clinic) -> None:
    with pytest.raises(DomainError) as refused:
        press(six, complete)
    assert refused.value.key == "nobody-called"


def test_walk_ins_have_tokens_of_their_own_and_are_due_when_they_come(six: Clinic) -> None:
    six.passes(10)  # 09:10: before those of 09:30, after those of 09:00
    issued = walk_in(six, "Nasreen")
    assert issued.ticket.token == "W-01"
    assert issued.ahead == 3
    assert walk_in(six).ticket.token == "W-02"


def test_a_walk_in_form_that_is_sent_again_gives_the_token_it_gave(six: Clinic) -> None:
    first, again = (walk_in(six, "Nasreen", key="one form") for _ in range(2))
    assert again.ticket.id == first.ticket.id
    assert again.ahead == first.ahead == 1
    assert (first.repeated, again.repeated) == (False, True)
    assert walk_in(six, key="another form").ticket.token == "W-02"


def test_a_walk_in_form_is_answered_with_its_token_after_the_queue_is_closed_too(six: Clinic) -> None:
    first = walk_in(six, key="one form")
    with six.uow() as uow:
        close_queue(uow, queue_id=six.queue_id, actor=STAFF, now=six.now)
        uow.commit()
    assert walk_in(six, key="one form").ticket.id == first.ticket.id


def test_who_books_a_slot_that_has_begun_is_due_behind_those_who_are_here(clinic: Clinic) -> None:
    clinic.book("on time")
    clinic.start()
    clinic.passes(10)  # 09:10
    here = walk_in(clinic)
    clinic.passes(1)
    from_home = clinic.book("from home")
    assert from_home.ticket.token == "09-02"
    assert from_home.ahead == 2
    with clinic.uow() as uow:
        assert uow.tickets.ahead(here.ticket) == 1
    clinic.book("at half past", 1)
    assert [clinic.next().ticket.token for _ in range(4)] == ["09-01", "W-01", "09-02", "0930-01"]  # type: ignore[union-attr]


def test_an_undone_walk_in_is_void_and_its_token_is_not_used_again(six: Clinic) -> None:
    issued = walk_in(six)
    undo(six)
    with six.uow() as uow:
        ticket = uow.tickets.get(issued.ticket.id)
    assert ticket and ticket.state is TicketState.VOID
    assert walk_in(six).ticket.token == "W-02"


def test_closing_ends_everybody_and_frees_the_counters(six: Clinic) -> None:
    walk_in(six)
    six.next()
    with six.uow() as uow:
        ended = close_queue(uow, queue_id=six.queue_id, actor=STAFF, now=six.now)
        uow.commit()
    assert ended == 7
    with six.uow() as uow:
        assert uow.tickets.live_in(six.queue_id, limit=10) == []
        counter = uow.places.counter(six.counters[0])
        queue = uow.queues.get(six.queue_id)
    assert counter and counter.ticket_id is None
    assert queue and queue.state is QueueState.CLOSED


def test_a_place_tells_who_is_ahead_and_a_range(six: Clinic) -> None:
    six.next()
    with six.uow() as uow:
        last = uow.tickets.head(six.queue_id, limit=10)[-1]
        told_place = place(uow, ticket=last, now=six.now)
    assert told_place.ahead == 4
    assert told_place.now_serving == ("09-01",)
    assert told_place.low is not None and told_place.high is not None
    assert 0 <= told_place.low < told_place.high


def test_before_the_start_nobody_is_promised_a_time(clinic: Clinic) -> None:
    clinic.book("a")
    booked = clinic.book("b")
    with clinic.uow() as uow:
        told_place = place(uow, ticket=booked.ticket, now=clinic.now)
    assert told_place.ahead == 1
    assert (told_place.low, told_place.high) == (None, None)
    assert told_place.queue_state == "not_started"


@pytest.mark.parametrize(
    ("waiting", "counters", "level"),
    [
        (0, 1, Crowd.LOW),
        (3, 1, Crowd.LOW),
        (8, 1, Crowd.MEDIUM),
        (8, 4, Crowd.LOW),
        (20, 1, Crowd.HIGH),
        (5, 0, Crowd.MEDIUM),
    ],
)
def test_a_crowd_is_the_work_that_waits_at_each_counter(waiting: int, counters: int, level: Crowd) -> None:
    assert crowd(waiting=waiting, counters=counters, minutes_each=10) is level
