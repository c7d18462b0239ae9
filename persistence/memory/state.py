"""All that the stores in memory hold: frozen values in dicts, so that a copy of the dicts is a snapshot."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from itertools import count
from typing import Any, Self

from domain.booking import Appointment, Slot, Visit
from domain.conversation.messages import Conversation
from domain.events import RecordedEvent
from domain.ids import AddressId, CounterId, OrganisationId, QueueId, TicketId, UserId
from domain.notices import Notice
from domain.people import Address, Membership, User
from domain.ports import (
    Alarm,
    Content,
    InboxRow,
    IngestLease,
    LinkCode,
    PhoneMessage,
    Receipt,
    StaffSession,
    TicketLink,
)
from domain.queue import Queue, Ticket, TicketState
from domain.schedule import Counter, Schedule, Service, Site


@dataclass(frozen=True, slots=True)
class Interval:
    state: TicketState
    counter_id: CounterId | None
    user_id: UserId | None
    from_at: datetime
    to_at: datetime | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class StoredInbox:
    row: InboxRow
    due_at: datetime
    hinted_at: datetime | None = None
    processed_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    id: int
    notice: Notice
    due_at: datetime
    state: str = "due"
    attempts: int = 0
    unclear: int = 0
    absent: int = 0
    lease_until: datetime | None = None
    hinted_at: datetime | None = None
    sent_at: datetime | None = None
    provider_id: str | None = None
    said: tuple[str, ...] = ()
    error: str | None = None
    form: str | None = None
    parts: int = 0
    as_template: bool = False
    first_tried_at: datetime | None = None
    confirm_by: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredLive:
    ticket_id: TicketId
    queue_id: QueueId
    address_id: AddressId
    state: str = "live"
    provider_id: str | None = None
    outdated_id: str | None = None
    shown: str | None = None
    shown_at: datetime | None = None
    looked_at: datetime | None = None
    due_at: datetime | None = None
    ahead: int = 0
    lease_until: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class StoredCode:
    code: LinkCode
    created_at: datetime
    used_at: datetime | None = None


@dataclass(slots=True)
class State:
    """Tables by id, or by what is unique in them."""

    organisations: dict[OrganisationId, str] = field(default_factory=dict)
    sites: dict[int, Site] = field(default_factory=dict)
    departments: dict[tuple[int, str], int] = field(default_factory=dict)
    services: dict[int, Service] = field(default_factory=dict)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    counters: dict[int, Counter] = field(default_factory=dict)
    serves: dict[int, frozenset[int]] = field(default_factory=dict)  # by counter
    users: dict[int, User] = field(default_factory=dict)
    password_hashes: dict[int, str] = field(default_factory=dict)
    memberships: dict[tuple[int, int, int | None], Membership] = field(default_factory=dict)
    addresses: dict[int, Address] = field(default_factory=dict)
    address_users: dict[tuple[int, int], int] = field(default_factory=dict)  # address, organisation
    queues: dict[int, Queue] = field(default_factory=dict)
    walk_ins: dict[int, int] = field(default_factory=dict)  # how many, by queue
    slots: dict[int, Slot] = field(default_factory=dict)
    seats: dict[int, int] = field(default_factory=dict)  # numbers handed out, by slot
    visits: dict[int, Visit] = field(default_factory=dict)
    request_keys: dict[str, int] = field(default_factory=dict)  # visit, by the key of the form that made it
    appointments: dict[int, Appointment] = field(default_factory=dict)
    days_claimed: dict[tuple[int, int, date], int] = field(default_factory=dict)  # patient, service, day
    tickets: dict[int, Ticket] = field(default_factory=dict)
    intervals: dict[tuple[int, int], Interval] = field(default_factory=dict)  # ticket, number
    conversations: dict[int, Conversation] = field(default_factory=dict)
    inbox: dict[int, StoredInbox] = field(default_factory=dict)
    outbox: dict[int, StoredOutbox] = field(default_factory=dict)
    dedupe_keys: dict[str, int] = field(default_factory=dict)
    live: dict[int, StoredLive] = field(default_factory=dict)  # by ticket
    events: dict[int, RecordedEvent] = field(default_factory=dict)
    sessions: dict[str, StaffSession] = field(default_factory=dict)
    failures: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    link_codes: dict[int, StoredCode] = field(default_factory=dict)
    ticket_links: dict[int, TicketLink] = field(default_factory=dict)  # by visit
    heartbeats: dict[str, datetime] = field(default_factory=dict)
    ingest_leases: dict[str, IngestLease] = field(default_factory=dict)
    contents: dict[tuple[str, str, str, str], Content] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    receipts: dict[str, tuple[int, Receipt, datetime]] = field(
        default_factory=dict
    )  # outbox row, report, when
    look_backs: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)  # until, looked at
    phones: dict[int, tuple[str, str, PhoneMessage]] = field(default_factory=dict)
    # One sequence for all tables: an id of one is never by chance an id of another.
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def snapshot(self) -> Self:
        copies: dict[str, Any] = {
            f.name: dict(getattr(self, f.name)) for f in fields(self) if f.name != "ids"
        }
        return replace(self, **copies)

    def become(self, other: Self) -> None:
        """Goes back to a snapshot; ids that were given out meanwhile are not given out again."""
        for name in (f.name for f in fields(self)):
            setattr(self, name, getattr(other, name))


def as_json(data: Mapping[str, object]) -> dict[str, Any]:
    """What a database would give back. Raises TypeError for what isn't JSON."""
    stored: dict[str, Any] = json.loads(json.dumps(data))
    return stored
