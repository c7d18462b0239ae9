"""The outbox: a message's life, each step once."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from domain.ids import AddressId, OutboxId, TicketId
from domain.notices import VALID_FOR, Lane, Notice, NoticeKind
from domain.ports import OutboxRow, Sent, UnitOfWork
from domain.queue import Ticket
from tests.contract.ground import MINUTE, NOBODY, NOW, Ground, a_ticket, an_address

LEASE = timedelta(seconds=30)
_keys = count()


@pytest.fixture
def address_id(uow: UnitOfWork) -> AddressId:
    return an_address(uow).id


def _notice(
    address_id: AddressId,
    *,
    kind: NoticeKind = NoticeKind.NEAR,
    at: datetime = NOW,
    ticket_id: TicketId | None = None,
    fallback_of: OutboxId | None = None,
) -> Notice:
    return Notice(
        kind=kind,
        address_id=address_id,
        dedupe_key=f"key:{next(_keys)}",
        due_at=at,
        not_after=at + VALID_FOR[kind],
        ticket_id=ticket_id,
        data={"round": 0},
        fallback_of=fallback_of,
    )


def _add(uow: UnitOfWork, *notices: Notice) -> list[OutboxId]:
    return uow.outbox.add(notices)


def _claim(uow: UnitOfWork, *ids: int, at: datetime = NOW) -> list[OutboxId]:
    return [row.id for row in uow.outbox.claim(ids, now=at, lease_until=at + LEASE)]


def _due(uow: UnitOfWork, *, at: datetime = NOW, hinted_before: datetime | None = None) -> list[OutboxId]:
    before = at if hinted_before is None else hinted_before
    return [outbox_id for outbox_id, _ in uow.outbox.due(now=at, hinted_before=before, limit=99)]


def test_a_dedupe_key_is_taken_once(uow: UnitOfWork, address_id: AddressId) -> None:
    first, second, third = (_notice(address_id) for _ in range(3))
    (first_id,) = _add(uow, first)
    added = _add(uow, replace(first, kind=NoticeKind.CALLED), second, third)
    assert len(added) == 2
    assert first_id not in added
    assert _add(uow, first) == _add(uow) == []
    assert _due(uow) == [first_id, *sorted(added)]


def test_a_claimed_row_is_whole_and_nobody_else_gets_it(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    ticket = a_ticket(uow, ground, number=1)
    notice = replace(
        _notice(address_id, ticket_id=ticket.id),
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        queue_id=ground.queue.id,
        data={"interval": 1, "text": "आशा"},
        replaces="m1",
    )
    (row_id,) = _add(uow, notice)
    claimed = uow.outbox.claim([row_id], now=NOW, lease_until=NOW + LEASE)
    assert claimed == [OutboxRow(row_id, notice, 1, first_tried_at=NOW)]
    assert _claim(uow, row_id) == []
    assert _due(uow) == []
    assert _claim(uow) == []


def test_a_row_whose_lease_ran_out_is_claimed_again(uow: UnitOfWork, address_id: AddressId) -> None:
    (row_id,) = _add(uow, _notice(address_id))
    _claim(uow, row_id)
    later = NOW + LEASE
    assert _due(uow, at=later - timedelta(seconds=1)) == []
    assert _due(uow, at=later) == [row_id]
    (row,) = uow.outbox.claim([row_id], now=later, lease_until=later + LEASE)
    assert row.attempts == 2


def test_only_what_is_due_and_in_time_can_be_claimed(uow: UnitOfWork, address_id: AddressId) -> None:
    notice = _notice(address_id, at=NOW + MINUTE)
    (row_id,) = _add(uow, notice)
    assert _claim(uow, row_id) == _due(uow) == []
    assert _due(uow, at=notice.due_at) == [row_id]
    assert _due(uow, at=notice.not_after) == _claim(uow, row_id, at=notice.not_after) == []
    assert _claim(uow, row_id, at=notice.due_at) == [row_id]


@pytest.mark.parametrize("kind", [NoticeKind.REPLY, NoticeKind.CALLED])
def test_a_row_waits_for_an_older_answer_to_the_same_address(
    uow: UnitOfWork, address_id: AddressId, kind: NoticeKind
) -> None:
    (first,) = _add(uow, _notice(address_id, kind=NoticeKind.REPLY))
    (second,) = _add(uow, _notice(address_id, kind=kind))
    (elsewhere,) = _add(uow, _notice(an_address(uow, handle="ravi").id, kind=kind))
    assert _claim(uow, second, first, elsewhere) == [first, elsewhere]
    assert _claim(uow, second) == []
    uow.outbox.record_sent(first, sent=Sent("p1"), said=["hello"], now=NOW)
    assert _claim(uow, second) == [second]


def test_an_answer_that_rests_holds_back_answers_but_no_alert(uow: UnitOfWork, address_id: AddressId) -> None:
    (first,) = _add(uow, _notice(address_id, kind=NoticeKind.REPLY))
    (alert,) = _add(uow, _notice(address_id, kind=NoticeKind.CALLED))
    (answer,) = _add(uow, _notice(address_id, kind=NoticeKind.REPLY))
    _claim(uow, first)
    uow.outbox.record_later(first, due_at=NOW + MINUTE, error="throttled")
    assert _claim(uow, alert, answer) == [alert]
    assert _claim(uow, first, at=NOW + MINUTE) == [first]


def test_a_word_about_the_line_waits_while_an_older_one_is_being_sent(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    called, undone, again = _add(
        uow,
        *(
            _notice(address_id, kind=kind)
            for kind in (NoticeKind.CALLED, NoticeKind.UNDONE, NoticeKind.CALLED)
        ),
    )
    assert _claim(uow, called) == [called]
    assert _claim(uow, undone, again) == []
    uow.outbox.record_sent(called, sent=Sent("1"), said=[], now=NOW)
    assert _claim(uow, undone) == [undone]
    assert _claim(uow, again) == []
    assert _claim(uow, again, at=NOW + LEASE) == [again]


def test_a_word_about_the_line_waits_for_nobody_elses_and_for_none_that_rests(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    other = _notice(an_address(uow, handle="another").id, kind=NoticeKind.NEAR)
    first, second, reminder, elsewhere = _add(
        uow,
        _notice(address_id, kind=NoticeKind.NEAR),
        _notice(address_id, kind=NoticeKind.CALLED),
        _notice(address_id, kind=NoticeKind.REMINDER),
        other,
    )
    assert _claim(uow, first) == [first]
    assert _claim(uow, reminder, elsewhere) == [reminder, elsewhere]
    uow.outbox.record_later(first, due_at=NOW + MINUTE, error="503")
    assert _claim(uow, second) == [second]


def test_a_look_at_an_old_hint_finds_what_is_still_to_be_sent(uow: UnitOfWork, address_id: AddressId) -> None:
    sent, sending, later, due, behind = _add(
        uow, *(_notice(address_id, kind=NoticeKind.REMINDER) for _ in range(3)), *_two_answers(address_id)
    )
    _claim(uow, sent, sending)
    uow.outbox.record_sent(sent, sent=Sent("1"), said=[], now=NOW)
    _claim(uow, later)
    uow.outbox.record_later(later, due_at=NOW + MINUTE, error="503")
    ids = [behind, due, later, sending, sent]
    assert uow.outbox.still_due(ids, now=NOW) == [due, behind]
    assert uow.outbox.still_due([later], now=NOW + MINUTE) == [later]
    assert uow.outbox.still_due([], now=NOW) == []


def _two_answers(address_id: AddressId) -> tuple[Notice, Notice]:
    return _notice(address_id, kind=NoticeKind.REPLY), _notice(address_id, kind=NoticeKind.REPLY)


def test_a_row_put_off_is_due_again_at_its_time(uow: UnitOfWork, address_id: AddressId) -> None:
    (row_id,) = _add(uow, _notice(address_id))
    _claim(uow, row_id)
    uow.outbox.record_later(row_id, due_at=NOW + MINUTE, error="later")
    assert _due(uow) == _claim(uow, row_id) == []
    assert _due(uow, at=NOW + MINUTE) == [row_id]
    (row,) = uow.outbox.claim([row_id], now=NOW + MINUTE, lease_until=NOW + 2 * MINUTE)
    assert row.attempts == 2


@pytest.mark.parametrize("end", ["sent", "failed", "suppressed"])
def test_a_row_that_has_ended_is_never_due_again(uow: UnitOfWork, address_id: AddressId, end: str) -> None:
    (row_id,) = _add(uow, _notice(address_id))
    _claim(uow, row_id)
    if end == "sent":
        uow.outbox.record_sent(row_id, sent=Sent("p1"), said=["3 away"], now=NOW)
    elif end == "failed":
        uow.outbox.record_failed(row_id, error="gone", now=NOW)
    else:
        uow.outbox.record_suppressed(row_id, reason="stopped", now=NOW)
    uow.outbox.record_later(row_id, due_at=NOW, error="late")
    later = NOW + 2 * MINUTE
    assert _due(uow, at=later) == _claim(uow, row_id, at=later) == []
    assert uow.outbox.expire(now=NOW + timedelta(days=2), limit=9) == 0


def test_stale_rows_expire_unless_somebody_is_sending_them(uow: UnitOfWork, address_id: AddressId) -> None:
    waiting, sending, fresh = _notice(address_id), _notice(address_id), _notice(address_id, at=NOW + MINUTE)
    ids = _add(uow, waiting, sending, fresh)
    over = waiting.not_after
    just_before = over - timedelta(seconds=1)
    assert _claim(uow, ids[1], at=just_before) == [ids[1]]
    assert uow.outbox.expire(now=just_before, limit=9) == 0
    assert uow.outbox.expire(now=over, limit=9) == 1
    assert uow.outbox.expire(now=over, limit=9) == 0
    assert uow.outbox.expire(now=just_before + LEASE, limit=9) == 1
    assert _due(uow, at=over) == [ids[2]]


def test_no_more_rows_expire_than_asked(uow: UnitOfWork, address_id: AddressId) -> None:
    _add(uow, *(_notice(address_id) for _ in range(3)))
    over = NOW + timedelta(days=1)
    assert [uow.outbox.expire(now=over, limit=2) for _ in range(3)] == [2, 1, 0]


def test_rows_are_due_in_time_with_their_lanes_and_not_again_while_a_hint_is_fresh(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    notices = [
        _notice(address_id, kind=kind, at=NOW - minutes * MINUTE)
        for kind, minutes in ((NoticeKind.CALLED, 1), (NoticeKind.REMINDER, 2), (NoticeKind.NEAR, 0))
    ]
    called, reminder, near = (_add(uow, notice)[0] for notice in notices)
    assert uow.outbox.due(now=NOW, hinted_before=NOW, limit=9) == [
        (reminder, Lane.BULK),
        (called, Lane.ALERTS),
        (near, Lane.ALERTS),
    ]
    # A commit gives a hint of its own, so a row counts as hinted when it fell due.
    assert _due(uow, hinted_before=NOW - MINUTE) == [reminder, called]
    uow.outbox.mark_hinted([called, reminder], now=NOW)
    uow.outbox.mark_hinted([], now=NOW)
    assert _due(uow, hinted_before=NOW - timedelta(seconds=1)) == []
    assert _due(uow) == [reminder, called, near]
    assert [i for i, _ in uow.outbox.due(now=NOW, hinted_before=NOW, limit=1)] == [reminder]


def test_what_is_still_on_its_way_can_be_withdrawn(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    ticket, other = (a_ticket(uow, ground, number=n) for n in (1, 2))
    since = NOW - MINUTE
    notices = {
        "near": _notice(address_id, ticket_id=ticket.id, at=since),
        "called": _notice(address_id, kind=NoticeKind.CALLED, ticket_id=ticket.id),
        "older": _notice(address_id, ticket_id=ticket.id, at=since - timedelta(seconds=1)),
        "of another": _notice(address_id, ticket_id=other.id),
        "not of the line": _notice(address_id, kind=NoticeKind.UNDONE, ticket_id=ticket.id),
        "being sent": _notice(address_id, ticket_id=ticket.id),
    }
    ids = {name: _add(uow, notice)[0] for name, notice in notices.items()}
    _claim(uow, ids["being sent"], ids["near"])
    uow.outbox.record_later(ids["near"], due_at=NOW + MINUTE, error="throttled")
    uow.outbox.withdraw(ticket_ids=[ticket.id], since=since, now=NOW)
    uow.outbox.withdraw(ticket_ids=[], since=since, now=NOW)
    left = {ids[name] for name in ("older", "of another", "not of the line", "being sent")}
    assert set(_due(uow, at=NOW + MINUTE)) == left


def test_what_was_told_is_the_latest_alert_made_since_that_went_out(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    tickets = [a_ticket(uow, ground, number=n) for n in (1, 2, 3, 4)]
    made = (NOW, NOW - MINUTE, NOW, NOW)
    ids = _add(
        uow, *(_notice(address_id, ticket_id=t.id, at=at) for t, at in zip(tickets, made, strict=True))
    )
    (called,) = _add(uow, _notice(address_id, kind=NoticeKind.CALLED, ticket_id=tickets[0].id))
    _claim(uow, *ids[:3], called)
    uow.outbox.record_sent(ids[0], sent=Sent("p"), said=["near"], now=NOW)
    uow.outbox.record_sent(called, sent=Sent("p"), said=["called"], now=NOW)
    uow.outbox.record_sent(ids[1], sent=Sent("p"), said=["near"], now=NOW)
    told = uow.outbox.told(ticket_ids=[t.id for t in tickets], since=NOW)
    assert told == {tickets[0].id: {address_id: "called"}, tickets[2].id: {address_id: "near"}}
    assert uow.outbox.told(ticket_ids=[], since=NOW) == {}


def test_what_may_have_arrived_counts_as_told_though_it_was_taken_back(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    ticket = a_ticket(uow, ground, number=1)
    (called,) = _add(uow, _notice(address_id, kind=NoticeKind.CALLED, ticket_id=ticket.id))
    _claim(uow, called)
    uow.outbox.record_unclear(called, due_at=NOW + MINUTE, error="time-out")
    uow.outbox.withdraw(ticket_ids=[ticket.id], since=NOW, now=NOW)
    assert uow.outbox.told(ticket_ids=[ticket.id], since=NOW) == {ticket.id: {address_id: "called"}}


def test_staff_see_whose_last_notice_failed(uow: UnitOfWork, ground: Ground, address_id: AddressId) -> None:
    failed, reached = (a_ticket(uow, ground, number=n) for n in (1, 2))
    for ticket in (failed, reached, failed):
        (row_id,) = _add(uow, _notice(address_id, ticket_id=ticket.id))
        _claim(uow, row_id)
        uow.outbox.record_failed(row_id, error="gone", now=NOW)
    (row_id,) = _add(uow, _notice(address_id, ticket_id=reached.id))
    uow.outbox.record_sent(row_id, sent=Sent("p"), said=["near"], now=NOW)
    lines = uow.tickets.lines(ground.queue.id, states=[failed.state], limit=9)
    assert [line.unreached for line in lines] == [True, False]


def test_a_row_that_was_put_off_is_due_for_a_hint_at_its_very_time(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    (row,) = _add(uow, _notice(address_id))
    _claim(uow, row)
    uow.outbox.record_later(row, due_at=NOW + MINUTE, error="later")
    assert _due(uow, at=NOW + MINUTE - timedelta(seconds=1)) == []
    assert _due(uow, at=NOW + MINUTE, hinted_before=NOW + MINUTE - timedelta(seconds=2)) == [row]


def test_a_row_that_the_pace_has_put_off_was_not_tried(uow: UnitOfWork, address_id: AddressId) -> None:
    (row,) = _add(uow, _notice(address_id))
    for minute in range(3):
        _claim(uow, row, at=NOW + minute * MINUTE)
        uow.outbox.record_throttled(row, due_at=NOW + (minute + 1) * MINUTE, error="throttled")
    assert _due(uow, at=NOW + 3 * MINUTE - timedelta(seconds=1)) == []
    (claimed,) = uow.outbox.claim([row], now=NOW + 3 * MINUTE, lease_until=NOW + 4 * MINUTE)
    assert claimed.attempts == 1


def test_what_has_been_sent_is_not_put_off(uow: UnitOfWork, address_id: AddressId) -> None:
    (row,) = _add(uow, _notice(address_id))
    _claim(uow, row)
    uow.outbox.record_sent(row, sent=Sent("p"), said=["hello"], now=NOW)
    uow.outbox.record_throttled(row, due_at=NOW + MINUTE, error="throttled")
    assert _due(uow, at=NOW + 2 * MINUTE) == []


def test_what_may_have_arrived_is_counted_and_comes_again(uow: UnitOfWork, address_id: AddressId) -> None:
    (row,) = _add(uow, _notice(address_id))
    _claim(uow, row)
    uow.outbox.record_unclear(row, due_at=NOW + MINUTE, error="time-out")
    _claim(uow, row, at=NOW + MINUTE)
    uow.outbox.record_later(row, due_at=NOW + 2 * MINUTE, error="down")
    (claimed,) = uow.outbox.claim([row], now=NOW + 2 * MINUTE, lease_until=NOW + 3 * MINUTE)
    assert (claimed.attempts, claimed.unclear) == (3, 1)


def test_the_latest_word_of_a_ticket_is_the_last_alert_that_its_address_was_sent(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    ticket, other = a_ticket(uow, ground, number=1), a_ticket(uow, ground, number=2)
    another_address = an_address(uow, handle="another").id

    def sent(
        kind: NoticeKind, provider_id: str, *, to: AddressId = address_id, of: TicketId = ticket.id
    ) -> None:
        (row,) = _add(uow, _notice(to, kind=kind, ticket_id=of))
        _claim(uow, row)
        uow.outbox.record_sent(row, sent=Sent(provider_id), said=["hello"], now=NOW)

    def latest() -> str | None:
        return uow.outbox.latest_word(ticket_id=ticket.id, address_id=address_id)

    assert latest() is None
    sent(NoticeKind.NEAR, "m1")
    assert latest() == "m1"
    sent(NoticeKind.CALLED, "m2")
    sent(NoticeKind.REPLY, "m3")
    sent(NoticeKind.CALLED, "m4", to=another_address)
    sent(NoticeKind.CALLED, "m5", of=other.id)
    (failed,) = _add(uow, _notice(address_id, kind=NoticeKind.UNDONE, ticket_id=ticket.id))
    assert latest() == "m2"
    _claim(uow, failed)
    uow.outbox.record_failed(failed, error="blocked", now=NOW)
    assert latest() == "m2"


def test_what_the_provider_calls_a_message_is_known_once_it_is_sent(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    (row,) = _add(uow, _notice(address_id))
    assert uow.outbox.provider_id(row) is None
    _claim(uow, row)
    uow.outbox.record_sent(row, sent=Sent("m1"), said=["hello"], now=NOW)
    assert uow.outbox.provider_id(row) == "m1"
    assert uow.outbox.provider_id(row + 1000) is None


def test_of_many_answers_that_wait_the_older_are_outdated(uow: UnitOfWork, address_id: AddressId) -> None:
    answers = [_add(uow, _notice(address_id, kind=NoticeKind.REPLY))[0] for _ in range(5)]
    assert [uow.outbox.outdate(address_id, keep=keep, now=NOW) for keep in (9, 6, 5)] == [0, 0, 0]
    assert uow.outbox.outdate(address_id, keep=3, now=NOW) == 2
    assert _due(uow) == answers[2:]
    assert uow.outbox.outdate(address_id, keep=3, now=NOW) == 0
    assert _claim(uow, *answers) == answers[2:3]


def test_what_is_being_sent_or_was_sent_is_not_outdated(uow: UnitOfWork, address_id: AddressId) -> None:
    sent, sending, *waiting = (_add(uow, _notice(address_id, kind=NoticeKind.REPLY))[0] for _ in range(5))
    _claim(uow, sent)
    uow.outbox.record_sent(sent, sent=Sent("p1"), said=[], now=NOW)
    _claim(uow, sending)
    assert uow.outbox.outdate(address_id, keep=3, now=NOW) == 0
    assert uow.outbox.outdate(address_id, keep=1, now=NOW) == 2
    uow.outbox.record_sent(sending, sent=Sent("p2"), said=[], now=NOW)
    assert uow.outbox.provider_id(sending) == "p2"
    assert _due(uow) == waiting[2:]


def test_those_that_were_sent_take_nobody_s_place(uow: UnitOfWork, address_id: AddressId) -> None:
    *waiting, sent = (_add(uow, _notice(address_id, kind=NoticeKind.REPLY))[0] for _ in range(4))
    uow.outbox.record_sent(sent, sent=Sent("p1"), said=[], now=NOW)
    assert uow.outbox.outdate(address_id, keep=2, now=NOW) == 1
    assert _due(uow) == waiting[1:]


def test_one_that_was_put_off_is_outdated_like_any_other_and_frees_those_behind_it(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    rests, *waiting = (_add(uow, _notice(address_id, kind=NoticeKind.REPLY))[0] for _ in range(3))
    _claim(uow, rests)
    uow.outbox.record_later(rests, due_at=NOW + MINUTE, error="throttled")
    assert _claim(uow, *waiting) == []
    assert uow.outbox.outdate(address_id, keep=2, now=NOW) == 1
    assert _claim(uow, *waiting) == waiting[:1]


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.REPLY])
def test_only_plain_answers_to_the_same_address_are_outdated(
    uow: UnitOfWork, address_id: AddressId, kind: NoticeKind
) -> None:
    elsewhere = an_address(uow, handle="ravi").id
    others = [_add(uow, _notice(address_id, kind=kind))[0] for _ in range(4)]
    others += [_add(uow, _notice(elsewhere, kind=NoticeKind.REPLY))[0] for _ in range(4)]
    answers = [_add(uow, _notice(address_id, kind=NoticeKind.REPLY))[0] for _ in range(2)]
    assert uow.outbox.outdate(address_id, keep=1, now=NOW) == 1
    assert _due(uow) == [*others, answers[1]]


def test_a_row_is_read_as_it_is(uow: UnitOfWork, address_id: AddressId) -> None:
    notice = _notice(address_id)
    (row_id,) = _add(uow, notice)
    assert uow.outbox.row(row_id) == OutboxRow(row_id, notice, 0, state="due")
    _claim(uow, row_id)
    uow.outbox.record_sent(row_id, sent=Sent("p1"), said=["hello"], now=NOW)
    sent = OutboxRow(row_id, notice, 1, first_tried_at=NOW, state="sent", provider_id="p1")
    assert uow.outbox.row(row_id) == sent
    assert uow.outbox.row(NOBODY) is None


def test_a_row_falls_back_once_whatever_the_key_and_the_address(uow: UnitOfWork) -> None:
    first, second, third = (an_address(uow, handle=handle).id for handle in ("a", "b", "c"))
    (failed,) = _add(uow, _notice(first))
    (elsewhere,) = _add(uow, _notice(second, fallback_of=failed))
    assert _add(uow, _notice(third, fallback_of=failed)) == []
    assert len(_add(uow, _notice(third, fallback_of=elsewhere))) == 1


def test_an_attempt_that_nobody_spoke_of_again_may_have_arrived(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    (row_id,) = _add(uow, _notice(address_id))
    _claim(uow, row_id)
    (row,) = uow.outbox.claim([row_id], now=NOW + LEASE, lease_until=NOW + 2 * LEASE)
    assert (row.attempts, row.unclear, row.first_tried_at) == (2, 1, NOW)
    uow.outbox.record_later(row_id, due_at=NOW + 2 * LEASE, error="503")
    (row,) = uow.outbox.claim([row_id], now=NOW + 2 * LEASE, lease_until=NOW + 3 * LEASE)
    assert (row.attempts, row.unclear) == (3, 1)


def test_what_was_sent_comes_back_once_and_only_as_what_it_was_sent(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    (row_id,) = _add(uow, _notice(address_id))
    assert not uow.outbox.reopen(row_id, provider_id=None)
    _claim(uow, row_id)
    uow.outbox.record_sent(row_id, sent=Sent("p1"), said=["hello"], now=NOW)
    assert not uow.outbox.reopen(row_id, provider_id="p0")
    assert uow.outbox.reopen(row_id, provider_id="p1")
    assert not uow.outbox.reopen(row_id, provider_id="p1")
    uow.outbox.record_later(row_id, due_at=NOW + MINUTE, error="absent")
    assert _claim(uow, row_id, at=NOW + MINUTE) == [row_id]


def test_a_row_remembers_that_the_phone_was_off_and_that_other_words_are_wanted(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    absent, closed, sent = _add(uow, *(_notice(address_id, kind=NoticeKind.REMINDER) for _ in range(3)))
    _claim(uow, absent, closed, sent)
    uow.outbox.record_sent(sent, sent=Sent("p1"), said=[], now=NOW)
    for row_id in (absent, sent):
        uow.outbox.record_absent(row_id, due_at=NOW + MINUTE, error="absent 30003")
    for row_id in (closed, sent):
        uow.outbox.record_closed(row_id, due_at=NOW + MINUTE, error="closed 63016")
    rows = uow.outbox.claim([absent, closed, sent], now=NOW + MINUTE, lease_until=NOW + 2 * MINUTE)
    assert [(row.id, row.absent, row.as_template) for row in rows] == [(absent, 1, False), (closed, 0, True)]


def test_what_was_told_is_known_of_each_address(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    ticket, other = a_ticket(uow, ground, number=1), an_address(uow, handle="other").id
    (near,) = _add(uow, _notice(address_id, ticket_id=ticket.id))
    (called,) = _add(uow, _notice(address_id, kind=NoticeKind.CALLED, ticket_id=ticket.id))
    (elsewhere,) = _add(uow, _notice(other, kind=NoticeKind.NEAR, ticket_id=ticket.id, fallback_of=near))
    for row_id in (near, called, elsewhere):
        uow.outbox.record_sent(row_id, sent=Sent("p"), said=[], now=NOW)
    told = uow.outbox.told(ticket_ids=[ticket.id], since=NOW)
    assert told == {ticket.id: {address_id: "called", other: "near"}}


@pytest.mark.parametrize(
    ("first", "second", "unreached"),
    [
        ("failed", "due", False),
        ("failed", "sent", False),
        ("failed", "failed", True),
        ("failed", "expired", True),
        ("failed", "suppressed", True),
        ("sent", "failed", False),
        ("suppressed", "suppressed", False),
    ],
)
def test_a_person_is_reached_where_any_of_their_addresses_was_told(
    uow: UnitOfWork, ground: Ground, address_id: AddressId, first: str, second: str, unreached: bool
) -> None:
    ticket = a_ticket(uow, ground, number=1, address_id=address_id)
    over = NOW - timedelta(days=2)
    old = _add(uow, _notice(address_id, ticket_id=ticket.id))
    _bring(uow, old[0], "failed")
    (original,) = _add(uow, _notice(address_id, ticket_id=ticket.id))
    _bring(uow, original, first)
    other = an_address(uow, handle="other").id
    at = over if second == "expired" else NOW
    (elsewhere,) = _add(uow, _notice(other, ticket_id=ticket.id, fallback_of=original, at=at))
    _bring(uow, elsewhere, second)
    assert _is_unreached(uow, ground, ticket) is unreached


@pytest.mark.parametrize(("told_at", "unreached"), [("nowhere", True), ("here", True), ("elsewhere", False)])
def test_whose_chat_is_closed_is_reached_only_by_another_address(
    uow: UnitOfWork, ground: Ground, told_at: str, unreached: bool
) -> None:
    closed, other = an_address(uow, handle="closed"), an_address(uow, handle="other").id
    uow.people.save_address(replace(closed, stopped_at=NOW))
    ticket = a_ticket(uow, ground, number=1, address_id=closed.id)
    (original,) = _add(uow, _notice(closed.id, ticket_id=ticket.id))
    _bring(uow, original, "sent" if told_at == "here" else "suppressed")
    (elsewhere,) = _add(uow, _notice(other, ticket_id=ticket.id, fallback_of=original))
    _bring(uow, elsewhere, "sent" if told_at == "elsewhere" else "failed")
    assert _is_unreached(uow, ground, ticket) is unreached


def _bring(uow: UnitOfWork, row_id: OutboxId, state: str) -> None:
    """To how it ends; a row whose time is over expires."""
    if state == "sent":
        uow.outbox.record_sent(row_id, sent=Sent("p"), said=[], now=NOW)
    elif state == "failed":
        uow.outbox.record_failed(row_id, error="gone", now=NOW)
    elif state == "suppressed":
        uow.outbox.record_suppressed(row_id, reason="stopped", now=NOW)
    elif state == "expired":
        assert uow.outbox.expire(now=NOW, limit=9) == 1


def test_what_arrived_is_known_whatever_was_thought_of_it_before(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    sent, _, later, failed, suppressed = rows = _add(uow, *_notices(address_id, 5))
    _claim(uow, *rows)
    uow.outbox.record_sent(sent, sent=Sent("m0"), said=[], now=NOW)
    uow.outbox.record_later(later, due_at=NOW, error="down")
    uow.outbox.record_failed(failed, error="gone", now=NOW)
    uow.outbox.record_suppressed(suppressed, reason="untrue", now=NOW)
    for row in rows:
        uow.outbox.record_arrived(row, provider_id="m1", is_read=False, now=NOW + MINUTE)
    known = [row for row in map(uow.outbox.lock, rows) if row is not None]
    assert [row.state for row in known] == ["delivered"] * 5
    assert [row.provider_id for row in known] == ["m0", "m1", "m1", "m1", "m1"]
    assert _claim(uow, *rows, at=NOW + LEASE) == []


def test_what_arrived_is_never_less_again(uow: UnitOfWork, address_id: AddressId) -> None:
    (row,) = _add(uow, _notice(address_id))
    _claim(uow, row)
    uow.outbox.record_arrived(row, provider_id="m1", is_read=True, now=NOW)
    uow.outbox.record_arrived(row, provider_id="m1", is_read=False, now=NOW)
    uow.outbox.record_sent(row, sent=Sent("m1", "sms", 2), said=["hello"], now=NOW + MINUTE)
    uow.outbox.record_later(row, due_at=NOW, error="down")
    uow.outbox.record_failed(row, error="gone", now=NOW)
    uow.outbox.record_suppressed(row, reason="untrue", now=NOW)
    known = uow.outbox.lock(row)
    assert known is not None
    assert (known.state, known.provider_id) == ("read", "m1")
    assert uow.outbox.lock(row + 1000) is None


def test_what_arrived_takes_back_what_has_not_gone_elsewhere_yet(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    row, other = _add(uow, *_notices(address_id, 2))
    (its_fallback,) = _add(uow, replace(_notice(address_id), fallback_of=row))
    (another,) = _add(uow, replace(_notice(address_id), fallback_of=other))
    uow.outbox.record_arrived(row, provider_id="m1", is_read=False, now=NOW)
    assert _due(uow) == [other, another]
    gone = uow.outbox.lock(its_fallback)
    assert gone is not None
    assert gone.state == "suppressed"


def _notices(address_id: AddressId, count: int) -> list[Notice]:
    return [_notice(address_id) for _ in range(count)]


def _sent(uow: UnitOfWork, address_id: AddressId, *, confirm_by: datetime | None) -> OutboxId:
    (row_id,) = _add(uow, _notice(address_id))
    uow.outbox.record_sent(row_id, sent=Sent(f"p{row_id}"), said=[], now=NOW, confirm_by=confirm_by)
    return row_id


def _claim_unconfirmed(uow: UnitOfWork, *, at: datetime, limit: int = 9) -> list[OutboxId]:
    rows = uow.outbox.claim_unconfirmed(now=at, lease_until=at + LEASE, limit=limit)
    assert all(row.state == "sent" and row.provider_id == f"p{row.id}" for row in rows)
    return [row.id for row in rows]


def test_what_nobody_has_heard_of_in_its_time_is_asked_after_by_one(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    second, first = (_sent(uow, address_id, confirm_by=NOW + n * MINUTE) for n in (2, 1))
    _sent(uow, address_id, confirm_by=None)
    failed = _sent(uow, address_id, confirm_by=NOW)
    uow.outbox.record_failed(failed, error="gone", now=NOW)
    arrived = _sent(uow, address_id, confirm_by=NOW)
    uow.outbox.record_arrived(arrived, provider_id=f"p{arrived}", is_read=False, now=NOW)
    assert _claim_unconfirmed(uow, at=NOW) == []
    assert _claim_unconfirmed(uow, at=NOW + 2 * MINUTE, limit=1) == [first]
    assert _claim_unconfirmed(uow, at=NOW + 2 * MINUTE) == [second]
    assert _claim_unconfirmed(uow, at=NOW + 2 * MINUTE) == []
    assert _claim_unconfirmed(uow, at=NOW + 2 * MINUTE + LEASE) == [second, first]


def test_when_it_is_asked_after_next_can_be_said_only_of_what_is_unheard_of(
    uow: UnitOfWork, address_id: AddressId
) -> None:
    again, never, anew = (_sent(uow, address_id, confirm_by=NOW) for _ in range(3))
    later = NOW + 5 * MINUTE
    uow.outbox.ask_again(again, provider_id=f"p{again}", at=later)
    uow.outbox.ask_again(never, provider_id=f"p{never}", at=None)
    uow.outbox.ask_again(anew, provider_id="another", at=None)
    assert _claim_unconfirmed(uow, at=NOW) == [anew]
    uow.outbox.reopen(anew, provider_id=f"p{anew}")
    uow.outbox.ask_again(anew, provider_id=f"p{anew}", at=NOW)
    assert _claim_unconfirmed(uow, at=later) == [again]


def _is_unreached(uow: UnitOfWork, ground: Ground, ticket: Ticket) -> bool:
    """As the console marks it, which the figures of the day agree with."""
    (line,) = uow.tickets.lines(ground.queue.id, states=[ticket.state], limit=9)
    (counts,) = uow.days.counts(site_id=ground.site.id, day=ticket.business_date)
    assert counts.unreached == line.unreached
    return line.unreached
