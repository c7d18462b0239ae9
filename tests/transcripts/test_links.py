"""Links that open the chat where they lead: a service's days, a printed token's place."""

from datetime import datetime, timedelta

import pytest

from domain.booking import Visit
from domain.conversation.links import service_payload
from domain.conversation.messages import Text
from domain.events import SYSTEM
from domain.ids import QueueId
from domain.queue import Ticket
from domain.use_cases.administer import set_available
from domain.use_cases.book import book_at_desk
from domain.use_cases.walk_in import issue_walk_in
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.test_appointments import call
from tests.transcripts.town import TODAY, Town


def queue_of(town: Town) -> QueueId:
    with town.uow() as uow:
        queue = uow.queues.find(service_id=town.rao, day=TODAY)
        assert queue is not None
        return queue.id


def walk_in(town: Town, name: str = "Meera Iyer") -> tuple[Ticket, Visit, str]:
    """A token on paper, with the text of its link."""
    with town.uow() as uow:
        made = issue_walk_in(
            uow, queue_id=queue_of(town), counter_id=None, name=name, actor=SYSTEM, now=town.now()
        )
        uow.commit()
    return made.ticket, made.visit, link_of(town, made.visit)


def booked_at_desk(town: Town) -> tuple[Ticket, Visit, str]:
    with town.uow() as uow:
        slot = uow.slots.of_day(service_id=town.rao, day=TODAY)[-1]
        made = book_at_desk(uow, slot_id=slot.id, name="Meera Iyer", actor=SYSTEM, now=town.now())
        uow.commit()
    return made.ticket, made.visit, link_of(town, made.visit)


def link_of(town: Town, visit: Visit) -> str:
    with town.uow() as uow:
        link = uow.ticket_links.of_visit(visit.id, now=town.now())
        assert link is not None
    return f"/start t_{link.key}"


def follower(town: Town, ticket: Ticket) -> int | None:
    with town.uow() as uow:
        present = uow.tickets.get(ticket.id)
        assert present is not None
    return present.address_id


def address_of(town: Town, chat: Chat) -> int:
    with town.uow() as uow:
        return uow.people.address(channel=chat.channel, handle=chat.handle, now=town.now()).id


def test_a_service_s_link_leads_to_its_days(two_sites: Town, channel: str) -> None:
    chat = introduced(Chat(two_sites, channel))
    chat.says(f"/start service_{two_sites.sen}").hears("Dr. Sen: which day?")
    chat.picks("Earliest free").hears("Dr. Sen, City Hospital", "Book it?")


def test_a_newcomer_with_a_token_is_welcomed_by_its_site(two_sites: Town, channel: str) -> None:
    _, _, link = walk_in(two_sites)
    chat = Chat(two_sites, channel).says(link)
    chat.hears("City Hospital: here you book a time", "Do you agree?").hears_no("at a hospital or office")


