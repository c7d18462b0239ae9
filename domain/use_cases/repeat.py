"""What a form made when it was sent before: a doubled click or a resend on a bad line. Never a second token."""

from dataclasses import dataclass

from domain.booking import Visit
from domain.ports import UnitOfWork
from domain.queue import Ticket


@dataclass(frozen=True, slots=True)
class Made:
    """A visit and its ticket as it is now, which may have been moved since."""

    visit: Visit
    ticket: Ticket


def made_before(uow: UnitOfWork, *, request_key: str | None, organisation_id: int) -> Made | None:
    """What the form of this key made at this organisation. A form without a key is never a repeat."""
    visit = None if request_key is None else uow.appointments.visit_by_request(request_key)
    if visit is None or visit.organisation_id != organisation_id:
        return None
    ticket = uow.tickets.latest_of_visit(visit.id)
    assert ticket is not None, "a visit that a form made has its ticket from the same transaction"
    return Made(visit=visit, ticket=ticket)
