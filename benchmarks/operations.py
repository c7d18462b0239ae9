"""What is measured: one booking, one press of Next, each a transaction of its own as at the edges."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from benchmarks.running_day import MakeUow, Person, RunningDay, SystemClock
from domain.events import Actor
from domain.use_cases.book import book
from domain.use_cases.queue import call_next

Operation: TypeAlias = Callable[[], None]
Operations: TypeAlias = Callable[[RunningDay, MakeUow, Sequence[int]], list[Operation]]
"""Makes the operations with these numbers; a number is one person of tomorrow's, or one press."""

_clock = SystemClock()


def bookings(day: RunningDay, make_uow: MakeUow, numbers: Sequence[int]) -> list[Operation]:
    """Each books another person for tomorrow, slot by slot in turn."""

    def booking(slot_id: int, person: Person) -> None:
        with make_uow() as uow:
            book(
                uow,
                slot_id=slot_id,
                patient_id=person.user_id,
                booker_id=person.user_id,
                address_id=person.address_id,
                actor=Actor(address_id=person.address_id),
                now=_clock.now(),
            )
            uow.commit()

    slots = day.slots_tomorrow
    return [partial(booking, slots[n % len(slots)], day.people[n]) for n in numbers]


def presses(day: RunningDay, make_uow: MakeUow, numbers: Sequence[int]) -> list[Operation]:
    """Next, counter by counter in turn; each press ends whom its counter has, once it has somebody.

    A press carries the version that its counter's page showed, which is one more after every press.
    """
    versions = counter_versions(day, make_uow)

    def press(counter_id: int) -> None:
        with make_uow() as uow:
            called = call_next(
                uow,
                queue_id=day.queue_id,
                counter_id=counter_id,
                counter_version=versions[counter_id],
                shown_ticket_id=None,
                actor=Actor(),
                now=_clock.now(),
            )
            uow.commit()
        assert called.ticket is not None, "the line has run out"
        versions[counter_id] += 1

    return [partial(press, day.counters[n % len(day.counters)]) for n in numbers]


def counter_versions(day: RunningDay, make_uow: MakeUow) -> dict[int, int]:
    with make_uow() as uow:
        counters = [uow.places.counter(counter_id) for counter_id in day.counters]
    return {counter.id: counter.version for counter in counters if counter}
