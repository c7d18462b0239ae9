"""Who may come where: every route declares it, and every route is tried as everybody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from werkzeug.routing import Rule

from admin_web.access import declared
from bot.webhook import PATH as WEBHOOK
from domain.people import Role
from tests.admin_web.world import Page, World
from tests.use_cases.clinic import Clinic
from whatsapp.status import path_of as status_path

REFUSED = {401, 403, 404}


def routes(world: World) -> Iterator[tuple[Rule, str]]:
    for rule in world.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def path_of(world: World, rule: Rule, clinic: Clinic) -> str:
    needs_booking = rule.arguments & {"ticket_id", "appointment_id"}
    number = len(clinic.people)
    booked = clinic.book(f"{rule.endpoint} {number}", slot=number % 3) if needs_booking else None
    values = {
        "site_id": clinic.site.id,
        "service_id": clinic.service_id,
        "counter_id": clinic.counters[0],
        "queue_id": clinic.queue_id,
        "slot_id": clinic.slots[0].id,
        "ticket_id": booked.ticket.id if booked else 0,
        "appointment_id": booked.appointment.id if booked else 0,
        "day": date(2026, 11, 23),
        "slug": clinic.site.slug,
        "link": "unknown",
        "filename": "icon.svg",
        "channel": "sim-sms",
        "handle": "1",
        "outbox_id": 1,
    }
    with world.app.test_request_context():
        adapter = world.app.create_url_adapter(None) or world.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})


def answer_of(page: Page, method: str, path: str) -> int:
    answer = page.get(path, buffered=False) if method == "GET" else page.post(path, {})
    answer.close()  # streams would never end by themselves
    return answer.status_code


def test_every_route_says_who_may_come(world: World) -> None:
    silent = [
        rule.endpoint
        for rule, _ in routes(world)
        if declared(world.app.view_functions[rule.endpoint]) is None
    ]
    assert silent == []


def test_a_route_to_one_site_s_thing_asks_for_the_role_at_that_site(world: World) -> None:
    for rule, _ in routes(world):
        access = declared(world.app.view_functions[rule.endpoint])
        assert access is not None
        things = {name.removesuffix("_id") for name in rule.arguments if name.endswith("_id")}
        if access.role is not None and things:
            assert {access.of} == things, rule.rule


def test_a_route_that_says_nothing_lets_nobody_in(world: World) -> None:
    world.app.add_url_rule("/forgotten", "forgotten", lambda: "in")
    assert world.browser().get("/forgotten").status_code == 403
    assert world.logged_in(Role.OWNER).get("/forgotten").status_code == 403


def test_what_is_public_is_no_more_than_these(world: World) -> None:
    public = {
        rule.endpoint
        for rule, _ in routes(world)
        if (access := declared(world.app.view_functions[rule.endpoint])) and access.role is None
    }
    assert public == {
        "static",
        "boards.show",
        "health.alive",
        "health.ready",
        "hooks.telegram_webhook",
        "hooks.twilio_status",
        "live.board",
        "live.ticket",
        "login.log_in",
        "login.log_out",
        "login.show",
        "simulator.live",
        "simulator.send",
        "simulator.show",
        "tickets.show",
        "today.enter",
    }


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_lets_in_exactly_those_it_names(world: World, role: Role | None) -> None:
    page = world.browser() if role is None else world.logged_in(role)
    paths = [(rule, method, path_of(world, rule, world.ours)) for rule, method in routes(world)]
    for rule, method, path in paths:
        access = declared(world.app.view_functions[rule.endpoint])
        assert access is not None
        if access.role is None or rule.endpoint == "login.change_password":
            continue
        status = answer_of(page, method, path)
        told = f"{role and role.name} {method} {rule.rule}: {status}"
        if role is None:
            assert status == (401 if rule.endpoint.startswith("live.") else 303), told
        elif role >= access.role:
            assert status not in REFUSED, told
        else:
            assert status == 403, told


@pytest.mark.parametrize("role", list(Role))
def test_what_belongs_to_another_site_looks_as_if_it_were_not_there(world: World, role: Role) -> None:
    page = world.logged_in(role)
    tried = 0
    for rule, method in routes(world):
        access = declared(world.app.view_functions[rule.endpoint])
        if access is None or access.of is None:
            continue
        tried += 1
        path = path_of(world, rule, world.theirs)
        before = world.everything(but=["staff_sessions"])
        assert answer_of(page, method, path) == 404, f"{method} {rule.rule}"
        assert world.everything(but=["staff_sessions"]) == before
    assert tried > 15


def test_a_manager_of_one_site_is_nobody_at_another_of_the_same_organisation(world: World) -> None:
    with world.make_uow() as uow:
        other = uow.places.add_site(replace(world.ours.site, slug="annex"))
        uow.commit()
    assert world.logged_in(Role.MANAGER).get(f"/sites/{other}/services/new").status_code == 404
    assert world.logged_in(Role.OWNER).get(f"/sites/{other}/services/new").status_code == 200


def test_looking_changes_nothing(world: World) -> None:
    page = world.logged_in(Role.OWNER)
    world.ours.book("asha")
    paths = [path_of(world, rule, world.ours) for rule, method in routes(world) if method == "GET"]
    before = world.everything()
    for path in paths:
        answer_of(page, "GET", path)
        page.client.head(path, buffered=False).close()
    assert world.everything() == before


def test_what_providers_post_to_looks_up_no_session(world: World) -> None:
    page = world.logged_in(Role.OWNER)
    before = world.everything()
    for answer in (
        page.client.post(WEBHOOK, json={"update_id": 1}),
        page.client.post(status_path(1), data={"MessageStatus": "delivered"}),
    ):
        assert (answer.status_code, answer.data) == (403, b"")
        assert "Set-Cookie" not in answer.headers
    assert world.everything() == before
