"""Two sites with services and free times, and all that a conversation runs on. Its clock moves when it's told to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import cast

import bot.read
import bot.render
import whatsapp.read
import whatsapp.render
from demo import seed_demo
from domain.events import SYSTEM
from domain.ids import CounterId, DepartmentId, OrganisationId, ServiceId, SiteId
from domain.ports import Channel, LiveFeed, Outgoing, Sender, Sent, Services, UnitOfWork
from domain.schedule import Service, Site
from domain.texts.catalogue import load
from domain.use_cases.administer import make_day
from domain.use_cases.counters import sign_on
from domain.use_cases.live import look_for_changes, refresh
from domain.use_cases.queue import start_queue
from settings import Settings
from tests.transcripts.twilio_wire import twilio_wire
from tests.transcripts.wire import wire
from tests.use_cases.clinic import SilentAnnouncer

TODAY = date(2026, 11, 23)  # a Monday
TOMORROW = TODAY + timedelta(days=1)
NINE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)  # 09:00 in Kolkata
HOSPITAL = Site(
    id=SiteId(0),
    organisation_id=OrganisationId(0),
    slug="city-hospital",
    name="City Hospital",
    discreet_name="City Hospital",
    time_zone="Asia/Kolkata",
    default_language="en",
    address="14 Lake Road, Pune",
    map_url="https://maps.example.org/city-hospital",
    emergency_text="In an emergency call 112 or go to Gate 1 now.",
    cancel_cutoff_minutes=0,
    one_booking_per_day=True,
    reminder_minutes=60,
    country="IN",
)
RAO = Service(
    id=ServiceId(0),
    organisation_id=OrganisationId(0),
    site_id=SiteId(0),
    department_id=DepartmentId(0),
    department="Orthopaedics",
    name="Dr. Rao, bones and joints",
    discreet_name="Dr. Rao",
    room="Room 2",
    what_to_bring="earlier reports",
    fee="Rs 200",
    minutes=10,
    available=True,
)


class LiveOnly:
    """Takes the messages that are kept up to date, and knows their numbers; a transcript reads the outbox itself."""

    def __init__(self) -> None:
        self.live: list[tuple[Outgoing, str]] = []

    def send(self, outgoing: Outgoing) -> Sent:
        assert outgoing.kind == "live", "a transcript reads the outbox itself"
        sent = outgoing.messages[0].replaces or f"9{len(self.live)}"
        self.live.append((outgoing, sent))
        return Sent(sent)


class OnTheWire(LiveOnly):
    """Telegram's real sender, on the wire to the double of the Bot API."""

    def send(self, outgoing: Outgoing) -> Sent:
        sent = wire().sender.send(outgoing)
        if outgoing.kind == "live":
            self.live.append((outgoing, sent.provider_id))
        return sent


class Place:
    """What every town is: stores, services, and a clock that moves when it's told to.

    Its channels are on the wire to the doubles of Telegram and of Twilio, unless a test plays so many conversations
    that it says no.
    """

    def __init__(
        self,
        make_uow: Callable[[], UnitOfWork],
        *,
        folder: Path,
        public_url: str = "",
        is_wired: bool = True,
    ) -> None:
        self.is_wired = is_wired
        self.moment = NINE
        self.uow = make_uow
        self.services = _services(self, folder, public_url=public_url)
        self._marks: dict[int, int] = {}

    def now(self) -> datetime:
        return self.moment

    def passes(self, minutes: float) -> None:
        self.moment += timedelta(minutes=minutes)

    def keeps_up(self) -> None:
        """Has every message shown again that is kept up to date and isn't any more."""
        self._marks = look_for_changes(self.services, self._marks)
        while refresh(self.services):
            pass


class DemoTown(Place):
    """What a first `make run` finds; sessions recorded at its simulated phones play here."""

    def __init__(self, make_uow: Callable[[], UnitOfWork], *, folder: Path) -> None:
        super().__init__(make_uow, folder=folder)
        with make_uow() as uow:
            seed_demo(uow, email="owner@example.org", password_hash="x", now=NINE)
            uow.commit()


