"""Places: sites, services, counters and schedules."""

from dataclasses import replace
from datetime import time

import pytest

from domain.errors import DomainError
from domain.ports import UnitOfWork
from domain.schedule import Schedule
from tests.contract.ground import NOBODY, Ground, a_service, a_site


def test_a_site_is_found_by_id_and_slug_as_it_was_added(uow: UnitOfWork) -> None:
    wanted = a_site(uow.places.add_organisation(name="City Health"))
    site_id = uow.places.add_site(wanted)
    assert uow.places.site(site_id) == replace(wanted, id=site_id)
    assert uow.places.site_by_slug("city") == uow.places.site(site_id)
    assert uow.places.sites() == [uow.places.site(site_id)]


def test_unknown_places_are_none(uow: UnitOfWork) -> None:
    assert uow.places.site(NOBODY) is None
    assert uow.places.site_by_slug("nowhere") is None
    assert uow.places.service(NOBODY) is None
    assert uow.places.counter(NOBODY) is None
    assert uow.places.services(NOBODY) == []
    assert uow.places.counters_of_service(NOBODY) == []
    assert not uow.places.set_available(NOBODY, available=False)


def test_services_of_one_department_share_it_and_are_listed_by_name(uow: UnitOfWork, ground: Ground) -> None:
    for name, department in (("Dr Bose", "Cardiology"), ("Desk", None)):
        uow.places.add_service(a_service(ground.site, name=name, department=department))
    desk, bose, rao = uow.places.services(ground.site.id)
    assert [desk.name, bose.name, rao.name] == ["Desk", "Dr Bose", "Dr Rao"]
    assert (desk.department, desk.department_id) == (None, None)
    assert bose.department == rao.department == "Cardiology"
    assert bose.department_id == rao.department_id is not None


def test_a_service_is_as_it_was_added(uow: UnitOfWork, ground: Ground) -> None:
    wanted = a_service(ground.site, name="Dr Sen")
    service_id = uow.places.add_service(wanted)
    found = uow.places.service(service_id)
    assert found is not None
    assert found == replace(wanted, id=service_id, department_id=found.department_id)


def test_availability_can_be_switched(uow: UnitOfWork, ground: Ground) -> None:
    assert uow.places.set_available(ground.service.id, available=False)
    service = uow.places.service(ground.service.id)
    assert service is not None
    assert not service.available


def test_counters_serve_the_services_they_were_made_for(uow: UnitOfWork, ground: Ground) -> None:
    other = uow.places.add_service(a_service(ground.site, name="Desk"))
    both = uow.places.add_counter(site=ground.site, name="Hall", service_ids=[ground.service.id, other])
    assert [c.name for c in uow.places.counters_of_service(ground.service.id)] == ["Hall", "Room 1"]
    assert [c.id for c in uow.places.counters_of_service(other)] == [both]
    counter = uow.places.counter(both)
    assert counter is not None
    assert (counter.version, counter.queue_id, counter.ticket_id) == (0, None, None)


def test_a_second_service_of_the_same_name_is_refused(uow: UnitOfWork, ground: Ground) -> None:
    with pytest.raises(DomainError) as refused, uow.attempt():
        uow.places.add_service(a_service(ground.site, name=ground.service.name))
    assert refused.value.key == "service-name-taken"
    assert len(uow.places.services(ground.site.id)) == 1


def test_a_counter_of_the_same_name_is_the_same_counter_and_serves_more(
    uow: UnitOfWork, ground: Ground
) -> None:
    other = uow.places.add_service(a_service(ground.site, name="Desk"))
    again = uow.places.add_counter(site=ground.site, name="Room 1", service_ids=[ground.service.id, other])
    assert again == ground.counter.id
    assert [c.id for c in uow.places.counters_of_service(ground.service.id)] == [again]
    assert [c.id for c in uow.places.counters_of_service(other)] == [again]


def test_a_service_has_one_schedule_and_the_last_one_holds(uow: UnitOfWork, ground: Ground) -> None:
    schedule = Schedule(
        service_id=ground.service.id,
        weekdays=frozenset({0, 1, 4}),
        opens=time(9),
        closes=time(0),
        slot_minutes=30,
        capacity=4,
        days_ahead=14,
    )
    uow.places.set_schedule(schedule)
    assert uow.places.schedules() == [schedule]
    changed = replace(schedule, capacity=5, weekdays=frozenset({6}))
    uow.places.set_schedule(changed)
    assert uow.places.schedules() == [changed]
