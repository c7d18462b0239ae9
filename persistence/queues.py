"""Queues and counters in SQL: row locks, and the compare-and-swap of a counter's version."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select, update

from domain.queue import Queue, QueueState
from domain.schedule import Counter, Service
from persistence.places import COUNTER
from persistence.shape import shape
from persistence.tables import counters, queues
from persistence.upsert import insert

QUEUE = shape(Queue, queues)

_FIND = select(*QUEUE.columns).where(
    queues.c.service_id == bindparam("p_service"), queues.c.business_date == bindparam("p_day")
)
_GET = select(*QUEUE.columns).where(queues.c.id == bindparam("p_id"))
_BEFORE = (
    select(*QUEUE.columns)
    .where(queues.c.site_id == bindparam("p_site"), queues.c.business_date < bindparam("p_day"))
    .order_by(queues.c.business_date, queues.c.id)
)
# FOR NO KEY UPDATE: it excludes the FOR SHARE of an offer, but not the rows that only refer to the queue.
_LOCK = (
    select(*QUEUE.columns)
    .where(queues.c.id.in_(bindparam("p_ids", expanding=True)))
    .order_by(queues.c.id)
    .with_for_update(key_share=True)
)
_NEXT_WALK_IN = (
    update(queues)
    .where(queues.c.id == bindparam("p_id"))
    .values(next_walk_in=queues.c.next_walk_in + 1)
    .returning(queues.c.next_walk_in - 1)
)
_LOCK_COUNTER = (
    select(*COUNTER.columns).where(counters.c.id == bindparam("p_id")).with_for_update(key_share=True)
)
_MOVE_COUNTER = (
    update(counters)
    .where(counters.c.id == bindparam("p_id"), counters.c.version == bindparam("p_version"))
    .values(queue_id=bindparam("p_queue"), ticket_id=bindparam("p_ticket"), version=counters.c.version + 1)
)


class SqlQueues:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ensure(self, *, service: Service, day: date) -> Queue:
        queue = self.find(service_id=service.id, day=day)
        if queue is None:
            values = {
                "organisation_id": service.organisation_id,
                "site_id": service.site_id,
                "service_id": service.id,
                "business_date": day,
            }
            self._connection.execute(insert(queues).on_conflict_do_nothing(), values)
            queue = self.find(service_id=service.id, day=day)
        assert queue is not None
        return queue

    def get(self, queue_id: int) -> Queue | None:
        row = self._connection.execute(_GET, {"p_id": queue_id}).first()
        return None if row is None else QUEUE.read(row)

    def find(self, *, service_id: int, day: date) -> Queue | None:
        row = self._connection.execute(_FIND, {"p_service": service_id, "p_day": day}).first()
        return None if row is None else QUEUE.read(row)

    def unclosed_before(self, *, site_id: int, day: date, limit: int) -> list[Queue]:
        unclosed = _BEFORE.where(queues.c.state != QueueState.CLOSED.value).limit(limit)
        rows = self._connection.execute(unclosed, {"p_site": site_id, "p_day": day})
        return [QUEUE.read(row) for row in rows]

    def lock(self, queue_ids: Collection[int]) -> list[Queue]:
        return [QUEUE.read(row) for row in self._connection.execute(_LOCK, {"p_ids": [*queue_ids]})]

    def set_state(self, queue_id: int, *, state: QueueState, started_at: datetime | None) -> None:
        values = {"state": state.value, "started_at": started_at}
        self._connection.execute(update(queues).where(queues.c.id == queue_id).values(values))

    def free_counters(self, queue_id: int) -> None:
        freed = {"queue_id": None, "ticket_id": None, "version": counters.c.version + 1}
        self._connection.execute(update(counters).where(counters.c.queue_id == queue_id).values(freed))

    def next_walk_in(self, queue_id: int) -> int:
        number: int = self._connection.execute(_NEXT_WALK_IN, {"p_id": queue_id}).scalar_one()
        return number

    def lock_counter(self, counter_id: int) -> Counter | None:
        row = self._connection.execute(_LOCK_COUNTER, {"p_id": counter_id}).first()
        return None if row is None else COUNTER.read(row)

    def move_counter(
        self, counter_id: int, *, version: int, queue_id: int | None, ticket_id: int | None
    ) -> bool:
        values = {"p_id": counter_id, "p_version": version, "p_queue": queue_id, "p_ticket": ticket_id}
        return self._connection.execute(_MOVE_COUNTER, values).rowcount == 1
