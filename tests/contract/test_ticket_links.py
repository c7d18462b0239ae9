"""Links of printed tokens: one for each visit, bound to the first address; and our name at a channel."""

from datetime import timedelta

from domain.ports import TicketLink, UnitOfWork
from tests.contract.ground import MINUTE, NOBODY, NOW, Ground, a_ticket, a_visit, an_address

TONIGHT = NOW + timedelta(hours=20)


def test_a_link_is_found_until_it_ends(uow: UnitOfWork, ground: Ground) -> None:
    visit = a_visit(uow, ground)
    link = uow.ticket_links.offer(visit, key="Key_1-x", expires_at=TONIGHT)
    assert link == TicketLink("Key_1-x", visit.id, TONIGHT, None)
    assert uow.ticket_links.find("Key_1-x", now=NOW) == link == uow.ticket_links.of_visit(visit.id, now=NOW)
    assert uow.ticket_links.find("key_1-x", now=NOW) is None
    assert uow.ticket_links.find("Key_1-x", now=TONIGHT) is None
    assert uow.ticket_links.of_visit(visit.id, now=TONIGHT) is None
    assert uow.ticket_links.of_visit(NOBODY, now=NOW) is None


def test_a_visit_keeps_its_link_when_its_day_changes(uow: UnitOfWork, ground: Ground) -> None:
    visit = a_visit(uow, ground)
    uow.ticket_links.offer(visit, key="first", expires_at=NOW + MINUTE)
    again = uow.ticket_links.offer(visit, key="second", expires_at=TONIGHT)
    assert (again.key, again.expires_at) == ("first", TONIGHT)
    assert uow.ticket_links.find("second", now=NOW) is None


def test_the_first_address_is_bound_and_stays(uow: UnitOfWork, ground: Ground) -> None:
    visit, asha, ravi = a_visit(uow, ground), an_address(uow), an_address(uow, handle="ravi")
    uow.ticket_links.offer(visit, key="key", expires_at=TONIGHT)
    assert uow.ticket_links.bind(visit.id, address_id=asha.id, now=NOW)
    assert not uow.ticket_links.bind(visit.id, address_id=ravi.id, now=NOW)
    assert uow.ticket_links.bind(visit.id, address_id=asha.id, now=NOW)
    bound = uow.ticket_links.find("key", now=NOW)
    assert bound is not None
    assert bound.address_id == asha.id
    assert uow.ticket_links.offer(visit, key="x", expires_at=TONIGHT + MINUTE).address_id == asha.id


def test_nobody_is_bound_after_the_end(uow: UnitOfWork, ground: Ground) -> None:
    visit = a_visit(uow, ground)
    uow.ticket_links.offer(visit, key="key", expires_at=TONIGHT)
    assert not uow.ticket_links.bind(visit.id, address_id=an_address(uow).id, now=TONIGHT)
    assert not uow.ticket_links.bind(NOBODY, address_id=an_address(uow).id, now=NOW)


def test_a_visit_without_an_address_is_followed_by_one(uow: UnitOfWork, ground: Ground) -> None:
    asha, ravi = an_address(uow), an_address(uow, handle="ravi")
    ticket = a_ticket(uow, ground, number=1)
    other = a_ticket(uow, ground, number=2)
    for follower in (asha, ravi):
        first = follower is asha
        assert uow.appointments.follow(ticket.visit_id, address_id=follower.id) is first
        uow.tickets.follow(ticket.visit_id, address_id=follower.id)
    visit, followed = uow.appointments.visit(ticket.visit_id), uow.tickets.get(ticket.id)
    assert visit is not None
    assert followed is not None
    assert (visit.address_id, followed.address_id, followed.version) == (asha.id, asha.id, ticket.version)
    assert uow.tickets.get(other.id) == other


def test_nobody_has_said_yet_how_a_channel_calls_us(uow: UnitOfWork) -> None:
    assert uow.ingest_leases.account("telegram") is None
