"""What anybody may see: the wall and a person's own page. Tokens and counters, never a name."""

from dataclasses import replace

import pytest

from domain.events import SYSTEM
from domain.use_cases.book import Booked, book_at_desk
from domain.use_cases.change import cancel
from tests.admin_web.world import World, text_of


def queue_runs(world: World) -> list[Booked]:
    booked = [world.ours.book(name) for name in ("Asha Kumar", "Ravi Menon", "Meera Iyer")]
    world.ours.start()
    world.ours.next()
    return booked


def test_the_board_shows_the_newest_call_with_its_counter(world: World) -> None:
    queue_runs(world)
    world.clock.passes(minutes=1)
    world.ours.passes(1)
    world.ours.next(1)
    page = world.browser()
    said = page.says("/board/clinic")
    assert "Now serving 09-02 Room 2" in said
    assert "09-01 Room 1" in said
    assert "1 person is waiting" in said


def test_a_board_of_a_day_that_has_not_begun_says_so(world: World) -> None:
    world.ours.book("asha")
    assert "Not started yet" in world.browser().says("/board/clinic")


def test_a_ticket_page_says_how_many_are_ahead_and_for_how_long(world: World) -> None:
    asha, ravi, meera = queue_runs(world)
    page = world.browser()
    assert "It's your turn. Go to Room 1 now." in page.says(f"/t/{asha.visit.link}")
    assert "You are next" in page.says(f"/t/{ravi.visit.link}")
    said = page.says(f"/t/{meera.visit.link}")
    assert "1 person is ahead of you" in said
    assert "minutes" in said
    assert "Now serving: 09-01" in said


def test_a_ticket_page_before_the_start_says_when_to_come(world: World) -> None:
    booked = world.ours.book("asha")
    said = world.browser().says(f"/t/{booked.visit.link}")
    assert "Dr Rao has not started yet." in said
    assert "09:00. We write when your turn comes near." in said


def test_who_has_no_phone_is_not_promised_that_we_write(world: World) -> None:
    with world.make_uow() as uow:
        booked = book_at_desk(
            uow, slot_id=world.ours.slots[0].id, name="Asha", actor=SYSTEM, now=world.ours.now
        )
        uow.commit()
    said = world.browser().says(f"/t/{booked.visit.link}")
    assert "Your time is" in said
    assert "We write" not in said


def test_a_missed_person_and_a_finished_visit_are_told_what_to_do(world: World) -> None:
    asha, *_ = queue_runs(world)
    world.ours.next()
    assert "This visit is over." in world.browser().says(f"/t/{asha.visit.link}")


@pytest.mark.parametrize("path", ["/board/nowhere", "/t/unknown", "/t/" + "x" * 500])
def test_an_unknown_board_or_ticket_offers_a_way_on(world: World, path: str) -> None:
    answer = world.browser().get(path)
    assert answer.status_code == 404
    assert "Ask at the desk" in text_of(answer)
    assert 'href="/"' in answer.text


def test_no_public_page_holds_a_name_a_handle_or_a_code(world: World) -> None:
    booked = queue_runs(world)
    page = world.browser()
    shown = page.get("/board/clinic").text
    for each in booked:
        shown += page.get(f"/t/{each.visit.link}").text
    for secret in ("Asha", "Kumar", "Ravi", "Meera", *(each.visit.code for each in booked)):
        assert secret not in shown


def test_a_ticket_page_is_kept_from_search_and_leaks_no_link(world: World) -> None:
    booked = world.ours.book("asha")
    answer = world.browser().get(f"/t/{booked.visit.link}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_ticket_page_speaks_the_person_s_language_chosen_in_chat(world: World) -> None:
    booked = world.ours.book("asha")
    hindi = {"Accept-Language": "hi-IN,hi;q=0.9"}
    page = world.browser()
    assert 'lang="hi"' in page.get(f"/t/{booked.visit.link}", headers=hindi).text
    with world.make_uow() as uow:
        address = world.ours.person("asha")[0]
        uow.people.save_address(replace(address, language="en"))
        uow.commit()
    assert 'lang="en"' in page.get(f"/t/{booked.visit.link}", headers=hindi).text


def test_a_cancelled_ticket_says_that_its_token_is_void(world: World) -> None:
    booked = world.ours.book("asha")
    with world.services.uow() as uow:
        cancel(uow, appointment_id=booked.appointment.id, actor=SYSTEM, now=world.ours.now)
        uow.commit()
    assert "This token is no longer valid." in world.browser().says(f"/t/{booked.visit.link}")
