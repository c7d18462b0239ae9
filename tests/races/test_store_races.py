"""The stores' guarded statements at the same instant, on PostgreSQL, each beside a naive twin that has to fail."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from domain.events import Actor, Event, EventName
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.ports import UnitOfWork
from domain.queue import QueueState, TicketState
from persistence.tables import addresses, conversations, queues, slots, users
from tests.contract.ground import (
    DAY,
    MINUTE,
    NOW,
    Ground,
    Uows,
    a_new_ticket,
    a_user,
    a_visit,
    an_address,
    prepare,
)
from tests.races.race import race

ROUNDS = 10  # of a naive twin, which fails in nearly every one


@pytest.fixture
def ground(uows: Uows) -> Ground:
    with uows() as uow:
        ground = prepare(uow)
        uow.slots.change_capacity(ground.slots[0].id, capacity=10)
        uow.commit()
    return ground


def together(uows: Uows, act: Callable[[UnitOfWork], Any], *, times: int) -> list[Any]:
    """Does it in as many units of work at once, and returns what each was answered."""

    def once() -> Any:
        with uows() as uow:
            answer = act(uow)
            uow.commit()
        return answer

    return race([once] * times)


def test_a_hundred_who_want_one_of_ten_seats_get_exactly_ten(uows: Uows, ground: Ground) -> None:
    slot_id = ground.slots[0].id
    seats = together(uows, lambda uow: uow.slots.claim_seat(slot_id, now=NOW), times=100)
    tokens = sorted(seat.token for seat in seats if seat)
    assert tokens == [f"10-{n:02d}" for n in range(1, 11)]
    with uows() as uow:
        slot = uow.slots.get(slot_id)
    assert slot is not None
    assert slot.booked == 10


def test_a_check_before_the_write_overbooks_and_repeats_numbers(engine: Engine, ground: Ground) -> None:
    def naive_claim() -> int | None:
        with engine.begin() as connection:
            of_slot = slots.c.id == ground.slots[0].id
            booked, capacity, number = connection.execute(
                select(slots.c.booked, slots.c.max_capacity, slots.c.next_seq).where(of_slot)
            ).one()
            if booked >= capacity:
                return None
            taken = {"booked": booked + 1, "next_seq": number + 1}
            connection.execute(update(slots).where(of_slot).values(taken))
            return int(number)

    overbooked = repeated = False
    for _ in range(ROUNDS):
        with engine.begin() as connection:
            connection.execute(update(slots).values(booked=0, next_seq=1))
        numbers = [n for n in race([naive_claim] * 100) if n is not None]
        overbooked |= len(numbers) > 10
        repeated |= len(set(numbers)) < len(numbers)
    assert overbooked
    assert repeated


def test_walk_ins_at_once_get_every_number_once(uows: Uows, ground: Ground) -> None:
    numbers = together(uows, lambda uow: uow.queues.next_walk_in(ground.queue.id), times=50)
    assert sorted(numbers) == [*range(1, 51)]


def test_fifty_first_messages_of_one_person_make_one_of_everything(
    uows: Uows, ground: Ground, engine: Engine
) -> None:
    def first_message(uow: UnitOfWork) -> tuple[int, int]:
        address = an_address(uow, handle="new")
        uow.conversations.lock(address.id)
        organisation_id = ground.site.organisation_id
        user = uow.people.user_of(
            address_id=address.id, organisation_id=organisation_id, name="Asha", language=None
        )
        return address.id, user.id

    assert len(set(together(uows, first_message, times=50))) == 1
    with engine.connect() as connection:
        for table in (addresses, users, conversations):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 1


def test_without_the_address_lock_one_person_becomes_several(
    uows: Uows, ground: Ground, engine: Engine
) -> None:
    """The naive twin: no user yet, so add one."""
    with uows() as uow:
        address = an_address(uow, handle="new")
        uow.commit()

    def naive_user_of(uow: UnitOfWork) -> object:
        if uow.people.users_of(address.id):
            return None
        return a_user(uow, ground)

    for _ in range(ROUNDS):
        with engine.begin() as connection:
            connection.execute(users.delete())
        together(uows, naive_user_of, times=50)
        with engine.connect() as connection:
            if connection.execute(select(func.count()).select_from(users)).scalar_one() > 1:
                return
    raise AssertionError("the naive twin never failed")


def test_without_on_conflict_first_messages_fail(uows: Uows, engine: Engine) -> None:
    def naive_address(handle: str) -> bool:
        try:
            with engine.begin() as connection:
                known = connection.execute(select(addresses).where(addresses.c.handle == handle)).first()
                if known is None:
                    connection.execute(addresses.insert(), {"channel": "sms", "handle": handle})
        except IntegrityError:
            return False
        return True

    assert not all(all(race([partial(naive_address, f"new {n}")] * 50)) for n in range(ROUNDS))


def test_one_person_who_books_twice_at_once_has_one_booking(uows: Uows, ground: Ground) -> None:
    with uows() as uow:
        patient = a_user(uow, ground)
        uow.commit()

    def book(uow: UnitOfWork) -> object:
        seat = uow.slots.claim_seat(ground.slots[0].id, now=NOW)
        if seat is None:
            return None
        added = uow.appointments.add(
            slot=ground.slots[0],
            seat=seat,
            visit=a_visit(uow, ground, patient_id=patient),
            only_one_a_day=True,
            rescheduled_from=None,
            now=NOW,
        )
        if added is None:
            uow.rollback()
        return added

    assert len([added for added in together(uows, book, times=8) if added]) == 1
    with uows() as uow:
        slot = uow.slots.get(ground.slots[0].id)
    assert slot is not None
    assert slot.booked == 1


def test_a_start_misses_nobody_who_joins_in_that_moment(uows: Uows, ground: Ground) -> None:
    assert _left_behind(uows, ground, state_seen=_state_of_offer) == 0


def test_without_the_shared_lock_a_start_misses_people(uows: Uows, ground: Ground) -> None:
    """The naive twin: read the queue's state, then add the ticket."""
    assert _left_behind(uows, ground, state_seen=_state_just_read) > 0


