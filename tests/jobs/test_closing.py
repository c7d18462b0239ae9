"""Nothing stays open overnight, and one day that can't be closed keeps no other open."""

from datetime import timedelta
from typing import Any

from domain.ports import UnitOfWork
from domain.queue import QueueState
from domain.use_cases.queue import close_queue
from jobs.closing import close_earlier_days
from tests.delivery.world import Hospital, SetClock


def state_of(hospital: Hospital, queue_id: int) -> QueueState:
    with hospital.services.uow() as uow:
        queue = uow.queues.get(queue_id)
    assert queue is not None
    return queue.state


def test_a_day_is_closed_after_its_night_and_its_counter_freed(hospital: Hospital, clock: SetClock) -> None:
    booked = hospital.books("a")
    hospital.starts()
    hospital.calls_next()
    queue_id = booked.ticket.queue_id
    assert close_earlier_days(hospital.services) == 0
    clock.at = clock.at.replace(hour=20, minute=30)  # 02:00 in Kolkata, where somebody may still be served
    assert close_earlier_days(hospital.services) == 0
    assert state_of(hospital, queue_id) is QueueState.OPEN
    clock.forward(hours=2)
    assert close_earlier_days(hospital.services) >= 1
    assert state_of(hospital, queue_id) is QueueState.CLOSED
    assert hospital.counter is not None
    with hospital.services.uow() as uow:
        counter = uow.places.counter(hospital.counter.id)
    assert counter is not None
    assert (counter.queue_id, counter.ticket_id) == (None, None)
    assert close_earlier_days(hospital.services) == 0


def test_a_day_that_cannot_be_closed_keeps_no_other_open(hospital: Hospital, clock: SetClock) -> None:
    clock.at += timedelta(days=1)
    bad = hospital.slot().queue_id - 1

    def close_all_but_one(uow: UnitOfWork, *, queue_id: int, **more: Any) -> int:
        if queue_id == bad:
            raise RuntimeError("a bug")
        return close_queue(uow, queue_id=queue_id, **more)

    clock.at += timedelta(days=1)
    everything = 6  # three services, two days
    assert close_earlier_days(hospital.services, close=close_all_but_one) == everything - 1
    assert state_of(hospital, bad) is not QueueState.CLOSED
    assert close_earlier_days(hospital.services) == 1
