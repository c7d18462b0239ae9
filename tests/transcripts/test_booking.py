"""From "hi" to a token, on every channel."""

from collections.abc import Callable
from datetime import time, timedelta

from tests.transcripts.chat import Chat
from tests.transcripts.town import TODAY, TOMORROW, Town


def test_a_newcomer_has_a_token_within_seven_steps_after_hi(chat: Chat) -> None:
    chat.says("hi").hears("call 112", "City Hospital", "Do you agree?")
    chat.turns = 0
    chat.picks("I agree").hears("full name")
    chat.says("Asha Rao").hears("City Hospital: for what?")
    chat.picks("Dr. Rao").hears("Dr. Rao: which day?")
    chat.picks_day(TOMORROW).hears("what time?")
    chat.picks("10:30").hears("Tue 24 Nov 10:30. Book it?")
    chat.picks("Book it").hears("Dr. Rao: booked.", "Token 1030-01, Tue 24 Nov 10:30")
    assert chat.turns <= 7
    assert chat.notices[-1] == "confirmed"


def test_a_known_person_has_a_token_within_five_steps_after_hi(known: Chat) -> None:
    known.says("hi").hears("call 112", "What would you like to do?")
    known.turns = 0
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").hears("Mon 23 Nov 09:30. Book it?")
    known.picks("Book it").hears("Token 0930-01")
    assert known.turns <= 5


