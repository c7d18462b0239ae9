"""Slots, appointments and tokens: the rules of booking on frozen values. Never a place in the live queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from domain.errors import DomainError
from domain.ids import (
    AddressId,
    AppointmentId,
    OrganisationId,
    QueueId,
    ServiceId,
    SiteId,
    SlotId,
    UserId,
    VisitId,
)
from domain.queue import QueueState
from domain.schedule import Service, Site

CODE_ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"  # no vowels (no words), nothing that looks like something else
CODE_LENGTH = 6


class AppointmentStatus(Enum):
    """HELD is a seat kept for somebody until `held_until` (waitlist offers, moves of a closed day)."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of a service with its seats. `day` and the wall times are the site's; the instants are UTC."""

    id: SlotId
    organisation_id: OrganisationId
    site_id: SiteId
    service_id: ServiceId
    queue_id: QueueId
    day: date
    start_time: time
    end_time: time
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked: int
    token_prefix: str
    current_token: str | None
    closed: bool

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.booked)


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """All that a booking has to look at before it claims a seat, read in one statement.

    `queue_state` is read under a lock that lasts until the transaction ends, so that a start can't miss the newcomer.
    """

    slot: Slot
    service: Service
    site: Site
    queue_state: QueueState


@dataclass(frozen=True, slots=True)
class Seat:
    """A claimed seat: `number` is the next within its slot and is never handed out again."""

    slot_id: SlotId
    number: int
    token: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's coming to a site, whatever becomes of its time: one code, one link, one or more tickets."""

    id: VisitId
    organisation_id: OrganisationId
    site_id: SiteId
    code: str
    link: str
    booker_id: UserId | None
    patient_id: UserId | None
    address_id: AddressId | None


@dataclass(frozen=True, slots=True)
class Appointment:
    id: AppointmentId
    organisation_id: OrganisationId
    site_id: SiteId
    service_id: ServiceId
    slot_id: SlotId
    visit_id: VisitId
    queue_id: QueueId
    business_date: date
    starts_at: datetime
    patient_id: UserId
    booker_id: UserId
    token: str
    status: AppointmentStatus
    rescheduled_from: AppointmentId | None


def token_prefix(start: time, *, only_slot_of_the_day: bool) -> str:
    """`10` for 10:00, `1030` for 10:30, nothing where the service has one slot that day."""
    if only_slot_of_the_day:
        return ""
    return f"{start:%H}" if start.minute == 0 else f"{start:%H%M}"


def token_label(prefix: str, number: int) -> str:
    """What people see: `10-04`, `1030-02`, `04`; `W-12` for walk-ins (prefix `W`)."""
    return f"{prefix}-{number:02d}" if prefix else f"{number:02d}"


def refuse_unbookable(offer: SlotOffer | None, *, now: datetime) -> SlotOffer:
    """The offer itself, or DomainError `slot-unknown`, `service-unavailable`, `slot-closed`, `slot-past`, `slot-full`.

    A slot can be booked until it ends. That it is full is only a courtesy here: the claim decides.
    """
    if offer is None:
        raise DomainError("slot-unknown")
    if not offer.service.available:
        raise DomainError("service-unavailable", service=offer.service.discreet_name)
    if offer.slot.closed or offer.queue_state is QueueState.CLOSED:
        raise DomainError("slot-closed")
    if offer.slot.ends_at <= now:
        raise DomainError("slot-past")
    if offer.slot.free == 0:
        raise DomainError("slot-full")
    return offer


def refuse_late_change(appointment: Appointment, *, site: Site, now: datetime) -> None:
    """Raises DomainError `appointment-over` or, inside the site's cut-off, `too-late-to-cancel` (minutes)."""
    if appointment.status is not AppointmentStatus.BOOKED:
        raise DomainError("appointment-over")
    if site.cancel_cutoff_minutes and now > appointment.starts_at - timedelta(
        minutes=site.cancel_cutoff_minutes
    ):
        raise DomainError("too-late-to-cancel", minutes=site.cancel_cutoff_minutes)


def earliest(slots: Sequence[Slot]) -> Slot | None:
    """The first slot with a free seat."""
    return min((s for s in slots if s.free), key=lambda s: (s.starts_at, s.id), default=None)