@pytest.mark.parametrize("link", ["/start service_999", "/start t_AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_newcomer_with_a_dead_link_reads_first_what_to_do_in_an_emergency(
    town: Town, channel: str, link: str
) -> None:
    chat = Chat(town, channel).says(link).hears("That link", "Do you agree?").hears_no(":\n\n")
    assert chat.heard.startswith("In an emergency")


def test_a_newcomer_comes_to_the_service_s_days_after_agreeing(town: Town, channel: str) -> None:
    chat = Chat(town, channel).says(f"/start service_{town.sen}").hears("City Hospital", "Do you agree?")
    chat.picks("I agree").says("Asha Rao").hears("Dr. Sen: which day?")
    chat.says("menu").says("book").hears("for what?")


@pytest.mark.parametrize("link", ["/start service_999999", "service_999999"])
def test_the_link_of_a_service_that_is_gone_says_so_and_shows_those_there_are(known: Chat, link: str) -> None:
    known.says(link).hears("leads to nothing here any more", "for what?")
    assert any(label.startswith("Dr. Rao") for label in known.choices)


def test_the_link_of_a_service_that_takes_no_bookings_shows_its_site_s_others(
    two_sites: Town, channel: str
) -> None:
    with two_sites.uow() as uow:
        set_available(uow, service_id=two_sites.sen, available=False, actor=SYSTEM, now=two_sites.now())
        uow.commit()
    chat = introduced(Chat(two_sites, channel))
    chat.says(f"start service_{two_sites.sen}")
    chat.hears("Dr. Sen takes no bookings at the moment", "City Hospital: for what?")


def test_a_printed_token_is_followed_by_whom_scans_it_first(town: Town, known: Chat) -> None:
    ticket, visit, link = walk_in(town)
    town.start()
    known.says(link).hears("Dr. Rao", ticket.token)
    assert follower(town, ticket) == address_of(town, known)
    known.hears_no("Meera", visit.code, "works no more")
    call(town)
    known.looks()
    assert "called" in known.notices
    known.says("status").hears(ticket.token)


def test_the_place_is_said_where_no_live_message_is_kept(town: Town) -> None:
    ticket, _, link = walk_in(town)
    town.start()
    sms = introduced(Chat(town, "sms"))
    sms.says(link).hears(f"token {ticket.token}", "You are next")


@pytest.mark.parametrize("form", ["start {}", "{}", "START {}", " {} "])
def test_the_link_is_read_as_it_is_written_by_hand(town: Town, channel: str, form: str) -> None:
    ticket, _, link = walk_in(town)
    chat = introduced(Chat(town, channel))
    chat.says(form.format(link.removeprefix("/start "))).hears(ticket.token)
    assert follower(town, ticket) == address_of(town, chat)


def test_a_newcomer_agrees_first_and_needs_no_name(town: Town, channel: str) -> None:
    ticket, _, link = walk_in(town)
    chat = Chat(town, channel).says(link).hears("Do you agree?").hears_no(ticket.token)
    assert follower(town, ticket) is None
    chat.picks("I agree").hears(ticket.token).hears_no("full name")
    assert follower(town, ticket) == address_of(town, chat)
    chat.says("status").hears(ticket.token)
    chat.says("book").hears("full name")


def test_scanned_again_by_the_same_person_it_shows_the_same(town: Town, known: Chat) -> None:
    ticket, _, link = walk_in(town)
    known.says(link).says("menu").says(link).hears(ticket.token).hears_no("another phone")
    assert follower(town, ticket) == address_of(town, known)


def test_a_forwarded_link_shows_the_token_and_nothing_that_acts(town: Town, known: Chat) -> None:
    ticket, visit, link = walk_in(town)
    town.start()
    known.says(link)
    other = introduced(Chat(town, known.channel, "5001"))
    other.says(link).hears("followed on another phone", f"token {ticket.token}", "You are next")
    other.hears_no("Meera", visit.code, visit.link)
    assert set(other.choices) == {"Refresh", "Menu"}
    other.picks("Refresh").hears(f"token {ticket.token}")
    assert follower(town, ticket) == address_of(town, known)
    other.says("status").hears("no appointment to follow")
    call(town)
    assert "called" not in other.looks().notices


def test_a_stranger_sees_a_forwarded_token_without_agreeing_to_anything(town: Town, known: Chat) -> None:
    ticket, _, link = walk_in(town)
    known.says(link)
    stranger = Chat(town, known.channel, "5001").says(link).hears(f"token {ticket.token}")
    stranger.hears_no("Do you agree?").picks("Menu").hears("Do you agree?")


def test_of_two_newcomers_the_first_to_agree_follows(town: Town, channel: str) -> None:
    ticket, _, link = walk_in(town)
    first, second = Chat(town, channel, "5001"), Chat(town, channel, "5002")
    first.says(link).hears("Do you agree?")
    second.says(link).hears("Do you agree?").picks("I agree").hears(ticket.token)
    first.picks("I agree").hears("followed on another phone")
    assert follower(town, ticket) == address_of(town, second)


def test_the_paper_of_a_booking_is_followed_without_becoming_one_s_own(town: Town, known: Chat) -> None:
    ticket, visit, link = booked_at_desk(town)
    known.says(link).hears(ticket.token).hears_no("Meera", visit.code)
    known.says("visits").hears("You have no appointment.")
    known.says("status").hears(ticket.token)
    with town.uow() as uow:
        kept = uow.appointments.visit(visit.id)
    assert kept is not None
    assert kept.address_id == address_of(town, known)


def test_who_follows_a_booking_is_reminded(town: Town, known: Chat) -> None:
    _, _, link = booked_at_desk(town)  # at 11:30, reminded an hour before
    known.says(link)
    town.passes(91)
    known.looks()
    assert "reminder" in known.notices


def test_a_link_ends_three_hours_after_its_day(town: Town, known: Chat) -> None:
    ticket, _, link = walk_in(town)
    midnight = datetime(2026, 11, 24, tzinfo=town.hospital.zone)
    town.moment = midnight + timedelta(hours=3)
    known.says(link).hears("That link works no more. Show your token at the desk").hears_no(ticket.token)
    assert follower(town, ticket) is None


@pytest.mark.parametrize("link", ["/start t_AAAAAAAAAAAAAAAAAAAAAA", "t_12345678"])
def test_a_link_that_nobody_made_says_nothing(known: Chat, link: str) -> None:
    known.says(link).hears("That link works no more", "What would you like to do?")


def test_the_key_of_a_link_is_taken_letter_by_letter(town: Town, known: Chat) -> None:
    ticket, _, link = walk_in(town)
    known.says(link[:-1]).hears("works no more")
    known.says(link.swapcase()).hears("works no more")
    assert follower(town, ticket) is None


def test_an_undone_walk_in_leads_nowhere(town: Town, known: Chat) -> None:
    ticket, _, link = walk_in(town)
    with town.uow() as uow:
        uow.tickets.move(ticket, to=type(ticket.state).VOID, at=town.now())
        uow.commit()
    known.says(link).hears("This token is no longer valid.")
    assert follower(town, ticket) is None


def test_who_booked_by_chat_has_no_link_on_paper(town: Town, known: Chat) -> None:
    known.says("book").picks("Dr. Rao").says("today 10:00").picks("Book it")
    known.says("visits").picks("Mon 23 Nov 10:00").picks("Change time").says("today 11:00").picks("Move it")
    with town.uow() as uow:
        (ticket,) = uow.tickets.live_of_address(address_of(town, known))
        assert uow.ticket_links.of_visit(ticket.visit_id, now=town.now()) is None


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_a_newcomer_by_a_link_has_a_token_within_seven_steps(town: Town, channel: str) -> None:
    chat = Chat(town, channel)
    ready = town.services.catalogue.render(
        Text("link-service", {"service": "Dr. Rao", "code": service_payload(town.rao)}),
        language="en",
        variant=channel,
    )
    chat.says(f"Hello! {ready}.").hears("Do you agree?").picks("I agree").says("Asha Rao")
    chat.hears("Dr. Rao: which day?").picks("Earliest free").picks("Book it").hears("Token 0930-01")
    assert chat.turns <= 7


def test_who_is_known_has_a_token_within_five_steps_by_a_link(town: Town, known: Chat) -> None:
    known.says(f"डॉ. राव के लिए समय: {service_payload(town.rao)}").hears("Dr. Rao: which day?")
    known.picks("Earliest free").picks("Book it").hears("Token 0930-01")
    assert known.turns <= 5


@pytest.mark.parametrize("words", ["My token: {}", "मेरा टोकन: {}।", "Hello!\n{}\nThanks", "“{}”."])
def test_a_token_is_followed_with_words_around_its_code(town: Town, known: Chat, words: str) -> None:
    ticket, _, link = walk_in(town)
    known.says(words.format(link.removeprefix("/start "))).hears(ticket.token)
    assert follower(town, ticket) == address_of(town, known)


def test_a_site_s_link_is_followed_with_words_around_it(two_sites: Town, channel: str) -> None:
    known = introduced(Chat(two_sites, channel))
    known.says("A time at Civic Centre: SITE:CIVIC-CENTRE").hears("Civic Centre: for what?")
    known.says("menu").says("look at site:nowhere").hears("not one of the choices")
