"""The console's buttons, pressed as staff press them: doubled, stale, and two at once included."""

import re

from admin_web.queues import desk_of
from domain.people import Role
from tests.admin_web.world import Page, World


def console(world: World, counter: int = 0) -> str:
    return f"/queues/{world.ours.queue_id}?counter={world.ours.counters[counter]}"


def press(
    world: World, page: Page, button: str, counter: int = 0, form: dict[str, object] | None = None
) -> str:
    """Presses a button as the console shows it now; `form` replaces what a stale page would carry."""
    shown = page.get(console(world, counter)).text
    path = f"/counters/{world.ours.counters[counter]}/{button}"
    inside = shown.split(f'action="{path}"')[1].split("</form>")[0]
    fields: dict[str, object] = dict(re.findall(r'name="(\w+)" value="([^"]*)"', inside))
    answer = page.client.post(path, data=fields | (form or {}))
    assert answer.status_code == 303, answer.text
    return page.says(answer.location)


def three_wait(world: World) -> None:
    for name in ("asha", "ravi", "meera"):
        world.ours.book(name)
    world.ours.start()


def test_a_counter_is_chosen_once_and_kept_in_the_address(world: World, operator: Page) -> None:
    plain = operator.says(f"/queues/{world.ours.queue_id}")
    assert "Choose your counter" in plain
    path = f"/counters/{world.ours.counters[1]}/sign-on"
    answer = operator.post(path, {"queue": world.ours.queue_id})
    assert answer.location == console(world, 1)
    assert "You work at Room 2 now." in operator.says(answer.location)


def test_start_makes_everybody_wait_and_next_says_whom_it_will_call(world: World, operator: Page) -> None:
    for name in ("asha", "ravi"):
        world.ours.book(name)
    assert "Start 2 people expected" in operator.says(console(world))
    answer = operator.post(f"/queues/{world.ours.queue_id}/start", {"counter": world.ours.counters[0]})
    assert "Started. 2 people waiting." in operator.says(answer.location)
    assert "Next: 09-01 asha" in operator.says(console(world))


def test_next_calls_whom_it_showed(world: World, operator: Page) -> None:
    three_wait(world)
    said = press(world, operator, "next")
    assert "09-01 is called." in said
    assert "Next: 09-02 ravi · completes 09-01" in said


def test_a_doubled_press_calls_nobody_twice(world: World, operator: Page) -> None:
    three_wait(world)
    version = world.ours.version()
    press(world, operator, "next")
    said = press(world, operator, "next", form={"version": version})
    assert "Not done: Somebody pressed a button for this counter first." in said
    assert "Next: 09-02" in said


def test_a_press_on_an_old_page_says_whom_it_called_instead(world: World, operator: Page) -> None:
    three_wait(world)
    old = operator.get(console(world)).text
    shown = re.search(r'name="shown" value="(\d+)"', old)
    assert shown is not None
    world.ours.next(1)
    said = press(world, operator, "next", form={"shown": shown[1], "shown_token": "09-01"})
    assert "Note: 09-01 is no longer next in line: 09-02 is called instead." in said


def test_recall_complete_and_no_show_say_what_they_did(world: World, operator: Page) -> None:
    three_wait(world)
    press(world, operator, "next")
    assert "Called a moment ago." in press(world, operator, "recall")
    world.clock.passes(minutes=2)
    assert "09-01 is called again." in press(world, operator, "recall")
    assert "09-01 is served." in press(world, operator, "complete")
    press(world, operator, "next")
    said = press(world, operator, "no-show")
    assert "09-02 didn't come." in said
    assert "Not seen (1)" in said


def test_undo_puts_back_what_was_pressed(world: World, operator: Page) -> None:
    three_wait(world)
    press(world, operator, "next")
    said = press(world, operator, "undo")
    assert "Undone: 09-01 waits again at the old place." in said
    assert "Next: 09-01" in said
    assert "Not done: There is nothing to undo." in press(world, operator, "undo", counter=1)


def test_next_with_nobody_waiting_is_no_button(world: World, operator: Page) -> None:
    world.ours.book("asha")
    world.ours.start()
    said = press(world, operator, "next")
    assert "Nobody is waiting" in said
    assert "09-01 is served." in press(world, operator, "complete")


def test_a_walk_in_gets_a_paper_token_with_a_link_to_follow(world: World, operator: Page) -> None:
    world.ours.start()
    form = {"counter": world.ours.counters[0], "name": "Meera Iyer"}
    answer = operator.post(f"/queues/{world.ours.queue_id}/walk-ins", form)
    paper = operator.get(answer.location).text
    assert "W-01" in paper
    assert "<svg" in paper
    assert "Meera" not in paper
    link = re.search(r'href="(/t/[\w-]{22,})"', paper)
    assert link is not None
    assert world.browser().get(link[1]).status_code == 200
    assert "W-01 Meera Iyer" in operator.says(console(world))


def test_a_walk_in_may_be_nameless_but_not_named_nothing(world: World, operator: Page) -> None:
    world.ours.start()
    path = f"/queues/{world.ours.queue_id}/walk-ins"
    assert operator.post(path, {}).location.startswith("/tickets/")
    refused = operator.post(path, {"name": "123", "page": console(world)})
    assert refused.location == console(world)
    assert "Not done: A name needs letters." in operator.says(refused.location)


def test_a_form_with_something_missing_is_told_so(world: World, operator: Page) -> None:
    path = f"/counters/{world.ours.counters[0]}/next"
    assert operator.post(path, {}).status_code == 400
    assert operator.post(path, {"queue": "x", "version": "1"}).status_code == 400


def test_a_press_never_leads_to_another_site_s_page(world: World, operator: Page) -> None:
    form = {"queue": world.ours.queue_id, "version": 999, "page": "//evil.example"}
    assert operator.post(f"/counters/{world.ours.counters[0]}/complete", form).location == "/today"


def test_a_stranger_s_counter_is_never_taken_into_our_walk_in(world: World, operator: Page) -> None:
    form = {"counter": world.theirs.counters[0]}
    answer = operator.post(f"/queues/{world.ours.queue_id}/walk-ins", form)
    assert "counter=" not in answer.location


def test_the_list_marks_who_has_no_phone(world: World, operator: Page) -> None:
    world.ours.start()
    operator.post(f"/queues/{world.ours.queue_id}/walk-ins", {})
    assert "no phone" in operator.says(console(world))


def test_a_counter_of_another_queue_is_not_at_work_here(world: World) -> None:
    with world.app.test_request_context():
        desk = desk_of(world.ours.queue_id, world.theirs.counters[0])
    assert desk is not None
    assert desk.counter is None
    assert not desk.works_here


def test_a_console_asks_for_a_counter_and_gives_staff_no_dead_end(world: World) -> None:
    page = world.logged_in(Role.OWNER)
    answer = page.post(f"/services/{world.ours.service_id}/queue")
    assert answer.location == f"/queues/{world.ours.queue_id}"
