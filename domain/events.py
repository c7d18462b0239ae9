"""Facts, past tense, appended in the transaction that made them true. Ids only: never a name, phone or handle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from domain.ids import (
    AddressId,
    AppointmentId,
    CounterId,
    EventId,
    OrganisationId,
    QueueId,
    SiteId,
    TicketId,
    UserId,
)


class EventName(Enum):
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_MOVED = "appointment_moved"
    QUEUE_STARTED = "queue_started"
    COUNTER_SIGNED_ON = "counter_signed_on"
    QUEUE_CLOSED = "queue_closed"
    TICKET_CALLED = "ticket_called"
    TICKET_RECALLED = "ticket_recalled"
    TICKET_COMPLETED = "ticket_completed"
    TICKET_NO_SHOW = "ticket_no_show"
    TICKET_HERE = "ticket_here"
    TICKET_LATE = "ticket_late"
    TICKET_LEFT = "ticket_left"
    WALK_IN_ISSUED = "walk_in_issued"
    ACTION_UNDONE = "action_undone"
    SERVICE_ADDED = "service_added"
    SERVICE_CHANGED = "service_changed"
    SLOTS_ADDED = "slots_added"
    SLOT_CHANGED = "slot_changed"
    ADDRESSES_JOINED = "addresses_joined"
    TICKET_FOLLOWED = "ticket_followed"
    STAFF_SIGNED_IN = "staff_signed_in"
    STAFF_CHANGED = "staff_changed"


# What a counter's undo can take back.
UNDOABLE = frozenset(
    {
        EventName.QUEUE_STARTED,
        EventName.TICKET_CALLED,
        EventName.TICKET_COMPLETED,
        EventName.TICKET_NO_SHOW,
        EventName.WALK_IN_ISSUED,
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a member of staff, a person by their address, or the system itself (neither)."""

    user_id: UserId | None = None
    address_id: AddressId | None = None


SYSTEM = Actor()


@dataclass(frozen=True, slots=True)
class Event:
    """`data` is JSON. For what a counter did it holds what undo needs (see `use_cases.undo`)."""

    name: EventName
    at: datetime
    organisation_id: OrganisationId
    site_id: SiteId | None
    actor: Actor
    queue_id: QueueId | None = None
    ticket_id: TicketId | None = None
    appointment_id: AppointmentId | None = None
    counter_id: CounterId | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    id: EventId
    event: Event
    undone: bool
