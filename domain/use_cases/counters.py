"""A counter and the queue it works on. Its version is compared at every press: doubled and stale clicks do nothing."""

from datetime import datetime

from domain.errors import DomainError
from domain.events import Actor, Event, EventName
from domain.ports import UnitOfWork
from domain.queue import Queue, QueueState
from domain.schedule import Counter, business_date


def counter_as_shown(uow: UnitOfWork, *, counter_id: int, version: int) -> Counter:
    """The counter, locked. Raises DomainError counter-unknown, or counter-moved when the page showed an older state."""
    counter = uow.queues.lock_counter(counter_id)
    if counter is None:
        raise DomainError("counter-unknown")
    if counter.version != version:
        raise DomainError("counter-moved")
    return counter


def locked_queue(uow: UnitOfWork, queue_id: int) -> Queue:
    """The queue, locked until the transaction ends. Raises DomainError queue-unknown."""
    queues = uow.queues.lock([queue_id])
    if not queues:
        raise DomainError("queue-unknown")
    return queues[0]


def refuse_other_day(uow: UnitOfWork, queue: Queue, *, now: datetime) -> None:
    """Raises DomainError queue-not-today."""
    site = uow.places.site(queue.site_id)
    assert site is not None
    if queue.business_date != business_date(now, site.zone):
        raise DomainError("queue-not-today")


def sign_on(uow: UnitOfWork, *, counter_id: int, queue_id: int, actor: Actor, now: datetime) -> Counter:
    """From now on the counter works on this queue.

    Raises DomainError queue-unknown, queue-not-today, queue-closed, counter-unknown, counter-elsewhere when the counter
    doesn't serve this service, or counter-busy while it has somebody from another queue.
    """
    queue = locked_queue(uow, queue_id)
    refuse_other_day(uow, queue, now=now)
    if queue.state is QueueState.CLOSED:
        raise DomainError("queue-closed")
    counter = uow.queues.lock_counter(counter_id)
    if counter is None:
        raise DomainError("counter-unknown")
    if all(c.id != counter_id for c in uow.places.counters_of_service(queue.service_id)):
        raise DomainError("counter-elsewhere")
    if counter.queue_id == queue_id:
        return counter
    if counter.ticket_id is not None:
        raise DomainError("counter-busy")
    uow.queues.move_counter(counter_id, version=counter.version, queue_id=queue.id, ticket_id=None)
    uow.events.add(
        Event(
            name=EventName.COUNTER_SIGNED_ON,
            at=now,
            organisation_id=counter.organisation_id,
            site_id=counter.site_id,
            actor=actor,
            queue_id=queue.id,
            counter_id=counter.id,
        )
    )
    uow.poke(queue_id)
    moved = uow.places.counter(counter_id)
    assert moved is not None
    return moved
