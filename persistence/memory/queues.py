"""Queues and counters in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from domain.ids import QueueId
from domain.queue import Queue, QueueState
from domain.schedule import Counter, Service
from persistence.memory.state import State


class MemoryQueues:
    def __init__(self, state: State) -> None:
        self._state = state

    def ensure(self, *, service: Service, day: date) -> Queue:
        queue = self.find(service_id=service.id, day=day)
        if queue is None:
            queue = Queue(
                id=QueueId(next(self._state.ids)),
                organisation_id=service.organisation_id,
                site_id=service.site_id,
                service_id=service.id,
                business_date=day,
                state=QueueState.NOT_STARTED,
                started_at=None,
            )
            self._state.queues[queue.id] = queue
        return queue

    def get(self, queue_id: int) -> Queue | None:
        return self._state.queues.get(queue_id)

    def find(self, *, service_id: int, day: date) -> Queue | None:
        queues = self._state.queues.values()
        return next((q for q in queues if (q.service_id, q.business_date) == (service_id, day)), None)

    def unclosed_before(self, *, site_id: int, day: date, limit: int) -> list[Queue]:
        return [q for q in self._before(site_id, day) if q.state is not QueueState.CLOSED][:limit]

    def lock(self, queue_ids: Collection[int]) -> list[Queue]:
        return [self._state.queues[i] for i in sorted(set(queue_ids)) if i in self._state.queues]

    def set_state(self, queue_id: int, *, state: QueueState, started_at: datetime | None) -> None:
        queue = self._state.queues[queue_id]
        self._state.queues[queue_id] = replace(queue, state=state, started_at=started_at)

    def free_counters(self, queue_id: int) -> None:
        for counter in [*self._state.counters.values()]:
            if counter.queue_id == queue_id:
                self.move_counter(counter.id, version=counter.version, queue_id=None, ticket_id=None)

    def next_walk_in(self, queue_id: int) -> int:
        self._state.walk_ins[queue_id] = self._state.walk_ins.get(queue_id, 0) + 1
        return self._state.walk_ins[queue_id]

    def lock_counter(self, counter_id: int) -> Counter | None:
        return self._state.counters.get(counter_id)

    def move_counter(
        self, counter_id: int, *, version: int, queue_id: int | None, ticket_id: int | None
    ) -> bool:
        counter = self._state.counters.get(counter_id)
        if counter is None or counter.version != version:
            return False
        self._state.counters[counter_id] = replace(
            counter, version=version + 1, queue_id=queue_id, ticket_id=ticket_id
        )
        return True

    def _before(self, site_id: int, day: date) -> list[Queue]:
        older = [q for q in self._state.queues.values() if q.site_id == site_id and q.business_date < day]
        return sorted(older, key=lambda q: (q.business_date, q.id))
