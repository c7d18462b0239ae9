"""Seats in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from domain.booking import Seat, Slot, SlotOffer, token_label, token_prefix
from domain.ids import QueueId, SlotId
from domain.schedule import Service, SlotTime
from persistence.memory.state import State


class MemorySlots:
    def __init__(self, state: State) -> None:
        self._state = state

    def offer(self, slot_id: int) -> SlotOffer | None:
        slot = self._state.slots.get(slot_id)
        if slot is None:
            return None
        return SlotOffer(
            slot=slot,
            service=self._state.services[slot.service_id],
            site=self._state.sites[slot.site_id],
            queue_state=self._state.queues[slot.queue_id].state,
        )

    def claim_seat(self, slot_id: int, *, now: datetime) -> Seat | None:
        slot = self._state.slots.get(slot_id)
        if slot is None or not _is_bookable(slot, now=now):
            return None
        self._state.slots[slot_id] = replace(slot, booked=slot.booked + 1)
        number = self._state.seats[slot_id] = self._state.seats.get(slot_id, 0) + 1
        return Seat(slot_id=slot.id, number=number, token=token_label(slot.token_prefix, number))

    def release_seat(self, slot_id: int) -> None:
        slot = self._state.slots[slot_id]
        self._state.slots[slot_id] = replace(slot, booked=max(0, slot.booked - 1))

    def lock(self, slot_ids: Collection[int]) -> None:
        """Nothing to do: one unit works at a time."""

    def get(self, slot_id: int) -> Slot | None:
        return self._state.slots.get(slot_id)

    def bookable(self, *, service_id: int, since: date, until: date, now: datetime) -> list[Slot]:
        return [
            slot
            for slot in self._of_service(service_id)
            if since <= slot.day <= until and _is_bookable(slot, now=now)
        ]

    def of_day(self, *, service_id: int, day: date) -> list[Slot]:
        return [slot for slot in self._of_service(service_id) if slot.day == day]

    def add_day(self, *, service: Service, queue_id: int, times: Sequence[SlotTime], capacity: int) -> int:
        there = self.of_day(service_id=service.id, day=times[0].day) if times else []
        new = {t.start_time: t for t in times if t.start_time not in {slot.start_time for slot in there}}
        only = len(there) + len(new) == 1
        if new and not only:
            for slot in there:
                prefix = token_prefix(slot.start_time, only_slot_of_the_day=False)
                self._state.slots[slot.id] = replace(slot, token_prefix=prefix)
        for time in new.values():
            self._add(service, QueueId(queue_id), time, capacity, only=only)
        return len(new)

    def days_made(self, *, service_id: int, since: date, until: date) -> set[date]:
        return {slot.day for slot in self._of_service(service_id) if since <= slot.day <= until}

    def change_capacity(self, slot_id: int, *, capacity: int) -> bool:
        slot = self._state.slots.get(slot_id)
        if slot is None or slot.booked > capacity:
            return False
        self._state.slots[slot_id] = replace(slot, capacity=capacity)
        return True

    def close(self, slot_id: int) -> bool:
        slot = self._state.slots.get(slot_id)
        if slot is None or slot.closed:
            return False
        self._state.slots[slot_id] = replace(slot, closed=True)
        return True

    def set_current_token(self, slot_id: int, token: str | None) -> str | None:
        slot = self._state.slots[slot_id]
        self._state.slots[slot_id] = replace(slot, current_token=token)
        return slot.current_token

    def _of_service(self, service_id: int) -> list[Slot]:
        slots = [slot for slot in self._state.slots.values() if slot.service_id == service_id]
        return sorted(slots, key=lambda slot: (slot.starts_at, slot.id))

    def _add(self, service: Service, queue_id: QueueId, time: SlotTime, capacity: int, *, only: bool) -> None:
        slot_id = SlotId(next(self._state.ids))
        self._state.slots[slot_id] = Slot(
            id=slot_id,
            organisation_id=service.organisation_id,
            site_id=service.site_id,
            service_id=service.id,
            queue_id=queue_id,
            day=time.day,
            start_time=time.start_time,
            end_time=time.end_time,
            starts_at=time.starts_at,
            ends_at=time.ends_at,
            capacity=capacity,
            booked=0,
            token_prefix=token_prefix(time.start_time, only_slot_of_the_day=only),
            current_token=None,
            closed=False,
        )


def _is_bookable(slot: Slot, *, now: datetime) -> bool:
    return slot.free > 0 and not slot.closed and slot.ends_at > now
