"""A token for somebody who is here, with or without a phone: a full member of the queue."""

from dataclasses import dataclass
from datetime import datetime

from domain.booking import Visit, token_label
from domain.errors import DomainError
from domain.events import Actor, Event, EventName
from domain.ids import CounterId, UserId
from domain.people import User, clean_name
from domain.ports import UnitOfWork
from domain.queue import NewTicket, Queue, QueueState, Ticket, TicketState
from domain.use_cases.alerts import join
from domain.use_cases.counters import locked_queue, refuse_other_day
from domain.use_cases.repeat import Made, made_before
from domain.use_cases.ticket_links import offer_link

WALK_IN_PREFIX = "W"


@dataclass(frozen=True, slots=True)
class WalkIn:
    """`ahead` is None while the queue isn't running. `repeated`: the form had been sent before, and made this then."""

    ticket: Ticket
    visit: Visit
    ahead: int | None
    repeated: bool = False


def issue_walk_in(
    uow: UnitOfWork,
    *,
    queue_id: int,
    counter_id: int | None,
    name: str | None,
    request_key: str | None = None,
    actor: Actor,
    now: datetime,
) -> WalkIn:
    """One token for one `request_key`, however often it is sent: the queue's lock makes the second see the first.

    Raises DomainError queue-unknown, queue-not-today, queue-closed, name-needed for a name that isn't one, or
    form-of-others for a key that was used elsewhere.
    """
    queue = locked_queue(uow, queue_id)
    made = made_before(uow, request_key=request_key, organisation_id=queue.organisation_id)
    if made is not None:
        return _again(uow, made)
    refuse_other_day(uow, queue, now=now)
    if queue.state is QueueState.CLOSED:
        raise DomainError("queue-closed")
    patient_id = _user(uow, queue, name)
    number = uow.queues.next_walk_in(queue_id)
    visit = uow.appointments.add_visit(
        organisation_id=queue.organisation_id,
        site_id=queue.site_id,
        booker_id=None,
        patient_id=patient_id,
        address_id=None,
        request_key=request_key,
    )
    if visit is None:
        raise DomainError("form-of-others")
    running = queue.state is not QueueState.NOT_STARTED
    ticket = uow.tickets.add(_new_ticket(queue, visit, number=number, waiting=running, now=now), at=now)
    ahead = join(uow, ticket, now=now) if running else None
    site = uow.places.site(queue.site_id)
    assert site is not None
    offer_link(uow, visit, ticket, site=site)
    _record(uow, queue, ticket, counter_id=counter_id, actor=actor, now=now)
    uow.poke(queue_id)
    return WalkIn(ticket, visit, ahead)


def _again(uow: UnitOfWork, made: Made) -> WalkIn:
    waits = made.ticket.state is TicketState.WAITING
    ahead = uow.tickets.ahead(made.ticket) if waits else None
    return WalkIn(made.ticket, made.visit, ahead, repeated=True)


def _user(uow: UnitOfWork, queue: Queue, name: str | None) -> UserId | None:
    if name is None or not name.strip():
        return None
    return uow.people.add_user(
        User(id=UserId(0), organisation_id=queue.organisation_id, name=clean_name(name))
    )


def _new_ticket(queue: Queue, visit: Visit, *, number: int, waiting: bool, now: datetime) -> NewTicket:
    return NewTicket(
        organisation_id=queue.organisation_id,
        site_id=queue.site_id,
        service_id=queue.service_id,
        queue_id=queue.id,
        visit_id=visit.id,
        appointment_id=None,
        slot_id=None,
        address_id=None,
        business_date=queue.business_date,
        token=token_label(WALK_IN_PREFIX, number),
        number=number,
        state=TicketState.WAITING if waiting else TicketState.EXPECTED,
        due_at=now,
        arrived_at=now,
    )


def _record(
    uow: UnitOfWork, queue: Queue, ticket: Ticket, *, counter_id: int | None, actor: Actor, now: datetime
) -> None:
    uow.events.add(
        Event(
            name=EventName.WALK_IN_ISSUED,
            at=now,
            organisation_id=queue.organisation_id,
            site_id=queue.site_id,
            actor=actor,
            queue_id=queue.id,
            ticket_id=ticket.id,
            counter_id=None if counter_id is None else CounterId(counter_id),
            data={"version": ticket.version},
        )
    )
