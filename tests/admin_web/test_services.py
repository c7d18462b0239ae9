"""Managers add services, make days, change places; forms keep what was typed and say what is wrong where it is."""

from werkzeug.test import TestResponse

from domain.people import Role
from tests.admin_web.world import Page, World, text_of

DAY = "2026-11-30"


def make_day(world: World, manager: Page, **form: object) -> TestResponse:
    typed = {"day": DAY, "opens": "09:00", "closes": "11:00", "slot_minutes": "30", "capacity": "4"}
    return manager.post(f"/services/{world.ours.service_id}/days", typed | form)


def test_a_service_is_added_and_its_first_day_made(world: World, manager: Page) -> None:
    form = {"name": "Eye clinic", "minutes": "12", "room": "Room 9", "department": "Ophthalmology"}
    answer = manager.post(f"/sites/{world.ours.site.id}/services", form)
    assert answer.status_code == 303
    assert "Eye clinic is added." in manager.says(answer.location)
    day = manager.post(
        f"{answer.location}/days",
        {"day": DAY, "opens": "09:00", "closes": "11:00", "slot_minutes": "30", "capacity": "4"},
    )
    said = manager.says(day.location)
    assert "4 times are added." in said
    assert "10:30–11:00" in said


def test_a_service_of_a_taken_name_keeps_what_was_typed(world: World, manager: Page) -> None:
    form = {"name": "dr rao", "minutes": "12", "room": "Room 9"}
    answer = manager.post(f"/sites/{world.ours.site.id}/services", form)
    assert answer.status_code == 422
    assert "A service of this name exists at this site." in text_of(answer)
    assert 'value="Room 9"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_every_wrong_field_of_a_new_service_is_named_at_once(world: World, manager: Page) -> None:
    answer = manager.post(f"/sites/{world.ours.site.id}/services", {"name": " ", "minutes": "soon"})
    assert "A service needs a name." in text_of(answer)
    assert "Write a whole number." in text_of(answer)


def test_a_day_sent_twice_adds_nothing_the_second_time(world: World, manager: Page) -> None:
    make_day(world, manager)
    again = make_day(world, manager)
    assert "That day has all these times already." in manager.says(again.location)


def test_what_is_wrong_with_a_day_is_said_at_its_field(world: World, manager: Page) -> None:
    for form, error in (
        ({"closes": "08:00"}, "The day must close after it opens"),
        ({"day": "2020-01-01"}, "That day is over."),
        ({"day": "soon"}, "Write a day"),
        ({"opens": "25:99"}, "Write a time"),
        ({"capacity": "0"}, "There must be at least one place"),
        ({"slot_minutes": "-5"}, "Write a whole number."),
    ):
        answer = make_day(world, manager, **form)
        assert answer.status_code == 422, form
        assert error in text_of(answer), form


def test_a_slot_never_holds_fewer_than_are_booked(world: World, manager: Page) -> None:
    world.ours.book("asha")
    world.ours.book("ravi")
    slot = world.ours.slots[0]
    answer = manager.post(f"/slots/{slot.id}/capacity", {"capacity": "1"})
    assert answer.status_code == 422
    assert "2 people are booked at that time" in text_of(answer)
    assert 'value="1"' in answer.text
    answer = manager.post(f"/slots/{slot.id}/capacity", {"capacity": "2"})
    assert "09:00 now holds 2." in manager.says(answer.location)


def test_a_doctor_who_is_away_takes_no_bookings_until_back(world: World, manager: Page) -> None:
    path = f"/services/{world.ours.service_id}"
    off = manager.post(f"{path}/availability", {"available": "no"})
    assert "takes no new bookings" in manager.says(off.location)
    with world.make_uow() as uow:
        service = uow.places.service(world.ours.service_id)
    assert service is not None
    assert not service.available
    on = manager.post(f"{path}/availability", {"available": "yes"})
    assert "can be booked" in manager.says(on.location)


def test_the_day_s_list_has_everybody_in_order_with_names(world: World, operator: Page) -> None:
    world.ours.book("Ravi Menon", slot=1)
    world.ours.book("Asha Kumar")
    said = operator.says(f"/services/{world.ours.service_id}/days/2026-11-23/list")
    assert said.index("Asha Kumar") < said.index("Ravi Menon")
    assert "2 people" in said


def test_today_counts_each_service_of_the_chosen_site_only(world: World) -> None:
    world.ours.book("asha")
    page = world.logged_in(Role.OPERATOR)
    said = page.says("/today")
    assert "Booked 1" in said
    assert page.says(f"/today?site={world.theirs.site.id}") == said


def test_an_impossible_date_is_not_there(world: World, manager: Page) -> None:
    assert manager.get(f"/services/{world.ours.service_id}/days/2026-13-45").status_code == 404
