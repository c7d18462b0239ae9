"""The event of what became of one ticket, written in one way by all who say so. It never changes a ticket."""

from datetime import datetime

from domain.events import Actor, Event, EventName
from domain.ports import UnitOfWork
from domain.queue import Ticket


def record_of_ticket(
    uow: UnitOfWork, name: EventName, ticket: Ticket, *, actor: Actor, now: datetime
) -> None:
    uow.events.add(
        Event(
            name=name,
            at=now,
            organisation_id=ticket.organisation_id,
            site_id=ticket.site_id,
            actor=actor,
            queue_id=ticket.queue_id,
            ticket_id=ticket.id,
            appointment_id=ticket.appointment_id,
        )
    )