def test_a_known_person_who_chooses_day_and_time_needs_five_steps_too(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks_day(TOMORROW + timedelta(days=1)).picks("11:00").picks(
        "Book it"
    ).hears("Token 11-01")
    assert known.turns <= 5


def test_the_confirmation_says_where_what_to_bring_and_what_it_costs(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").picks("Book it")
    known.hears("City Hospital, Room 2", "14 Lake Road, Pune", "https://maps.example.org/city-hospital")
    known.hears("Bring: earlier reports", "Fee: Rs 200", "Your code at the desk: ")
    known.hears("We write when your turn comes near.").hears_no("/t/", "Asha")
    assert list(known.choices) == ["Where am I?", "My appointments", "Menu"]


def test_the_menu_of_a_running_queue_says_at_once_how_many_are_ahead(
    town: Town, known: Chat, somebody: Callable[[str], Chat]
) -> None:
    somebody("5001").says("book").picks("Dr. Rao").picks("Earliest free").picks("Book it")
    town.start()
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").picks("Book it")
    known.hears("The queue is open. 1 person is ahead of you.")


def test_a_day_and_a_time_can_be_written_in_one_go(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").says("tomorrow 10:30").hears("Tue 24 Nov 10:30. Book it?")
    known.says("11:00").hears("Tue 24 Nov 11:00. Book it?")
    known.says("Wednesday at 9.30").hears("Wed 25 Nov 09:30. Book it?")
    known.says("yes" if known.channel != "sms" else "ok").hears("Token 0930-01, Wed 25 Nov 09:30")


def test_a_time_that_is_not_offered_shows_those_of_that_day(known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").says("tomorrow 17:00").hears("Tue 24 Nov: what time?")
    assert "10:30" in known.choices


def test_the_name_can_be_in_any_script_and_needs_letters(chat: Chat) -> None:
    chat.says("hi").picks("I agree").says("12345").hears("A name needs letters", "full name")
    chat.says("आशा राव").hears("for what?")


def test_a_refused_agreement_goes_no_further(chat: Chat) -> None:
    chat.says("hi").says("book").hears("Do you agree?")
    chat.says("no").hears("name was not kept", "Write HI").picks("Begin again").hears("Do you agree?")


def test_a_full_slot_is_refused_and_the_next_free_times_are_offered_at_once(
    town: Town, known: Chat, somebody: Callable[[str], Chat]
) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free").hears("09:30. Book it?")
    for handle in ("5001", "5002"):
        somebody(handle).says("book").picks("Dr. Rao").says("today 9:30").picks("Book it").hears("Token")
    known.picks("Book it").hears("just taken", "Dr. Rao, Mon 23 Nov: what time?")
    assert "09:30" not in known.choices
    known.picks("10:00").picks("Book it").hears("Token 10-01")
    assert town.booked() == [(time(9, 30), 2), (time(10), 1)]


def test_the_last_time_of_a_day_lost_to_others_leads_to_other_days(
    town: Town, known: Chat, somebody: Callable[[str], Chat]
) -> None:
    known.picks("Book").picks("Dr. Rao").picks_day(TODAY).picks("11:30")
    for n in range(10):
        somebody(str(5000 + n)).says("book").picks("Dr. Rao").picks("Earliest free").picks("Book it").hears(
            "23 Nov"
        )
    known.picks("Book it").hears("just taken", "Dr. Rao: which day?")
    known.picks("Earliest free").picks("Book it").hears("Token 0930-01, Tue 24 Nov 09:30")


def test_a_second_booking_that_day_is_refused_and_takes_no_seat(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").says("today 9:30").picks("Book it")
    known.says("book").picks("Dr. Rao").says("today 10:00").picks("Book it")
    known.hears("already have a booking", "token 0930-01, Mon 23 Nov 09:30", "Your appointments:")
    assert town.booked() == [(time(9, 30), 1)]


def test_a_service_that_became_unavailable_is_refused_and_others_offered(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free")
    with town.uow() as uow:
        uow.places.set_available(town.rao, available=False)
        uow.commit()
    known.picks("Book it").hears("takes no bookings at the moment", "for what?")
    assert [label for label in known.choices if label.startswith("Dr.")] == ["Dr. Sen"]


def test_a_day_with_many_times_is_shown_in_pages_whose_numbers_go_on(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Sen").picks_day(TODAY).hears("what time?")
    first = list(known.choices)
    assert "More" in first
    known.picks("More").hears("what time?")
    second = list(known.choices)
    assert not (set(first) & set(second)) - {"More", "Back", "Menu"}
    known.says("back").hears("what time?")
    assert list(known.choices) == first
    known.says("more")
    assert list(known.choices) == second
    known.picks(second[0]).picks("Book it").hears(f"{second[0]}")
    assert town.booked(town.sen) == [(time.fromisoformat(second[0]), 1)]


def test_a_number_of_an_earlier_page_still_means_its_time(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Sen").picks_day(TODAY).picks("More").says("1").hears("10:00. Book it?")


def test_no_page_has_more_choices_than_the_channel_can_show(known: Chat) -> None:
    most = known.town.services.channels[known.channel].capabilities.page_size
    known.picks("Book").picks("Dr. Sen").picks_day(TODAY)
    for _ in range(10):
        assert len(known.choices) <= most
        known.says("more")
    known.hears("no more choices")


def test_a_sites_own_link_skips_the_choice_of_site(two_sites: Town, channel: str) -> None:
    chat = Chat(two_sites, channel)
    link = {"telegram": "/start civic-centre", "whatsapp": "book civic-centre", "sms": "site:civic-centre"}[
        channel
    ]
    chat.says(link).hears("Civic Centre: here you book", "Do you agree?")
    chat.picks("I agree").says("Asha Rao").hears("Civic Centre: for what?")
    chat.picks("Licences").picks("Earliest free").hears("Tue 24 Nov 09:00. Book it?").picks("Book it").hears(
        "Token 09-01"
    )


def test_without_a_link_the_site_is_asked_and_remembered(two_sites: Town, channel: str) -> None:
    chat = Chat(two_sites, channel)
    chat.says("hi").hears("call your emergency number").picks("I agree").says("Asha Rao").hears(
        "Which place?"
    )
    chat.picks("City Hospital").hears("City Hospital: for what?")
    chat.says("menu").picks("Book").hears("City Hospital: for what?")
    chat.picks("Another place").hears("Which place?").picks("Civic Centre").hears("Civic Centre: for what?")


def test_the_same_tap_twice_books_once(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free")
    twice = [known.tap("Book it"), known.tap("Book it")]
    known.leaves(twice[0]).leaves(twice[1]).looks()
    assert town.booked() == [(time(9, 30), 1)]
    known.hears("booked.")
    if known.channel == "whatsapp":
        known.hears("older message")
    if known.channel == "telegram":
        known.hears_no("older message")


def test_a_providers_retry_of_the_same_message_is_answered_once(town: Town, known: Chat) -> None:
    known.picks("Book").picks("Dr. Rao").picks("Earliest free")
    again = known.tap("Book it")
    known.sends(again).hears("booked.")
    known.sends(again)
    assert known.screen == []
    assert town.booked() == [(time(9, 30), 1)]


def test_a_public_installation_adds_the_ticket_link(tmp_path: object, town: Town, channel: str) -> None:
    from dataclasses import replace

    settings = replace(town.services.settings, public_url="https://queue.example.org")
    town.services = replace(town.services, settings=settings)
    chat = (
        Chat(town, channel)
        .says("hi")
        .picks("I agree")
        .says("Asha")
        .picks("Dr. Rao")
        .picks("Earliest free")
        .picks("Book it")
    )
    chat.hears("Follow your place: https://queue.example.org/t/")