def _state_of_offer(uow: UnitOfWork, ground: Ground) -> QueueState:
    offer = uow.slots.offer(ground.slots[0].id)
    assert offer is not None
    return offer.queue_state


def _state_just_read(uow: UnitOfWork, ground: Ground) -> QueueState:
    queue = uow.queues.get(ground.queue.id)
    assert queue is not None
    return queue.state


def _left_behind(
    uows: Uows, ground: Ground, *, state_seen: Callable[[UnitOfWork, Ground], QueueState]
) -> int:
    """In rounds of eight who join and one who starts: how many are still only expected in the end."""
    numbers = iter(range(1, 1000))
    left = 0
    for _ in range(ROUNDS):

        def join(number: int) -> None:
            with uows() as uow:
                running = state_seen(uow, ground) is QueueState.OPEN
                state = TicketState.WAITING if running else TicketState.EXPECTED
                new = a_new_ticket(ground, a_visit(uow, ground), number=number, state=state)
                uow.tickets.add(new, at=NOW)
                uow.commit()

        def start() -> None:
            with uows() as uow:
                uow.queues.lock([ground.queue.id])
                uow.queues.set_state(ground.queue.id, state=QueueState.OPEN, started_at=NOW)
                uow.tickets.start_waiting(ground.queue.id, at=NOW)
                uow.commit()

        race([*(partial(join, next(numbers)) for _ in range(8)), start])
        with uows() as uow:
            left += uow.tickets.counts(ground.queue.id).get(TicketState.EXPECTED, 0)
            uow.tickets.start_waiting(ground.queue.id, at=NOW)
            uow.queues.set_state(ground.queue.id, state=QueueState.NOT_STARTED, started_at=None)
            uow.commit()
    return left


def test_a_message_that_arrives_twice_at_once_is_stored_once(uows: Uows) -> None:
    def arrive(uow: UnitOfWork) -> object:
        return uow.inbox.add(channel="sms", handle="a", provider_id="m1", payload={}, now=NOW)

    assert len([i for i in together(uows, arrive, times=20) if i is not None]) == 1


def test_workers_who_claim_the_same_rows_share_none(uows: Uows) -> None:
    with uows() as uow:
        address_id = an_address(uow).id
        notices = [
            Notice(NoticeKind.NEAR, address_id, f"key:{n}", NOW, NOW + VALID_FOR[NoticeKind.NEAR])
            for n in range(30)
        ]
        ids = uow.outbox.add(notices)
        uow.commit()

    def claim(uow: UnitOfWork) -> list[int]:
        return [row.id for row in uow.outbox.claim(ids, now=NOW, lease_until=NOW + MINUTE)]

    claimed = [outbox_id for got in together(uows, claim, times=20) for outbox_id in got]
    assert sorted(claimed) == sorted(ids)


def test_a_queue_that_many_need_first_is_made_once(uows: Uows, ground: Ground, engine: Engine) -> None:
    tomorrow = DAY.replace(day=DAY.day + 1)
    made = together(uows, lambda uow: uow.queues.ensure(service=ground.service, day=tomorrow), times=20)
    assert len({queue.id for queue in made}) == 1
    with engine.connect() as connection:
        days = connection.execute(select(queues.c.business_date)).scalars().all()
    assert days.count(tomorrow) == 1


def test_of_many_presses_on_one_version_one_counts(uows: Uows, ground: Ground) -> None:
    def press(uow: UnitOfWork) -> bool:
        return uow.queues.move_counter(ground.counter.id, version=0, queue_id=ground.queue.id, ticket_id=None)

    assert together(uows, press, times=20).count(True) == 1


def test_of_many_undos_of_one_action_one_counts(uows: Uows, ground: Ground) -> None:
    with uows() as uow:
        event_id = uow.events.add(
            Event(EventName.TICKET_CALLED, NOW, ground.site.organisation_id, ground.site.id, Actor())
        )
        uow.commit()
    assert together(uows, lambda uow: uow.events.mark_undone(event_id), times=20).count(True) == 1