class Town(Place):
    """City Hospital: Dr. Rao from 9:30 to 12:00, two seats each half hour, four days; Dr. Sen every five minutes.

    Where `sites` is 2, also the Civic Centre.
    """

    def __init__(
        self,
        make_uow: Callable[[], UnitOfWork],
        *,
        folder: Path,
        sites: int = 1,
        public_url: str = "",
        hospital: Site = HOSPITAL,
        is_wired: bool = True,
    ) -> None:
        super().__init__(make_uow, folder=folder, public_url=public_url, is_wired=is_wired)
        with make_uow() as uow:
            self.hospital = _add_site(uow, hospital)
            self.rao = _add_service(uow, self.hospital, RAO)
            self.sen = _add_service(
                uow, self.hospital, replace(RAO, name="Dr. Sen", discreet_name="Dr. Sen", department="Skin")
            )
            self.counter = uow.places.add_counter(site=self.hospital, name="Room 2", service_ids=[self.rao])
            for day in range(4):
                _make_day(uow, self.rao, day=day, opens=time(9, 30), closes=time(12), minutes=30, capacity=2)
            _make_day(uow, self.sen, day=0, opens=time(10), closes=time(13), minutes=5, capacity=1)
            if sites > 1:
                _add_civic_centre(uow)
            uow.commit()

    def start(self, counter: CounterId | None = None) -> None:
        with self.uow() as uow:
            queue = uow.queues.find(service_id=self.rao, day=TODAY)
            assert queue is not None
            sign_on(uow, counter_id=counter or self.counter, queue_id=queue.id, actor=SYSTEM, now=self.moment)
            start_queue(uow, queue_id=queue.id, counter_id=self.counter, actor=SYSTEM, now=self.moment)
            uow.commit()

    def booked(self, service: int | None = None) -> list[tuple[time, int]]:
        """(start, seats taken) of the times that somebody has today and later."""
        with self.uow() as uow:
            slots = [
                s
                for day in range(4)
                for s in uow.slots.of_day(service_id=service or self.rao, day=TODAY + timedelta(days=day))
            ]
        return [(slot.start_time, slot.booked) for slot in slots if slot.booked]


def _services(town: Place, folder: Path, *, public_url: str) -> Services:
    environ = {
        "SECRET_KEY": "x" * 40,
        "VAR_DIR": str(folder),
        "PUBLIC_URL": public_url,
        "DATABASE_URL": "sqlite:///:memory:",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    settings = Settings.from_env(environ)
    wired = twilio_wire().channels(settings, town.uow) if town.is_wired else {}
    return Services(
        uow=town.uow,
        clock=town,
        catalogue=load(),
        channels=channels(OnTheWire() if town.is_wired else LiveOnly()) | wired,
        announcer=SilentAnnouncer(),
        live=cast(LiveFeed, None),
        settings=settings,
    )


def channels(telegram: Sender | None = None) -> dict[str, Channel]:
    """`telegram` sends there; without one nobody does."""
    found = [
        Channel(
            "telegram", bot.render.CAPABILITIES, bot.read.read, bot.render.render, telegram or LiveOnly()
        ),
        Channel(
            "whatsapp",
            whatsapp.render.WHATSAPP_CAPABILITIES,
            whatsapp.read.read_whatsapp,
            whatsapp.render.render_whatsapp,
            LiveOnly(),
        ),
        Channel(
            "sms",
            whatsapp.render.SMS_CAPABILITIES,
            whatsapp.read.read_sms,
            whatsapp.render.render_sms,
            LiveOnly(),
        ),
    ]
    return {channel.name: channel for channel in found}


def _add_site(uow: UnitOfWork, site: Site) -> Site:
    organisation = uow.places.add_organisation(name=site.name)
    site = replace(site, organisation_id=organisation)
    return replace(site, id=uow.places.add_site(site))


def _add_service(uow: UnitOfWork, site: Site, service: Service) -> ServiceId:
    return uow.places.add_service(replace(service, organisation_id=site.organisation_id, site_id=site.id))


def _add_civic_centre(uow: UnitOfWork) -> None:
    civic = replace(
        HOSPITAL,
        slug="civic-centre",
        name="Civic Centre",
        discreet_name="Civic Centre",
        time_zone="Asia/Dubai",
        emergency_text=None,
        map_url=None,
    )
    site = _add_site(uow, civic)
    desk = replace(
        RAO, name="Licences", discreet_name="Licences", department="Transport", fee=None, what_to_bring=None
    )
    service = _add_service(uow, site, desk)
    _make_day(uow, service, day=1, opens=time(9), closes=time(10), minutes=30, capacity=5)


def _make_day(
    uow: UnitOfWork, service: ServiceId, *, day: int, opens: time, closes: time, minutes: int, capacity: int
) -> None:
    make_day(
        uow,
        service_id=service,
        day=TODAY + timedelta(days=day),
        opens=opens,
        closes=closes,
        slot_minutes=minutes,
        capacity=capacity,
        actor=SYSTEM,
        now=NINE,
    )
