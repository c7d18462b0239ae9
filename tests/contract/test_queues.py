"""Queues and the counters that work on them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.ports import UnitOfWork
from domain.queue import Queue, QueueState
from tests.contract.ground import DAY, NOBODY, NOW, Ground


def test_a_service_has_one_queue_a_day(uow: UnitOfWork, ground: Ground) -> None:
    queue = uow.queues.ensure(service=ground.service, day=DAY)
    assert queue == ground.queue
    assert queue == Queue(
        id=queue.id,
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        service_id=ground.service.id,
        business_date=DAY,
        state=QueueState.NOT_STARTED,
        started_at=None,
    )
    tomorrow = uow.queues.ensure(service=ground.service, day=DAY + timedelta(days=1))
    assert tomorrow.id != queue.id
    assert uow.queues.get(queue.id) == uow.queues.find(service_id=ground.service.id, day=DAY) == queue
    assert uow.queues.get(NOBODY) is None
    assert uow.queues.find(service_id=NOBODY, day=DAY) is None


def test_a_state_is_kept_with_the_time_of_its_start(uow: UnitOfWork, ground: Ground) -> None:
    for state, started_at in ((QueueState.OPEN, NOW), (QueueState.NOT_STARTED, None)):
        uow.queues.set_state(ground.queue.id, state=state, started_at=started_at)
        assert uow.queues.get(ground.queue.id) == replace(ground.queue, state=state, started_at=started_at)


def test_queues_of_earlier_days_are_listed_until_they_are_closed(uow: UnitOfWork, ground: Ground) -> None:
    older = [uow.queues.ensure(service=ground.service, day=DAY - timedelta(days=n)) for n in (3, 2, 1)]
    uow.queues.set_state(older[1].id, state=QueueState.OPEN, started_at=NOW)
    uow.queues.set_state(older[2].id, state=QueueState.CLOSED, started_at=NOW)
    wanted: dict[str, Any] = {"site_id": ground.site.id, "day": DAY}
    assert [q.id for q in uow.queues.unclosed_before(**wanted, limit=9)] == [older[0].id, older[1].id]
    assert [q.id for q in uow.queues.unclosed_before(**wanted, limit=1)] == [older[0].id]
    assert uow.queues.unclosed_before(site_id=NOBODY, day=DAY, limit=9) == []


def test_locking_returns_the_queues_by_id(uow: UnitOfWork, ground: Ground) -> None:
    tomorrow = uow.queues.ensure(service=ground.service, day=DAY + timedelta(days=1))
    assert uow.queues.lock([tomorrow.id, ground.queue.id, NOBODY]) == [ground.queue, tomorrow]
    assert uow.queues.lock([]) == []


def test_walk_ins_are_numbered_from_one_for_each_queue(uow: UnitOfWork, ground: Ground) -> None:
    tomorrow = uow.queues.ensure(service=ground.service, day=DAY + timedelta(days=1))
    assert [uow.queues.next_walk_in(ground.queue.id) for _ in range(3)] == [1, 2, 3]
    assert uow.queues.next_walk_in(tomorrow.id) == 1


def test_a_counter_moves_only_from_the_version_it_was_seen_at(uow: UnitOfWork, ground: Ground) -> None:
    counter = uow.queues.lock_counter(ground.counter.id)
    assert counter == ground.counter
    there: dict[str, Any] = {"queue_id": ground.queue.id, "ticket_id": 17}
    assert uow.queues.move_counter(ground.counter.id, version=0, **there)
    assert not uow.queues.move_counter(ground.counter.id, version=0, queue_id=None, ticket_id=None)
    moved = replace(ground.counter, version=1, queue_id=ground.queue.id, ticket_id=17)
    assert uow.queues.lock_counter(ground.counter.id) == uow.places.counter(ground.counter.id) == moved
    assert uow.queues.lock_counter(NOBODY) is None
    assert not uow.queues.move_counter(NOBODY, version=0, queue_id=None, ticket_id=None)


def test_freed_counters_have_nobody_and_their_versions_move(uow: UnitOfWork, ground: Ground) -> None:
    other = uow.places.add_counter(site=ground.site, name="Room 2", service_ids=[])
    uow.queues.move_counter(ground.counter.id, version=0, queue_id=ground.queue.id, ticket_id=17)
    uow.queues.free_counters(ground.queue.id)
    assert uow.places.counter(ground.counter.id) == replace(ground.counter, version=2)
    untouched = uow.places.counter(other)
    assert untouched is not None
    assert untouched.version == 0
