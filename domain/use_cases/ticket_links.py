"""A printed token's way to a phone: whoever scans it first follows the visit. Never hands over a name, a code or a
booking.
"""

import secrets
from datetime import UTC, datetime, time, timedelta

from domain.booking import AppointmentStatus, Visit
from domain.events import Actor, EventName
from domain.ids import AddressId
from domain.ports import TicketLink, UnitOfWork
from domain.queue import LIVE, Ticket
from domain.schedule import Site
from domain.use_cases.record import record_of_ticket
from domain.use_cases.tell import remind

KEY_BYTES = 16
AFTER_THE_DAY = timedelta(hours=3)  # some queues run past midnight


def offer_link(uow: UnitOfWork, visit: Visit, ticket: Ticket, *, site: Site) -> TicketLink | None:
    """For a visit that nobody follows yet, until its day is over; None where its words go to an address already."""
    if visit.address_id is not None:
        return None
    midnight = datetime.combine(ticket.business_date + timedelta(days=1), time(), site.zone)
    return uow.ticket_links.offer(
        visit, key=secrets.token_urlsafe(KEY_BYTES), expires_at=midnight.astimezone(UTC) + AFTER_THE_DAY
    )


def follow_by_link(
    uow: UnitOfWork, visit_id: int, *, address_id: AddressId, actor: Actor, now: datetime
) -> Ticket | None:
    """Binds the visit to the first address, which is told of it from now on, and returns the ticket.

    None when another was first, or there is nothing left to follow.
    """
    found = uow.tickets.latest_of_visit(visit_id)
    if found is None:
        return None
    present = _locked(uow, found)
    if present.state not in LIVE:
        return None
    if not uow.ticket_links.bind(visit_id, address_id=address_id, now=now):
        return None
    if uow.appointments.follow(visit_id, address_id=address_id):
        uow.tickets.follow(visit_id, address_id=address_id)
        _remind(uow, present, address_id=address_id, now=now)
        record_of_ticket(uow, EventName.TICKET_FOLLOWED, present, actor=actor, now=now)
        uow.poke(present.queue_id)
    return uow.tickets.get(present.id)


def _locked(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """The visit's latest ticket, with its queue locked: a call in this very moment either sees the address, or is seen
    in the ticket that we return.

    Staff may have moved it to another queue while we waited for the first one's lock. Who moves it once more meanwhile
    may wait for us as we do for them: then the database ends one of the two, and it comes again.
    """
    uow.queues.lock([ticket.queue_id])
    present = uow.tickets.latest_of_visit(ticket.visit_id)
    assert present is not None
    return present if present.queue_id == ticket.queue_id else _locked(uow, present)


def _remind(uow: UnitOfWork, ticket: Ticket, *, address_id: AddressId, now: datetime) -> None:
    appointment = None if ticket.appointment_id is None else uow.appointments.get(ticket.appointment_id)
    site = uow.places.site(ticket.site_id)
    assert site is not None
    if appointment is not None and appointment.status is AppointmentStatus.BOOKED:
        remind(uow, appointment, address_id=address_id, site=site, now=now)
