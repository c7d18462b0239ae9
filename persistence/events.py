"""Events in SQL: appended, and marked undone at most once. Never changed otherwise."""

from typing import Any

from sqlalchemy import Connection, Row, bindparam, false, select, true, update

from domain.events import UNDOABLE, Actor, Event, EventName, RecordedEvent
from domain.ids import EventId
from persistence.tables import events
from persistence.upsert import insert

_ADD = insert(events).returning(events.c.id)
_LAST = (
    select(events)
    .where(events.c.name.in_(sorted(name.value for name in UNDOABLE)), events.c.undone == false())
    .order_by(events.c.id.desc())
    .limit(1)
)
_LAST_OF_COUNTER = _LAST.where(events.c.counter_id == bindparam("p_counter"))
_LAST_OF_QUEUE = _LAST.where(events.c.queue_id == bindparam("p_queue"))
_MARK_UNDONE = (
    update(events).where(events.c.id == bindparam("p_id"), events.c.undone == false()).values(undone=true())
)


class SqlEvents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: Event) -> EventId:
        values = {
            "organisation_id": event.organisation_id,
            "site_id": event.site_id,
            "name": event.name.value,
            "at": event.at,
            "user_id": event.actor.user_id,
            "address_id": event.actor.address_id,
            "queue_id": event.queue_id,
            "ticket_id": event.ticket_id,
            "appointment_id": event.appointment_id,
            "counter_id": event.counter_id,
            "data": dict(event.data),
        }
        return EventId(self._connection.execute(_ADD, values).scalar_one())

    def last_action(self, *, counter_id: int) -> RecordedEvent | None:
        return _read(self._connection.execute(_LAST_OF_COUNTER, {"p_counter": counter_id}).first())

    def last_of_queue(self, queue_id: int) -> RecordedEvent | None:
        return _read(self._connection.execute(_LAST_OF_QUEUE, {"p_queue": queue_id}).first())

    def mark_undone(self, event_id: int) -> bool:
        return self._connection.execute(_MARK_UNDONE, {"p_id": event_id}).rowcount == 1


def _read(row: Row[Any] | None) -> RecordedEvent | None:
    if row is None:
        return None
    event = Event(
        name=EventName(row.name),
        at=row.at,
        organisation_id=row.organisation_id,
        site_id=row.site_id,
        actor=Actor(user_id=row.user_id, address_id=row.address_id),
        queue_id=row.queue_id,
        ticket_id=row.ticket_id,
        appointment_id=row.appointment_id,
        counter_id=row.counter_id,
        data=row.data,
    )
    return RecordedEvent(id=row.id, event=event, undone=row.undone)
