"""A clinic in the middle of its day, to be measured: a long line waits today, and tomorrow can be booked.

Set up by the product's own verbs, so that a measured row is the row that people make.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection, Engine, text

from admin_web.passwords import hashed
from domain.events import SYSTEM
from domain.ids import AddressId, UserId
from domain.ports import Announcer, UnitOfWork
from domain.schedule import Service, Site, business_date
from domain.use_cases.administer import add_service, make_day
from domain.use_cases.book import book
from domain.use_cases.counters import sign_on
from domain.use_cases.found import add_owner, found_site
from domain.use_cases.queue import start_queue
from jobs.announcer import NullAnnouncer
from persistence.engine import make_engine
from persistence.migrate import upgrade
from persistence.unit_of_work import SqlUnitOfWork

COUNTERS = 8
OWNER_EMAIL = "owner@example.org"
OWNER_PASSWORD = "three unrelated words"
_SLOT_MINUTES = 30
_SLOTS = 16
_MORNING = 8  # the hour at the site: no run of minutes comes near a change of date

MakeUow: TypeAlias = Callable[[], UnitOfWork]


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Person:
    user_id: UserId
    address_id: AddressId


@dataclass(frozen=True, slots=True)
class RunningDay:
    """Ids of what was set up: the same in every clone of the database at `url`."""

    url: str
    service: Service
    queue_id: int
    today: date
    counters: tuple[int, ...]
    slots_tomorrow: tuple[int, ...]
    people: tuple[Person, ...]


@contextmanager
def uows(url: str, *, announcer: Announcer | None = None) -> Iterator[tuple[Engine, MakeUow]]:
    """Units of work on this database, as the product makes them, and the engine below them. No hint is taken
    unless there is an announcer: what is measured then ends with the commit.
    """
    engine = make_engine(url)
    told = announcer or NullAnnouncer()
    try:
        yield engine, partial(SqlUnitOfWork, engine, announcer=told, clock=SystemClock())
    finally:
        engine.dispose()


def open_day(url: str, *, people: int) -> RunningDay:
    """Migrates the empty database at `url`, and lets that many people book and wait."""
    upgrade(url)
    with uows(url) as (engine, make_uow):
        now = SystemClock().now()
        with make_uow() as uow:
            site = found_site(
                uow, organisation="Clinics", name="Clinic", time_zone=_zone_of_morning(now), language="en"
            )
            add_owner(uow, sites=[site], email=OWNER_EMAIL, password_hash=hashed(OWNER_PASSWORD))
            service = _add_doctor(uow, site, now=now)
            counters = [
                uow.places.add_counter(site=site, name=f"Room {n + 1}", service_ids=[service.id])
                for n in range(COUNTERS)
            ]
            today = business_date(now, site.zone)
            slots, slots_tomorrow = [
                _make_slots(uow, service, day=day, people=people, now=now)
                for day in (today, today + timedelta(days=1))
            ]
            queue = uow.queues.ensure(service=service, day=today)
            for counter_id in counters:
                sign_on(uow, counter_id=counter_id, queue_id=queue.id, actor=SYSTEM, now=now)
            uow.commit()
        with engine.begin() as connection:
            there = _add_people(connection, organisation_id=site.organisation_id, count=people)
        _fill_line(make_uow, slots, there)
        _start(make_uow, queue.id)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return RunningDay(url, service, queue.id, today, tuple(counters), tuple(slots_tomorrow), tuple(there))


def _zone_of_morning(now: datetime) -> str:
    ahead = (_MORNING - now.hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"  # the sign of these names is the other way round


def _add_doctor(uow: UnitOfWork, site: Site, *, now: datetime) -> Service:
    return add_service(
        uow,
        site_id=site.id,
        name="Dr Rao",
        department="General medicine",
        discreet_name="Dr Rao",
        room="Room 1",
        minutes=8,
        actor=SYSTEM,
        now=now,
    )


def _make_slots(uow: UnitOfWork, service: Service, *, day: date, people: int, now: datetime) -> list[int]:
    opens = time(_MORNING + 3)  # later than a reminder's time ahead, which is thus written for everybody
    make_day(
        uow,
        service_id=service.id,
        day=day,
        opens=opens,
        closes=time(opens.hour + _SLOTS * _SLOT_MINUTES // 60),
        slot_minutes=_SLOT_MINUTES,
        capacity=people // _SLOTS + 1,
        actor=SYSTEM,
        now=now,
    )
    return [slot.id for slot in uow.slots.of_day(service_id=service.id, day=day)]


def _add_people(connection: Connection, *, organisation_id: int, count: int) -> list[Person]:
    """In bulk, since nobody's first message is measured; on the simulator's three channels by turns."""
    made = {"organisation": organisation_id, "count": count}
    connection.execute(
        text(
            "INSERT INTO users (organisation_id, name)"
            " SELECT :organisation, 'Person ' || n FROM generate_series(1, :count) n"
        ),
        made,
    )
    connection.execute(
        text(
            "INSERT INTO addresses (channel, handle, language)"
            " SELECT (ARRAY['sim-telegram', 'sim-whatsapp', 'sim-sms'])[1 + n % 3], 'p' || n, 'en'"
            " FROM generate_series(1, :count) n"
        ),
        made,
    )
    connection.execute(
        text(
            "INSERT INTO address_users (address_id, organisation_id, user_id)"
            " SELECT a.id, :organisation, u.id FROM addresses a"
            " JOIN users u ON u.name = 'Person ' || substr(a.handle, 2)"
        ),
        made,
    )
    rows = connection.execute(text("SELECT user_id, address_id FROM address_users ORDER BY user_id"))
    return [Person(user_id, address_id) for user_id, address_id in rows]


def _fill_line(make_uow: MakeUow, slots: Sequence[int], people: Sequence[Person]) -> None:
    now = SystemClock().now()
    with make_uow() as uow:
        for number, person in enumerate(people):
            book(
                uow,
                slot_id=slots[number % len(slots)],
                patient_id=person.user_id,
                booker_id=person.user_id,
                address_id=person.address_id,
                actor=SYSTEM,
                now=now,
            )
        uow.commit()


def _start(make_uow: MakeUow, queue_id: int) -> None:
    with make_uow() as uow:
        start_queue(uow, queue_id=queue_id, counter_id=None, actor=SYSTEM, now=SystemClock().now())
        uow.commit()
