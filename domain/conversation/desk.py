"""What flows may ask of the business: thin steps to stores and use cases, with the turn. Never wording."""

from dataclasses import dataclass
from datetime import date

from domain.booking import Appointment, AppointmentStatus, Slot, refuse_late_change
from domain.conversation.turn import Turn
from domain.errors import DomainError
from domain.people import CONSENT_VERSION, User
from domain.queue import Ticket
from domain.schedule import Service, Site, business_date
from domain.use_cases import book as booking
from domain.use_cases import change, follow, times
from domain.views import PlaceView


@dataclass(frozen=True, slots=True)
class Mine:
    """One of the person's appointments, with all that can be said of it."""

    appointment: Appointment
    ticket: Ticket | None
    service: Service
    site: Site


def has_agreed(turn: Turn) -> bool:
    return turn.address.consent_at is not None and turn.address.consent_version == CONSENT_VERSION


def is_registered(turn: Turn) -> bool:
    return has_agreed(turn) and bool(name(turn))


def name(turn: Turn) -> str | None:
    if turn.address.display_name:
        return turn.address.display_name
    users = turn.uow.people.users_of(turn.address.id)
    return users[0].name if users else None


def sites(turn: Turn) -> list[Site]:
    return turn.uow.places.sites()


def site(turn: Turn) -> Site | None:
    """Where this conversation is: the site once chosen, or the only one there is."""
    if turn.conversation.site_id is not None:
        return turn.uow.places.site(turn.conversation.site_id)
    known = sites(turn)
    return known[0] if len(known) == 1 else None


def services(turn: Turn) -> list[Service]:
    here = site(turn)
    return [] if here is None else [s for s in turn.uow.places.services(here.id) if s.available]


def service(turn: Turn) -> Service | None:
    service_id = turn.number("service")
    return None if service_id is None else turn.uow.places.service(service_id)


def days(turn: Turn, wanted: Service) -> list[times.FreeDay]:
    return times.free_days(turn.uow, service=wanted, site=site_of(turn, wanted), now=turn.now)


def earliest(turn: Turn, wanted: Service) -> Slot | None:
    """Who moves a visit is offered the earliest time but the one they have."""
    return times.earliest_free(
        turn.uow, service=wanted, site=site_of(turn, wanted), now=turn.now, other_than=_slot_to_leave(turn)
    )


def slots(turn: Turn, wanted: Service, day: date) -> list[Slot]:
    return times.free_slots(turn.uow, service=wanted, day=day, now=turn.now)


def slot(turn: Turn) -> Slot:
    """The slot that was chosen. Raises DomainError slot-unknown."""
    slot_id = turn.number("slot")
    found = None if slot_id is None else turn.uow.slots.get(slot_id)
    if found is None:
        raise DomainError("slot-unknown")
    return found


def site_of(turn: Turn, wanted: Service) -> Site:
    found = turn.uow.places.site(wanted.site_id)
    assert found is not None
    return found


def today(turn: Turn) -> date:
    here = site(turn)
    return turn.now.date() if here is None else business_date(turn.now, here.zone)


def book(turn: Turn, slot_id: int) -> booking.Booked:
    chosen = turn.uow.slots.get(slot_id)
    if chosen is None:
        raise DomainError("slot-unknown")
    user = _user(turn, organisation_id=chosen.organisation_id)
    return booking.book(
        turn.uow,
        slot_id=slot_id,
        patient_id=user.id,
        booker_id=user.id,
        address_id=turn.address.id,
        actor=turn.actor,
        now=turn.now,
    )


def move(turn: Turn, appointment_id: int, *, slot_id: int) -> booking.Booked:
    mine(turn, appointment_id)
    return change.reschedule(
        turn.uow, appointment_id=appointment_id, slot_id=slot_id, actor=turn.actor, now=turn.now
    )


def cancel(turn: Turn, appointment_id: int) -> Mine:
    """The appointment as it was."""
    given_up = mine(turn, appointment_id)
    change.cancel(turn.uow, appointment_id=appointment_id, actor=turn.actor, now=turn.now)
    return given_up


def visits(turn: Turn) -> list[Mine]:
    """What lies ahead of everybody this address stands for, by time."""
    found = follow.my_tickets(turn.uow, address_id=turn.address.id, now=turn.now)
    return [_mine(turn, appointment, ticket) for appointment, ticket in found]


def is_ours(turn: Turn, appointment: Appointment) -> bool:
    return follow.stands_for(turn.uow, address_id=turn.address.id, appointment=appointment)


def mine(turn: Turn, appointment_id: int | None) -> Mine:
    """Raises DomainError appointment-unknown for one that is somebody else's, as for one that isn't there."""
    found = None if appointment_id is None else turn.uow.appointments.get(appointment_id)
    if found is None or not is_ours(turn, found):
        raise DomainError("appointment-unknown")
    ticket = turn.uow.tickets.live_of(found.id) or turn.uow.tickets.latest_of_visit(found.visit_id)
    return _mine(turn, found, ticket)


def refuse_if_unchangeable(turn: Turn, appointment: Mine) -> None:
    """Before somebody goes through all questions in vain. Raises what `cancel` and `reschedule` would."""
    if appointment.appointment.status is not AppointmentStatus.BOOKED:
        raise DomainError("appointment-over")
    refuse_late_change(appointment.appointment, site=appointment.site, now=turn.now)


def refuse_same_time(turn: Turn, slot_id: int) -> None:
    """Before it's asked whether a visit should move to where it is. Raises what `reschedule` would."""
    if slot_id == _slot_to_leave(turn):
        raise DomainError("same-slot")


def place(turn: Turn, ticket: Ticket) -> PlaceView:
    return follow.place(turn.uow, ticket=ticket, now=turn.now)


def _slot_to_leave(turn: Turn) -> int | None:
    moving = turn.number("moving")
    return None if moving is None else mine(turn, moving).appointment.slot_id


def _mine(turn: Turn, appointment: Appointment, ticket: Ticket | None) -> Mine:
    found = turn.uow.places.service(appointment.service_id)
    assert found is not None
    return Mine(appointment, ticket, found, site_of(turn, found))


def _user(turn: Turn, *, organisation_id: int) -> User:
    return turn.uow.people.user_of(
        address_id=turn.address.id,
        organisation_id=organisation_id,
        name=name(turn) or "",
        language=turn.address.language,
    )
