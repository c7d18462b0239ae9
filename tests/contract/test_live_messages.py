"""Messages that are kept up to date: whole queues marked at once, claims with a lease, nearest turn first."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.events import SYSTEM, Event, EventName
from domain.notices import Notice, NoticeKind
from domain.people import Address
from domain.ports import LiveMessage, Sent, UnitOfWork
from domain.queue import QueueState, Ticket, TicketState
from tests.contract.ground import MINUTE, NOW, Ground, Heard, Uows, a_new_ticket, a_visit, an_address

SECOND = timedelta(seconds=1)
LEASE = NOW + MINUTE
PHONES = ("sim-telegram",)


@pytest.fixture
def running(uow: UnitOfWork, ground: Ground) -> Ground:
    uow.queues.set_state(ground.queue.id, state=QueueState.OPEN, started_at=NOW)
    return ground


def a_follower(uow: UnitOfWork, ground: Ground, *, number: int = 1, channel: str = "sim-telegram") -> Ticket:
    address = an_address(uow, handle=f"{channel}{number}", channel=channel)
    visit = a_visit(uow, ground, address_id=address.id)
    return uow.tickets.add(a_new_ticket(ground, visit, number=number), at=NOW)


def address_of(uow: UnitOfWork, ticket: Ticket) -> Address:
    assert ticket.address_id is not None
    address = uow.people.address_by_id(ticket.address_id)
    assert address is not None
    return address


def claim(uow: UnitOfWork, *, at: datetime = NOW, limit: int = 10) -> list[LiveMessage]:
    return uow.live.claim(now=at, lease_until=at + MINUTE, shown_before=at - 3 * SECOND, limit=limit)


def show(uow: UnitOfWork, claimed: LiveMessage, *, at: datetime = NOW, ended: bool = False) -> None:
    uow.live.record_shown(claimed, provider_id=f"m{claimed.ticket_id}", shown="hash", ended=ended, now=at)


def moves(uow: UnitOfWork, ground: Ground, *, at: datetime = NOW) -> int:
    return uow.live.queue_moved(ground.queue.id, now=at)


def follow(uow: UnitOfWork, ground: Ground) -> int:
    return uow.live.follow(ground.queue.id, channels=PHONES, now=NOW)


def an_event(uow: UnitOfWork, ground: Ground) -> None:
    uow.events.add(
        Event(
            name=EventName.TICKET_HERE,
            at=NOW,
            organisation_id=ground.site.organisation_id,
            site_id=ground.site.id,
            actor=SYSTEM,
            queue_id=ground.queue.id,
        )
    )


def test_a_running_queues_tickets_are_followed_where_their_channel_keeps_a_message(
    uow: UnitOfWork, running: Ground
) -> None:
    first, second = (a_follower(uow, running, number=n) for n in (1, 2))
    a_follower(uow, running, number=3, channel="sim-sms")
    uow.tickets.add(a_new_ticket(running, a_visit(uow, running), number=4), at=NOW)
    assert follow(uow, running) == 2
    assert follow(uow, running) == 0
    assert {m.ticket_id for m in claim(uow)} == {first.id, second.id}


def test_nobody_is_followed_before_the_start_nor_who_wants_no_messages(
    uow: UnitOfWork, ground: Ground
) -> None:
    stopped, blocked = (a_follower(uow, ground, number=n) for n in (1, 2))
    assert follow(uow, ground) == 0
    uow.queues.set_state(ground.queue.id, state=QueueState.OPEN, started_at=NOW)
    uow.people.save_address(replace(address_of(uow, stopped), stopped_at=NOW))
    uow.people.save_address(replace(address_of(uow, blocked), blocked_at=NOW))
    assert follow(uow, ground) == 0


def test_an_ended_ticket_is_not_followed(uow: UnitOfWork, running: Ground) -> None:
    uow.tickets.move(a_follower(uow, running), to=TicketState.LEFT, at=NOW)
    assert follow(uow, running) == 0


def test_the_nearest_turn_is_claimed_first(uow: UnitOfWork, running: Ground) -> None:
    line = [a_follower(uow, running, number=n) for n in (3, 1, 2)]
    follow(uow, running)
    assert moves(uow, running) == 3
    in_order = [ticket.id for ticket in sorted(line, key=lambda t: t.number)]
    assert [m.ticket_id for m in claim(uow, limit=2)] == in_order[:2]
    assert [m.ticket_id for m in claim(uow, limit=2)] == in_order[2:]


def test_what_is_claimed_is_claimed_once_until_its_lease_runs_out(uow: UnitOfWork, running: Ground) -> None:
    a_follower(uow, running)
    follow(uow, running)
    assert len(claim(uow)) == 1
    assert claim(uow) == []
    assert claim(uow, at=LEASE - SECOND) == []
    assert uow.live.due_since(now=LEASE, shown_before=LEASE) == LEASE
    assert len(claim(uow, at=LEASE)) == 1


def test_a_record_of_a_claim_that_was_lost_changes_nothing(uow: UnitOfWork, running: Ground) -> None:
    a_follower(uow, running)
    follow(uow, running)
    (lost,) = claim(uow)
    (ours,) = claim(uow, at=LEASE)
    show(uow, ours, at=LEASE)
    uow.live.record_shown(lost, provider_id="late", shown="x", ended=True, now=LEASE)
    uow.live.record_later(lost, due_at=LEASE, failed=True)
    uow.live.give_up(lost)
    moves(uow, running, at=LEASE)
    (again,) = claim(uow, at=LEASE + MINUTE)
    assert (again.provider_id, again.shown, again.attempts) == (f"m{ours.ticket_id}", "hash", 0)


def test_a_message_is_shown_again_after_the_queue_has_moved_and_not_within_seconds(
    uow: UnitOfWork, running: Ground
) -> None:
    a_follower(uow, running)
    follow(uow, running)
    show(uow, claim(uow)[0])
    assert claim(uow, at=NOW + MINUTE / 2) == []
    moves(uow, running)
    assert uow.live.due_since(now=NOW + 2 * SECOND, shown_before=NOW - SECOND) is None
    assert claim(uow, at=NOW + 2 * SECOND) == []
    assert [m.provider_id for m in claim(uow, at=NOW + 3 * SECOND)] != []


def test_a_queue_that_moves_while_a_message_is_sent_makes_it_due_again(
    uow: UnitOfWork, running: Ground
) -> None:
    a_follower(uow, running)
    follow(uow, running)
    (claimed,) = claim(uow)
    moves(uow, running)
    show(uow, claimed)
    assert len(claim(uow, at=NOW + 3 * SECOND)) == 1


def test_one_that_shows_the_truth_rests_until_something_happens(uow: UnitOfWork, running: Ground) -> None:
    a_follower(uow, running)
    follow(uow, running)
    uow.live.record_unchanged(claim(uow))
    assert claim(uow, at=NOW + MINUTE) == []


def test_time_makes_those_of_running_queues_due_that_nobody_looked_at(
    uow: UnitOfWork, running: Ground
) -> None:
    a_follower(uow, running)
    follow(uow, running)
    uow.live.record_unchanged(claim(uow))
    assert uow.live.time_passed(looked_before=NOW, now=NOW + MINUTE) == 0
    assert uow.live.time_passed(looked_before=NOW + SECOND, now=NOW + MINUTE) == 1
    assert uow.live.time_passed(looked_before=NOW + SECOND, now=NOW + MINUTE) == 0
    assert len(claim(uow, at=NOW + MINUTE)) == 1


def test_time_alone_changes_nothing_before_the_start(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_follower(uow, ground)
    uow.live.show_anew(ticket, address_id=address_of(uow, ticket).id, now=NOW)
    uow.live.record_unchanged(claim(uow))
    assert uow.live.time_passed(looked_before=NOW + SECOND, now=NOW + MINUTE) == 0


def test_asked_for_anew_the_old_message_is_to_be_removed(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_follower(uow, ground)
    address_id = address_of(uow, ticket).id
    for outdated_id in (None, f"m{ticket.id}"):
        uow.live.show_anew(ticket, address_id=address_id, now=NOW)
        # Asked twice before it is sent, there is still the same one to remove.
        uow.live.show_anew(ticket, address_id=address_id, now=NOW)
        (claimed,) = claim(uow)
        assert (claimed.provider_id, claimed.outdated_id, claimed.shown) == (None, outdated_id, None)
        show(uow, claimed)
    moves(uow, ground)
    (later,) = claim(uow, at=NOW + MINUTE)
    assert (later.provider_id, later.outdated_id) == (f"m{ticket.id}", None)


def test_another_phones_message_is_not_to_be_removed(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_follower(uow, ground)
    uow.live.show_anew(ticket, address_id=address_of(uow, ticket).id, now=NOW)
    show(uow, claim(uow)[0])
    other = an_address(uow, handle="other", channel="sim-telegram")
    uow.live.show_anew(ticket, address_id=other.id, now=NOW)
    (claimed,) = claim(uow)
    assert (claimed.address_id, claimed.outdated_id) == (other.id, None)


def test_asked_for_anew_while_it_is_sent_it_is_sent_once_more(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_follower(uow, ground)
    address_id = address_of(uow, ticket).id
    uow.live.show_anew(ticket, address_id=address_id, now=NOW)
    (in_flight,) = claim(uow)
    uow.live.show_anew(ticket, address_id=address_id, now=NOW)
    show(uow, in_flight)
    (claimed,) = claim(uow)
    assert (claimed.provider_id, claimed.outdated_id) == (None, f"m{ticket.id}")


def test_refresh_shows_it_again_though_nothing_changed(uow: UnitOfWork, running: Ground) -> None:
    ticket = a_follower(uow, running)
    follow(uow, running)
    show(uow, claim(uow)[0])
    uow.live.refresh(ticket.id, now=NOW)
    (claimed,) = claim(uow, at=NOW + 3 * SECOND)
    assert (claimed.provider_id, claimed.shown) == (f"m{ticket.id}", None)


def test_an_ended_one_rests_and_lives_again_with_its_ticket(uow: UnitOfWork, running: Ground) -> None:
    ticket = a_follower(uow, running)
    follow(uow, running)
    called = uow.tickets.move(ticket, to=TicketState.CALLED, at=NOW)
    assert called is not None
    done = uow.tickets.move(called, to=TicketState.COMPLETED, at=NOW)
    assert done is not None
    show(uow, claim(uow)[0], ended=True)
    assert moves(uow, running) == 0
    assert uow.tickets.restore(called, version=done.version)
    assert moves(uow, running) == 1
    (claimed,) = claim(uow, at=NOW + MINUTE)
    show(uow, claimed, at=NOW + MINUTE)
    assert moves(uow, running) == 1


def test_one_that_was_given_up_waits_until_it_is_asked_for(uow: UnitOfWork, running: Ground) -> None:
    ticket = a_follower(uow, running)
    follow(uow, running)
    uow.live.give_up(claim(uow)[0])
    assert moves(uow, running) == 0
    assert claim(uow, at=NOW + MINUTE) == []
    uow.live.show_anew(ticket, address_id=address_of(uow, ticket).id, now=NOW)
    assert moves(uow, running) == 1


def test_who_wants_no_messages_is_not_marked(uow: UnitOfWork, running: Ground) -> None:
    ticket = a_follower(uow, running)
    follow(uow, running)
    show(uow, claim(uow)[0])
    uow.people.save_address(replace(address_of(uow, ticket), blocked_at=NOW))
    assert moves(uow, running) == 0


def test_who_wants_no_messages_is_marked_once_their_ticket_has_ended(
    uow: UnitOfWork, running: Ground
) -> None:
    ticket = a_follower(uow, running)
    follow(uow, running)
    claimed = claim(uow)[0]
    show(uow, claimed)
    uow.people.save_address(replace(address_of(uow, ticket), blocked_at=NOW))
    assert uow.tickets.move(ticket, to=TicketState.VOID, at=NOW) is not None
    assert moves(uow, running) == 1
    uow.live.give_up(claim(uow, at=NOW + 3 * SECOND)[0])
    assert moves(uow, running) == 0


def test_after_a_failure_it_rests_whatever_the_queue_does(uow: UnitOfWork, running: Ground) -> None:
    a_follower(uow, running)
    follow(uow, running)
    uow.live.record_later(claim(uow)[0], due_at=NOW + MINUTE, failed=True)
    moves(uow, running)
    assert claim(uow, at=NOW + MINUTE - SECOND) == []
    (again,) = claim(uow, at=NOW + MINUTE)
    assert again.attempts == 1


def test_it_waits_for_other_words_to_the_same_address(uow: UnitOfWork, running: Ground) -> None:
    ticket = a_follower(uow, running)
    follow(uow, running)
    reply = Notice(
        kind=NoticeKind.REPLY,
        address_id=address_of(uow, ticket).id,
        dedupe_key="x",
        due_at=NOW,
        not_after=NOW + MINUTE,
        data={"replies": []},
    )
    (reply_id,) = uow.outbox.add([reply])
    assert claim(uow) == []
    assert uow.live.due_since(now=NOW, shown_before=NOW) is None
    uow.outbox.claim([reply_id], now=NOW, lease_until=LEASE)
    assert claim(uow) == []
    uow.outbox.record_sent(reply_id, sent=Sent("1"), said=[], now=NOW)
    assert uow.live.due_since(now=NOW, shown_before=NOW) == NOW
    assert len(claim(uow)) == 1


def test_a_queues_mark_is_greater_after_every_event(uow: UnitOfWork, running: Ground) -> None:
    marks = [uow.live.marks()[running.queue.id]]
    for _ in range(20):
        an_event(uow, running)
        marks.append(uow.live.marks()[running.queue.id])
    assert marks == sorted(set(marks))


def test_marks_are_of_running_queues_and_of_those_with_messages(uow: UnitOfWork, ground: Ground) -> None:
    assert ground.queue.id not in uow.live.marks()
    ticket = a_follower(uow, ground)
    uow.live.show_anew(ticket, address_id=address_of(uow, ticket).id, now=NOW)
    an_event(uow, ground)
    assert uow.live.marks()[ground.queue.id] > 0
    show(uow, claim(uow)[0], ended=True)
    assert ground.queue.id not in uow.live.marks()


def test_after_the_commit_somebody_is_told_once(own_uows: Uows, heard: Heard) -> None:
    with own_uows() as uow:
        uow.live.refresh(1, now=NOW)
        uow.live.refresh(2, now=NOW)
        assert heard.live == 0
        uow.commit()
    assert heard.live == 1
    with own_uows() as uow:
        uow.live.refresh(1, now=NOW)
    assert heard.live == 1
