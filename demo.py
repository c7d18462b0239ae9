"""The demo that a first `make run` finds: a hospital, a government office, one owner. Never in production."""

from dataclasses import replace
from datetime import datetime, time

from domain.ids import DepartmentId, OrganisationId, ServiceId, SiteId
from domain.ports import UnitOfWork
from domain.schedule import Schedule, Service, Site
from domain.use_cases.administer import extend_schedules
from domain.use_cases.found import add_owner, add_site

EVERY_DAY = frozenset(range(7))
DAYS_AHEAD = 14

_HOSPITAL = Site(
    id=SiteId(0),
    organisation_id=OrganisationId(0),
    slug="city-hospital",
    name="City Hospital",
    discreet_name="City Hospital",
    time_zone="Asia/Kolkata",
    default_language="en",
    address="14 Lake Road, Pune 411001",
    map_url="https://maps.example.org/?q=18.5204,73.8567",
    emergency_text="In an emergency call 112, or come straight to Casualty, Gate 2, at any hour.",
    cancel_cutoff_minutes=0,
    one_booking_per_day=True,
    reminder_minutes=120,
    country="IN",
)
_CIVIC_CENTRE = replace(
    _HOSPITAL,
    slug="civic-centre",
    name="Civic Centre",
    discreet_name="Civic Centre",
    time_zone="Europe/London",
    country="GB",
    address="2 Market Square, Leeds LS1 3AB",
    map_url="https://maps.example.org/?q=53.7997,-1.5492",
    emergency_text="In an emergency call 999. This office can't help with emergencies.",
)


def _service(name: str, *, department: str, room: str, minutes: int, bring: str, fee: str | None) -> Service:
    return Service(
        id=ServiceId(0),
        organisation_id=OrganisationId(0),
        site_id=SiteId(0),
        department_id=DepartmentId(0),
        department=department,
        name=name,
        discreet_name=name,
        room=room,
        what_to_bring=bring,
        fee=fee,
        minutes=minutes,
        available=True,
    )


_DOCTORS = (
    _service(
        "Dr Asha Rao",
        department="General medicine",
        room="Room 4",
        minutes=8,
        bring="your hospital card and earlier prescriptions",
        fee="₹200",
    ),
    _service(
        "Dr Vikram Sen",
        department="Orthopaedics",
        room="Room 7",
        minutes=10,
        bring="your hospital card and any X-rays",
        fee="₹300",
    ),
)
_PASSPORTS = _service(
    "Passports and identity cards",
    department="Citizen services",
    room="Ground floor",
    minutes=6,
    bring="your old document and a photo",
    fee=None,
)


def seed_demo(uow: UnitOfWork, *, email: str, password_hash: str, now: datetime) -> list[SiteId]:
    """Fills an empty database: two sites, three services that can be booked at any hour, the owner of both."""
    hospital = add_site(uow, _HOSPITAL, organisation="City Hospital Trust")
    centre = add_site(uow, _CIVIC_CENTRE, organisation="City Council")
    for doctor, counter in zip(_DOCTORS, ("Room 4", "Room 7"), strict=True):
        _add_service(uow, hospital, doctor, counters=[counter], slot_minutes=60, capacity=10)
    _add_service(uow, centre, _PASSPORTS, counters=["Counter 1", "Counter 2"], slot_minutes=30, capacity=6)
    add_owner(uow, sites=(hospital, centre), email=email, password_hash=password_hash)
    extend_schedules(uow, now=now)
    return [hospital.id, centre.id]


def _add_service(
    uow: UnitOfWork, site: Site, service: Service, *, counters: list[str], slot_minutes: int, capacity: int
) -> None:
    here = replace(service, organisation_id=site.organisation_id, site_id=site.id)
    service_id = uow.places.add_service(here)
    for name in counters:
        uow.places.add_counter(site=site, name=name, service_ids=[service_id])
    uow.places.set_schedule(
        Schedule(
            service_id=service_id,
            weekdays=EVERY_DAY,
            opens=time(0),
            closes=time(0),
            slot_minutes=slot_minutes,
            capacity=capacity,
            days_ahead=DAYS_AHEAD,
        )
    )
