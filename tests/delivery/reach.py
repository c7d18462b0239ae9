"""People who can be reached in more ways than one, and carriers that each take, refuse and report on their own."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from domain.errors import SendFault
from domain.ids import AddressId, OutboxId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.people import Address
from domain.ports import Channel, OutboxRow, Outgoing, Receipt, ReceiptState, Sent, Services
from domain.use_cases.book import Booked
from domain.use_cases.deliver import work_outbox
from tests.delivery.world import Hospital, a_channel

WHATSAPP, SMS, TELEGRAM = "sim-whatsapp", "sim-sms", "sim-telegram"
WINDOW = timedelta(hours=24)


@dataclass(slots=True)
class Carrier:
    """A channel's provider: `faults` are raised first, one at each hand-over; `reports` is what it says when asked."""

    name: str
    handed: list[Outgoing] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    reports: dict[str, Receipt] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Sent:
        if self.faults:
            raise self.faults.pop(0)
        self.handed.append(outgoing)
        return Sent(f"{self.name}:{len(self.handed)}")

    def ask(self, provider_id: str) -> Receipt | None:
        self.asked.append(provider_id)
        return self.reports.get(provider_id)

    def reports_of_the_last(
        self, state: ReceiptState, *, fault: SendFault | None = None, code: str = ""
    ) -> Receipt:
        """Says so from now on; and returns it, as a callback would bring it."""
        provider_id = f"{self.name}:{len(self.handed)}"
        self.reports[provider_id] = Receipt(provider_id, state, fault, code)
        return self.reports[provider_id]

    @property
    def kinds(self) -> list[str]:
        return [outgoing.kind for outgoing in self.handed]


def three_channels(carriers: dict[str, Carrier]) -> list[Channel]:
    """WhatsApp has a window and tells what arrived, SMS tells, Telegram doesn't."""
    return [
        a_channel(WHATSAPP, carriers[WHATSAPP], ask=carriers[WHATSAPP].ask, window=WINDOW),
        a_channel(SMS, carriers[SMS], ask=carriers[SMS].ask),
        a_channel(TELEGRAM, carriers[TELEGRAM]),
    ]


@dataclass(frozen=True, slots=True)
class Person:
    """Who booked by the first of these channels; `addresses` by channel."""

    hospital: Hospital
    booked: Booked
    addresses: dict[str, AddressId]

    def change(self, channel: str, **changes: Any) -> None:
        """Of the address there, as somebody or some provider would."""
        with self.hospital.services.uow() as uow:
            uow.people.save_address(replace(self.address(channel), **changes))
            uow.commit()

    def address(self, channel: str) -> Address:
        with self.hospital.services.uow() as uow:
            address = uow.people.address_by_id(self.addresses[channel])
        assert address is not None
        return address

    @property
    def is_unreached(self) -> bool:
        ticket = self.booked.ticket
        with self.hospital.services.uow() as uow:
            lines = uow.tickets.lines(
                ticket.queue_id, states=[self.hospital.ticket(self.booked).state], limit=99
            )
        return next(line.unreached for line in lines if line.ticket_id == ticket.id)


def a_person(hospital: Hospital, handle: str, channels: Iterable[str]) -> Person:
    """All their addresses stand for them, have consented, and were heard of just now."""
    first, *others = channels
    booked = hospital.books(handle, channel=first)
    addresses = {first: hospital.address(handle, channel=first)}
    addresses |= {channel: hospital.address(handle, channel=channel) for channel in others}
    with hospital.services.uow() as uow:
        (user,) = uow.people.users_of(addresses[first])
        uow.people.let_stand_for(user, address_ids=addresses.values())
        for address in uow.people.addresses(addresses.values()):
            uow.people.save_address(replace(address, consent_at=hospital.clock.at))
        uow.commit()
    return Person(hospital, booked, addresses)


def remind(hospital: Hospital, person: Person, **otherwise: Any) -> OutboxId:
    """A notice that is true as long as the booking is, to the person's first address."""
    now, ticket = hospital.clock.at, person.booked.ticket
    reminder = Notice(
        kind=NoticeKind.REMINDER,
        address_id=next(iter(person.addresses.values())),
        dedupe_key=f"reminder:{ticket.id}",
        due_at=now,
        not_after=now + VALID_FOR[NoticeKind.REMINDER],
        organisation_id=ticket.organisation_id,
        site_id=ticket.site_id,
        ticket_id=ticket.id,
        appointment_id=ticket.appointment_id,
    )
    with hospital.services.uow() as uow:
        (outbox_id,) = uow.outbox.add([replace(reminder, **otherwise)])
        uow.commit()
    return outbox_id


def send_all(hospital: Hospital) -> int:
    """All that is due, and what that makes due; how many a provider took."""
    sent = 0
    while due := hospital.due():
        sent += work_outbox(hospital.services, due)
    return sent


def rows_of(services: Services, person: Person) -> list[tuple[str, str, str]]:
    """(kind, channel, state) of all that was made for the person's ticket, in order."""
    channels = {address_id: channel for channel, address_id in person.addresses.items()}
    return [
        (row.notice.kind.value, channels[row.notice.address_id], row.state)
        for row in all_rows(services, person)
    ]


def all_rows(services: Services, person: Person) -> list[OutboxRow]:
    """Every row of the outbox about the person's ticket."""
    with services.uow() as uow:
        rows = [uow.outbox.row(number) for number in range(1, 200)]
    return [row for row in rows if row is not None and row.notice.ticket_id == person.booked.ticket.id]
