"""A small hospital with doubles at its edges: a clock that is set, a channel that keeps what it was handed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import demo
from domain.booking import Slot
from domain.conversation.messages import Capabilities, Incoming, Message, TemplateText, Text
from domain.events import SYSTEM
from domain.ids import AddressId
from domain.notices import Lane, NoticeKind
from domain.ports import Channel, Outgoing, Receipt, Sent, Services, UnitOfWork
from domain.queue import Ticket
from domain.schedule import Counter, business_date
from domain.use_cases.book import Booked, book
from domain.use_cases.counters import sign_on
from domain.use_cases.queue import Called, call_next, start_queue
from settings import Settings

MORNING = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 09:30 in Kolkata


@dataclass(slots=True)
class SetClock:
    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(slots=True)
class KeptMessages:
    """A sender that keeps what it was handed; `faults` are raised first, one at each hand-over."""

    handed: list[Outgoing] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    before: Callable[[Outgoing], object] = lambda _: None

    def send(self, outgoing: Outgoing) -> Sent:
        self.before(outgoing)
        if self.faults:
            raise self.faults.pop(0)
        self.handed.append(outgoing)
        return Sent(str(len(self.handed)))

    @property
    def texts(self) -> list[str]:
        return [message.text for outgoing in self.handed for message in outgoing.messages]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(outgoing.handle, outgoing.kind) for outgoing in self.handed]


class PlainCatalogue:
    """Says the key and the simple parameters, so that a test sees which words would be chosen."""

    languages: tuple[str, ...] = ("en", "hi")

    def render(self, text: Text, *, language: str, variant: str) -> str:
        said = " ".join(f"{name}={value}" for name, value in sorted(text.params.items()) if value != "")
        return f"{language} {variant} {text.key} {said}".strip()

    def language_for(self, hint: str | None) -> str:
        return hint if hint in self.languages else "en"

    def templates(self, language: str) -> Mapping[str, TemplateText]:
        keys = [f"notice-{kind.value}" for kind in NoticeKind]
        return {key: TemplateText(f"{language} approved {key} {{{{1}}}}.", ("token",)) for key in keys}

    def params_in_words(self, text: Text, *, language: str, variant: str) -> Mapping[str, str]:
        del language, variant
        return {name: str(value) for name, value in text.params.items()}


@dataclass(slots=True)
class KeptHints:
    """An announcer; `takes` is whether Redis is there."""

    takes: bool = True
    outbox: list[tuple[Lane, list[int]]] = field(default_factory=list)
    inbox: list[tuple[str, str]] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)
    queues: list[int] = field(default_factory=list)
    live: int = 0

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        if self.takes:
            self.outbox.append((lane, list(outbox_ids)))
        return self.takes

    def inbox_due(self, senders: Sequence[tuple[str, str]]) -> bool:
        if self.takes:
            self.inbox.extend(senders)
        return self.takes

    def live_due(self) -> bool:
        self.live += self.takes
        return self.takes

    def queue_changed(self, queue_ids: Collection[int]) -> bool:
        self.queues += queue_ids
        return self.takes

    def phone_changed(self, channel: str, handle: str) -> bool:
        self.phones.append((channel, handle))
        return self.takes

    def hinted(self) -> list[int]:
        return sorted(outbox_id for _, ids in self.outbox for outbox_id in ids)


def a_channel(
    name: str,
    sender: Any,
    *,
    edits_in_place: bool = False,
    answers_stop: bool = False,
    window: timedelta | None = None,
    ask: Callable[[str], Receipt | None] | None = None,
) -> Channel:
    """One that can be asked also tells what became of a message."""
    return Channel(
        name=name,
        capabilities=Capabilities(
            variant=name.removeprefix("sim-"),
            page_size=10,
            edits_in_place=edits_in_place,
            answers_stop=answers_stop,
            text_limit=4096,
            window=window,
            confirms=ask is not None,
        ),
        read=lambda payload: Incoming(name, str(payload["from"]), str(payload["id"])),
        render=_render,
        sender=sender,
        ask=ask,
    )


def _render(message: Message) -> list[dict[str, object]]:
    return [{"text": message.text, "options": [option.label for option in message.options]}]


class _Silence:
    def listen(self, *_: object, **__: object) -> Any:
        raise NotImplementedError


def settings_for(*, database_url: str, redis_url: str, var_dir: Path) -> Settings:
    return Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(var_dir),
            "SECRET_KEY": "k" * 40,
        }
    )


def services_for(
    uow: Callable[[], UnitOfWork],
    *,
    channels: Sequence[Channel],
    announcer: Any,
    clock: Any,
    settings: Settings,
) -> Services:
    return Services(
        uow=uow,
        clock=clock,
        catalogue=PlainCatalogue(),
        channels={channel.name: channel for channel in channels},
        announcer=announcer,
        live=_Silence(),
        settings=settings,
    )


@dataclass(slots=True)
class Hospital:
    """The demo's first doctor today, with people who book by phone; each verb is a transaction of its own."""

    services: Services
    clock: SetClock
    counter: Counter | None = None

    def open_doors(self) -> None:
        with self.services.uow() as uow:
            demo.seed_demo(uow, email="owner@example.org", password_hash="x", now=self.clock.at)
            uow.commit()

    def slot(self, *, hours_ahead: int = 0) -> Slot:
        with self.services.uow() as uow:
            site = uow.places.sites()[0]
            service = uow.places.services(site.id)[0]
            day = business_date(self.clock.at, site.zone)
            slots = uow.slots.of_day(service_id=service.id, day=day)
        at = self.clock.at + timedelta(hours=hours_ahead)
        return next(slot for slot in slots if slot.ends_at > at)

    def address(self, handle: str, *, channel: str = "sim-sms") -> AddressId:
        with self.services.uow() as uow:
            address = uow.people.address(channel=channel, handle=handle, now=self.clock.at)
            uow.commit()
        return address.id

    def books(self, handle: str, *, channel: str = "sim-sms", hours_ahead: int = 0) -> Booked:
        address_id = self.address(handle, channel=channel)
        slot = self.slot(hours_ahead=hours_ahead)
        with self.services.uow() as uow:
            user = uow.people.user_of(
                address_id=address_id, organisation_id=slot.organisation_id, name=handle, language=None
            )
            booked = book(
                uow,
                slot_id=slot.id,
                patient_id=user.id,
                booker_id=user.id,
                address_id=address_id,
                actor=SYSTEM,
                now=self.clock.at,
            )
            uow.commit()
        return booked

    def starts(self) -> None:
        queue_id = self.slot().queue_id
        with self.services.uow() as uow:
            self.counter = uow.places.counters_of_service(self.slot().service_id)[0]
            self.counter = sign_on(
                uow, counter_id=self.counter.id, queue_id=queue_id, actor=SYSTEM, now=self.clock.at
            )
            start_queue(uow, queue_id=queue_id, counter_id=self.counter.id, actor=SYSTEM, now=self.clock.at)
            uow.commit()

    def calls_next(self) -> Called:
        return self.presses(call_next, queue_id=self.slot().queue_id, shown_ticket_id=None)

    def presses(self, verb: Callable[..., Any], **more: object) -> Any:
        assert self.counter is not None
        with self.services.uow() as uow:
            counter = uow.places.counter(self.counter.id)
            assert counter is not None
            done = verb(
                uow,
                counter_id=counter.id,
                counter_version=counter.version,
                actor=SYSTEM,
                now=self.clock.at,
                **more,
            )
            uow.commit()
        return done

    def ticket(self, booked: Booked) -> Ticket:
        with self.services.uow() as uow:
            ticket = uow.tickets.get(booked.ticket.id)
        assert ticket is not None
        return ticket

    def says_stop(self, handle: str, *, channel: str = "sim-sms") -> None:
        with self.services.uow() as uow:
            address = uow.people.address(channel=channel, handle=handle, now=self.clock.at)
            uow.people.save_address(replace(address, stopped_at=self.clock.at))
            uow.commit()

    def speaks(self, handle: str, language: str, *, channel: str = "sim-sms") -> None:
        with self.services.uow() as uow:
            address = uow.people.address(channel=channel, handle=handle, now=self.clock.at)
            uow.people.save_address(replace(address, language=language))
            uow.commit()

    def due(self) -> list[int]:
        """Everything that waits to be sent by now, whether hinted or not."""
        with self.services.uow() as uow:
            return self.due_in(uow)

    def due_in(self, uow: UnitOfWork) -> list[int]:
        later = self.clock.at + timedelta(days=1)
        return [
            outbox_id for outbox_id, _ in uow.outbox.due(now=self.clock.at, hinted_before=later, limit=1000)
        ]
