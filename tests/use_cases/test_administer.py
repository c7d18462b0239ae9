"""What managers may do, and what they are told when they may not."""

from datetime import date, time, timedelta

import pytest

from domain.errors import DomainError
from domain.schedule import Schedule, Service
from domain.use_cases.administer import add_service, change_capacity, extend_schedules, make_day
from tests.use_cases.clinic import DAY, STAFF, Clinic

NINE, TEN = time(9), time(10)


def adds(clinic: Clinic, name: str = "Dr Iyer", *, minutes: int = 10, room: str | None = "Room 9") -> Service:
    with clinic.uow() as uow:
        service = add_service(
            uow,
            site_id=clinic.site.id,
            name=name,
            department="Skin",
            discreet_name="",
            room=room,
            minutes=minutes,
            actor=STAFF,
            now=clinic.now,
        )
        uow.commit()
    return service


def makes(
    clinic: Clinic,
    *,
    day: date = DAY,
    opens: time = time(14),
    closes: time = time(15),
    slot_minutes: int = 30,
    capacity: int = 2,
) -> int:
    with clinic.uow() as uow:
        added = make_day(
            uow,
            service_id=clinic.service_id,
            day=day,
            opens=opens,
            closes=closes,
            slot_minutes=slot_minutes,
            capacity=capacity,
            actor=STAFF,
            now=clinic.now,
        )
        uow.commit()
    return added


def resizes(clinic: Clinic, capacity: int) -> None:
    with clinic.uow() as uow:
        change_capacity(uow, slot_id=clinic.slots[0].id, capacity=capacity, actor=STAFF, now=clinic.now)
        uow.commit()


def test_a_new_service_has_a_counter_and_can_be_worked_at_once(clinic: Clinic) -> None:
    service = adds(clinic)
    with clinic.uow() as uow:
        assert [c.name for c in uow.places.counters_of_service(service.id)] == ["Room 9"]
    assert service.available
    assert service.discreet_name == "Dr Iyer"


@pytest.mark.parametrize(
    ("name", "minutes", "key"),
    [(" ", 10, "service-name-needed"), ("dr rao", 10, "service-name-taken"), ("Dr Iyer", 0, "minutes-wrong")],
)
def test_a_wrong_service_is_refused(clinic: Clinic, name: str, minutes: int, key: str) -> None:
    with pytest.raises(DomainError) as refused:
        adds(clinic, name, minutes=minutes)
    assert refused.value.key == key


def test_a_day_is_made_once_and_the_second_time_only_what_is_missing(clinic: Clinic) -> None:
    assert makes(clinic) == 2
    assert makes(clinic) == 0
    assert makes(clinic, closes=time(16)) == 2


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"day": DAY - timedelta(days=1)}, "day-past"),
        ({"day": DAY + timedelta(days=400)}, "day-too-far"),
        ({"opens": TEN, "closes": NINE}, "times-wrong"),
        ({"slot_minutes": 0}, "times-wrong"),
        ({"slot_minutes": 90}, "times-wrong"),
        ({"capacity": 0}, "capacity-wrong"),
        ({"capacity": 5000}, "capacity-wrong"),
    ],
)
def test_a_wrong_day_is_refused(clinic: Clinic, wrong: dict[str, object], key: str) -> None:
    with pytest.raises(DomainError) as refused:
        makes(clinic, **wrong)  # type: ignore[arg-type]
    assert refused.value.key == key


def test_capacity_never_falls_below_what_is_booked(clinic: Clinic) -> None:
    clinic.book("a")
    clinic.book("b")
    resizes(clinic, 2)
    with pytest.raises(DomainError) as refused:
        resizes(clinic, 1)
    assert refused.value.key == "capacity-below-booked"
    assert refused.value.params["booked"] == 2
    with clinic.uow() as uow:
        slot = uow.slots.get(clinic.slots[0].id)
    assert slot and slot.capacity == 2


def test_the_clock_extends_schedules_day_by_day_and_leaves_made_days_alone(clinic: Clinic) -> None:
    with clinic.uow() as uow:
        uow.places.set_schedule(
            Schedule(
                service_id=clinic.service_id,
                weekdays=frozenset(range(5)),
                opens=NINE,
                closes=TEN,
                slot_minutes=30,
                capacity=2,
                days_ahead=7,
            )
        )
        first = extend_schedules(uow, now=clinic.now)
        again = extend_schedules(uow, now=clinic.now)
        tomorrow = extend_schedules(uow, now=clinic.now + timedelta(days=1))
        uow.commit()
    # Monday has slots already; from Tuesday to the next Monday there are five working days of two slots.
    assert (first, again, tomorrow) == (10, 0, 2)
