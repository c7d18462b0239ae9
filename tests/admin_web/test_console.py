"""The console's buttons, pressed as staff press them: doubled, stale, and two at once included."""

import re

from sqlalchemy import update

from admin_web.queues import desk_of
from domain.people import Role
from persistence.tables import outbox
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
    assert "called at 09:0" in said
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


def walk_in_form(world: World, page: Page) -> dict[str, object]:
    """What the console's form holds on one load of the page."""
    inside = page.get(console(world)).text.split("/walk-ins")[1].split("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', inside))


def test_a_walk_in_form_sent_twice_gives_one_token_and_says_so(world: World, operator: Page) -> None:
    world.ours.start()
    path = f"/queues/{world.ours.queue_id}/walk-ins"
    form = walk_in_form(world, operator)
    first, again = (operator.client.post(path, data=form) for _ in range(2))
    assert again.location == first.location
    said = operator.says(again.location)
    assert "This form was sent before: here is the token it gave." in said
    assert "W-01" in said
    assert "W-01" in operator.says(console(world))
    assert "W-02" not in operator.says(console(world))
    another = operator.client.post(path, data=walk_in_form(world, operator))
    assert "sent before" not in operator.says(another.location)
    assert "W-02" in operator.says(another.location)


def test_the_paper_of_a_walk_in_that_was_undone_says_that_it_is_void(world: World, operator: Page) -> None:
    world.ours.start()
    form = walk_in_form(world, operator)
    paper = operator.client.post(f"/queues/{world.ours.queue_id}/walk-ins", data=form).location
    assert "no longer valid" not in operator.says(paper)
    press(world, operator, "undo")
    assert "This token is no longer valid." in operator.says(paper)


def test_a_console_s_fragments_keep_the_key_of_their_page(world: World, operator: Page) -> None:
    shown = operator.get(console(world)).text
    address = re.search(r'data-live="([^"]*)"', shown)
    assert address is not None
    live = address[1].replace("&amp;", "&") + "&poll"
    first, second = (operator.get(live) for _ in range(2))
    assert first.json is not None
    assert first.json["html"] in shown
    assert walk_in_form(world, operator)["form_key"] != walk_in_form(world, operator)["form_key"]
    assert first.headers["ETag"] == second.headers["ETag"]


def test_staff_are_told_while_what_sends_alerts_shows_no_sign_of_life(world: World, operator: Page) -> None:
    pages = ("/today", console(world))
    for page in pages:
        said = operator.says(page)
        assert (
            "Alerts may come late: no sign of life for a minute from "
            "answers to messages, alerts, reminders, the clock." in said
        )
    everybody = ["worker:inbox:1", "worker:alerts:1", "worker:bulk:1", "clock"]
    _beat(world, everybody)
    assert not any("Alerts may come late" in operator.says(page) for page in pages)
    world.clock.passes(seconds=61)
    _beat(world, [name for name in everybody if name != "clock"])
    for page in pages:
        assert "no sign of life for a minute from the clock." in operator.says(page)


def _beat(world: World, processes: list[str]) -> None:
    with world.make_uow() as uow:
        for process in processes:
            uow.heartbeats.beat(process, now=world.clock.now())
        uow.commit()


def test_the_figures_say_what_one_who_joins_now_would_wait(world: World, operator: Page) -> None:
    three_wait(world)
    assert "Wait if joining now" in operator.says(console(world))
    assert "Longest wait" not in operator.says(console(world))


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


def test_a_counter_says_that_its_call_did_not_reach_whom_it_has(world: World, operator: Page) -> None:
    three_wait(world)
    assert "not reached" not in press(world, operator, "next")
    with world.engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.kind == "called").values(state="failed"))
    said = operator.says(console(world))
    assert "09-01 asha called at 09:00 ▲ not reached: call aloud" in said
    assert said.count("not reached") == 1


def test_a_counter_of_another_queue_is_not_at_work_here(world: World) -> None:
    with world.app.test_request_context():
        desk = desk_of(world.ours.queue_id, world.theirs.counters[0], form_key=None)
    assert desk is not None
    assert desk.counter is None
    assert not desk.works_here


def test_a_console_asks_for_a_counter_and_gives_staff_no_dead_end(world: World) -> None:
    page = world.logged_in(Role.OWNER)
    answer = page.post(f"/services/{world.ours.service_id}/queue")
    assert answer.location == f"/queues/{world.ours.queue_id}"


def test_the_line_says_who_is_here_and_who_comes_late(world: World, operator: Page) -> None:
    three_wait(world)
    with world.ours.uow() as uow:
        asha, ravi, _ = uow.tickets.head(world.ours.queue_id, limit=3)
        uow.tickets.mark_presence(asha.id, here_at=world.ours.now, late_at=None)
        uow.tickets.mark_presence(ravi.id, here_at=None, late_at=world.ours.now)
        uow.commit()
    line = operator.says(console(world)).partition("The line")[2]
    assert "09-01 asha ✓ here since 09:00" in line
    assert "09-02 ravi says late" in line
    assert line.count("here since") == line.count("says late") == 1
