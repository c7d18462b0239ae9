"""Seats and tokens."""

from datetime import time, timedelta
from typing import Any

from domain.ports import UnitOfWork
from domain.queue import QueueState
from domain.schedule import SlotTime, slot_times
from tests.contract.ground import DAY, KOLKATA, NOBODY, NOW, Ground, Uows, prepare


def _times(opens: time, closes: time, *, minutes: int = 30) -> list[SlotTime]:
    return [*slot_times(day=DAY, opens=opens, closes=closes, slot_minutes=minutes, zone=KOLKATA)]


def _add(uow: UnitOfWork, ground: Ground, opens: time, closes: time) -> int:
    return uow.slots.add_day(
        service=ground.service, queue_id=ground.queue.id, times=_times(opens, closes), capacity=2
    )


def _tokens(uow: UnitOfWork, slot_id: int, *, seats: int) -> list[str | None]:
    claimed = [uow.slots.claim_seat(slot_id, now=NOW) for _ in range(seats)]
    return [None if seat is None else seat.token for seat in claimed]


def test_an_offer_shows_slot_service_site_and_the_state_of_the_queue(uow: UnitOfWork, ground: Ground) -> None:
    offer = uow.slots.offer(ground.slots[0].id)
    assert offer is not None
    assert offer.slot == ground.slots[0]
    assert (offer.service, offer.site) == (ground.service, ground.site)
    assert offer.queue_state is QueueState.NOT_STARTED
    uow.queues.set_state(ground.queue.id, state=QueueState.OPEN, started_at=NOW)
    offer = uow.slots.offer(ground.slots[0].id)
    assert offer is not None
    assert offer.queue_state is QueueState.OPEN
    assert uow.slots.offer(NOBODY) is None


def test_a_slot_gives_as_many_seats_as_it_has_and_never_a_number_twice(
    uow: UnitOfWork, ground: Ground
) -> None:
    slot_id = ground.slots[0].id
    assert _tokens(uow, slot_id, seats=3) == ["10-01", "10-02", None]
    uow.slots.release_seat(slot_id)
    assert _tokens(uow, slot_id, seats=2) == ["10-03", None]
    slot = uow.slots.get(slot_id)
    assert slot is not None
    assert (slot.booked, slot.free) == (2, 0)


def test_an_empty_slot_stays_empty_when_a_seat_is_released(uow: UnitOfWork, ground: Ground) -> None:
    uow.slots.release_seat(ground.slots[0].id)
    assert uow.slots.get(ground.slots[0].id) == ground.slots[0]


def test_a_slot_that_is_over_closed_or_unknown_gives_no_seat(uow: UnitOfWork, ground: Ground) -> None:
    first, second = ground.slots
    assert uow.slots.claim_seat(first.id, now=first.ends_at) is None
    assert uow.slots.claim_seat(first.id, now=first.ends_at - timedelta(seconds=1)) is not None
    assert uow.slots.close(second.id)
    assert not uow.slots.close(second.id)
    assert uow.slots.claim_seat(second.id, now=NOW) is None
    assert uow.slots.claim_seat(NOBODY, now=NOW) is None
    closed = uow.slots.get(second.id)
    assert closed is not None
    assert closed.closed
    assert not uow.slots.close(NOBODY)
    assert uow.slots.get(NOBODY) is None


def test_bookable_slots_have_a_seat_and_are_neither_closed_nor_over(uow: UnitOfWork, ground: Ground) -> None:
    first, second = ground.slots
    day: dict[str, Any] = {"service_id": ground.service.id, "since": DAY, "until": DAY}
    assert uow.slots.bookable(**day, now=NOW) == [first, second]
    assert uow.slots.bookable(**day, now=first.ends_at) == [second]
    _tokens(uow, first.id, seats=2)
    assert uow.slots.bookable(**day, now=NOW) == [second]
    uow.slots.close(second.id)
    assert uow.slots.bookable(**day, now=NOW) == []
    tomorrow = DAY + timedelta(days=1)
    assert uow.slots.bookable(service_id=ground.service.id, since=tomorrow, until=tomorrow, now=NOW) == []


def test_capacity_never_falls_below_what_is_booked(uow: UnitOfWork, ground: Ground) -> None:
    slot_id = ground.slots[0].id
    _tokens(uow, slot_id, seats=2)
    assert not uow.slots.change_capacity(slot_id, capacity=1)
    assert uow.slots.change_capacity(slot_id, capacity=4)
    assert _tokens(uow, slot_id, seats=3) == ["10-03", "10-04", None]
    assert not uow.slots.change_capacity(NOBODY, capacity=4)


def test_a_day_gets_only_the_slots_it_does_not_have(uow: UnitOfWork, ground: Ground) -> None:
    assert _add(uow, ground, time(10), time(11)) == 1
    assert _add(uow, ground, time(10), time(11)) == 0
    day = uow.slots.of_day(service_id=ground.service.id, day=DAY)
    assert [(s.start_time, s.token_prefix) for s in day] == [
        (time(10), "10"),
        (time(10, 30), "1030"),
        (time(11), "11"),
    ]
    assert uow.slots.add_day(service=ground.service, queue_id=ground.queue.id, times=[], capacity=1) == 0


def test_the_only_slot_of_a_day_has_bare_numbers_until_a_second_one_joins(uow: UnitOfWork) -> None:
    ground = prepare(uow, hours=1)
    slot_id = ground.slots[0].id
    assert _tokens(uow, slot_id, seats=1) == ["01"]
    assert _add(uow, ground, time(10, 30), time(11)) == 1
    assert _tokens(uow, slot_id, seats=1) == ["10-02"]
    first, second = uow.slots.of_day(service_id=ground.service.id, day=DAY)
    assert (first.token_prefix, second.token_prefix) == ("10", "1030")


def test_days_that_have_slots_are_known(uow: UnitOfWork, ground: Ground) -> None:
    week: dict[str, Any] = {"since": DAY - timedelta(days=3), "until": DAY + timedelta(days=3)}
    assert uow.slots.days_made(service_id=ground.service.id, **week) == {DAY}
    assert uow.slots.days_made(service_id=ground.service.id, since=DAY, until=DAY) == {DAY}
    assert uow.slots.days_made(service_id=NOBODY, **week) == set()
    before = DAY - timedelta(days=1)
    assert uow.slots.days_made(service_id=ground.service.id, since=before, until=before) == set()


def test_the_token_being_served_is_set_and_the_one_before_returned(uow: UnitOfWork, ground: Ground) -> None:
    slot_id = ground.slots[0].id
    assert uow.slots.set_current_token(slot_id, "10-01") is None
    assert uow.slots.set_current_token(slot_id, "10-02") == "10-01"
    slot = uow.slots.get(slot_id)
    assert slot is not None
    assert slot.current_token == "10-02"
    assert uow.slots.set_current_token(slot_id, None) == "10-02"


def test_slots_can_be_locked_in_any_order_and_twice(uow: UnitOfWork, ground: Ground) -> None:
    uow.slots.lock([ground.slots[1].id, ground.slots[0].id, ground.slots[1].id])
    uow.slots.lock([])
    assert uow.slots.get(ground.slots[0].id) == ground.slots[0]


def test_seats_of_a_unit_that_was_not_committed_are_free_again(own_uows: Uows) -> None:
    with own_uows() as uow:
        ground = prepare(uow)
        uow.commit()
    with own_uows() as uow:
        uow.slots.claim_seat(ground.slots[0].id, now=NOW)
    with own_uows() as uow:
        assert uow.slots.get(ground.slots[0].id) == ground.slots[0]
