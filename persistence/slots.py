"""Seats in SQL: the guarded statements of booking.

A guard stands in the UPDATE's own WHERE and the row it returns is the verdict; with a sub-select it overbooks on
PostgreSQL. Never a check first and a write later.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select, update

from domain.booking import Seat, Slot, SlotOffer, token_label, token_prefix
from domain.ids import SlotId
from domain.queue import QueueState
from domain.schedule import Service, SlotTime
from persistence.places import SERVICE, SERVICE_FROM, SITE
from persistence.shape import shape
from persistence.tables import queues, services, sites, slots
from persistence.upsert import insert

SLOT = shape(
    Slot, slots, day=slots.c.date, capacity=slots.c.max_capacity, closed=slots.c.closed_at.is_not(None)
)
_MOST_SHOWN = 500

_BY_TIME = (slots.c.starts_at, slots.c.id)
_OFFER = (
    select(*SLOT.columns, *SERVICE.columns, *SITE.columns, queues.c.state)
    .select_from(
        slots.join(SERVICE_FROM, services.c.id == slots.c.service_id)
        .join(sites, sites.c.id == slots.c.site_id)
        .join(queues, queues.c.id == slots.c.queue_id)
    )
    .where(slots.c.id == bindparam("p_id"))
    .with_for_update(read=True, of=queues)
)
_CLAIM = (
    update(slots)
    .where(
        slots.c.id == bindparam("p_id"),
        slots.c.booked < slots.c.max_capacity,
        slots.c.closed_at.is_(None),
        slots.c.ends_at > bindparam("p_now"),
    )
    .values(booked=slots.c.booked + 1, next_seq=slots.c.next_seq + 1)
    .returning(slots.c.token_prefix, slots.c.next_seq - 1)
)
_RELEASE = (
    update(slots).where(slots.c.id == bindparam("p_id"), slots.c.booked > 0).values(booked=slots.c.booked - 1)
)
_LOCK = (
    select(slots.c.id)
    .where(slots.c.id.in_(bindparam("p_ids", expanding=True)))
    .order_by(slots.c.id)
    .with_for_update(key_share=True)
)
_GET = select(*SLOT.columns).where(slots.c.id == bindparam("p_id"))
_BOOKABLE = (
    select(*SLOT.columns)
    .where(
        slots.c.service_id == bindparam("p_service"),
        slots.c.date.between(bindparam("p_since"), bindparam("p_until")),
        slots.c.booked < slots.c.max_capacity,
        slots.c.closed_at.is_(None),
        slots.c.ends_at > bindparam("p_now"),
    )
    .order_by(*_BY_TIME)
    .limit(_MOST_SHOWN)
)
_OF_DAY = (
    select(*SLOT.columns)
    .where(slots.c.service_id == bindparam("p_service"), slots.c.date == bindparam("p_day"))
    .order_by(*_BY_TIME)
)
_LOCK_QUEUE = select(queues.c.id).where(queues.c.id == bindparam("p_id")).with_for_update(key_share=True)
_BEFORE = slots.alias("before")
# The lock of the line is held, so what is read here is what is replaced.
_SWAP_TOKEN = (
    update(slots)
    .where(slots.c.id == bindparam("p_id"), _BEFORE.c.id == slots.c.id)
    .values(current_token=bindparam("p_token"))
    .returning(_BEFORE.c.current_token)
)
# For SQLite, which returns nothing but what the row is afterwards.
_CURRENT_TOKEN = select(slots.c.current_token).where(slots.c.id == bindparam("p_id"))
_SET_CURRENT_TOKEN = (
    update(slots).where(slots.c.id == bindparam("p_id")).values(current_token=bindparam("p_token"))
)


class SqlSlots:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offer(self, slot_id: int) -> SlotOffer | None:
        row = self._connection.execute(_OFFER, {"p_id": slot_id}).first()
        if row is None:
            return None
        service_at = len(SLOT.columns)
        site_at = service_at + len(SERVICE.columns)
        return SlotOffer(
            slot=SLOT.read(row),
            service=SERVICE.read(row, start=service_at),
            site=SITE.read(row, start=site_at),
            queue_state=QueueState(row[-1]),
        )

    def claim_seat(self, slot_id: int, *, now: datetime) -> Seat | None:
        row = self._connection.execute(_CLAIM, {"p_id": slot_id, "p_now": now}).first()
        if row is None:
            return None
        prefix, number = row
        return Seat(slot_id=SlotId(slot_id), number=number, token=token_label(prefix, number))

    def release_seat(self, slot_id: int) -> None:
        self._connection.execute(_RELEASE, {"p_id": slot_id})

    def lock(self, slot_ids: Collection[int]) -> None:
        self._connection.execute(_LOCK, {"p_ids": [*slot_ids]})

    def get(self, slot_id: int) -> Slot | None:
        row = self._connection.execute(_GET, {"p_id": slot_id}).first()
        return None if row is None else SLOT.read(row)

    def bookable(self, *, service_id: int, since: date, until: date, now: datetime) -> list[Slot]:
        wanted = {"p_service": service_id, "p_since": since, "p_until": until, "p_now": now}
        return [SLOT.read(row) for row in self._connection.execute(_BOOKABLE, wanted)]

    def of_day(self, *, service_id: int, day: date) -> list[Slot]:
        wanted = {"p_service": service_id, "p_day": day}
        return [SLOT.read(row) for row in self._connection.execute(_OF_DAY, wanted)]

    def add_day(self, *, service: Service, queue_id: int, times: Sequence[SlotTime], capacity: int) -> int:
        # Two managers who add to one day at once must agree on whether it has a single slot.
        self._connection.execute(_LOCK_QUEUE, {"p_id": queue_id})
        there = self.of_day(service_id=service.id, day=times[0].day) if times else []
        new = {t.start_time: t for t in times if t.start_time not in {slot.start_time for slot in there}}
        if not new:
            return 0
        only = len(there) + len(new) == 1
        if not only:
            self._give_prefixes([slot for slot in there if not slot.token_prefix])
        rows = [_row(service, queue_id, time, capacity, only=only) for time in new.values()]
        self._connection.execute(insert(slots), rows)
        return len(rows)

    def days_made(self, *, service_id: int, since: date, until: date) -> set[date]:
        days = select(slots.c.date).where(
            slots.c.service_id == service_id, slots.c.date.between(since, until)
        )
        return set(self._connection.execute(days.distinct()).scalars())

    def change_capacity(self, slot_id: int, *, capacity: int) -> bool:
        guarded = update(slots).where(slots.c.id == slot_id, slots.c.booked <= capacity)
        return self._connection.execute(guarded.values(max_capacity=capacity)).rowcount == 1

    def close(self, slot_id: int) -> bool:
        guarded = update(slots).where(slots.c.id == slot_id, slots.c.closed_at.is_(None))
        return self._connection.execute(guarded.values(closed_at=func.now())).rowcount == 1

    def set_current_token(self, slot_id: int, token: str | None) -> str | None:
        values = {"p_id": slot_id, "p_token": token}
        if self._connection.dialect.name != "sqlite":
            return self._connection.execute(_SWAP_TOKEN, values).scalar()
        before = self._connection.execute(_CURRENT_TOKEN, {"p_id": slot_id}).scalar()
        self._connection.execute(_SET_CURRENT_TOKEN, values)
        return before

    def _give_prefixes(self, unnamed: Sequence[Slot]) -> None:
        """The day no longer has a single slot: later tokens of the first one need its time. Issued ones stay."""
        for slot in unnamed:
            prefix = token_prefix(slot.start_time, only_slot_of_the_day=False)
            self._connection.execute(update(slots).where(slots.c.id == slot.id).values(token_prefix=prefix))


def _row(service: Service, queue_id: int, time: SlotTime, capacity: int, *, only: bool) -> dict[str, object]:
    return {
        "organisation_id": service.organisation_id,
        "site_id": service.site_id,
        "service_id": service.id,
        "queue_id": queue_id,
        "date": time.day,
        "start_time": time.start_time,
        "end_time": time.end_time,
        "starts_at": time.starts_at,
        "ends_at": time.ends_at,
        "max_capacity": capacity,
        "token_prefix": token_prefix(time.start_time, only_slot_of_the_day=only),
    }
