"""Logging in and out: sessions that end on the server, tries that are counted, forms that only our pages send."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from domain.people import Role
from settings import Settings
from tests.admin_web.world import PASSWORD, Page, World, build_world, text_of


def test_the_start_page_leads_to_log_in_and_then_to_today(world: World) -> None:
    page = world.browser()
    assert page.get("/").location == "/login"
    page = world.logged_in(Role.OPERATOR)
    assert page.get("/").location == "/today"
    assert "Dr Rao" in page.says("/today")


def test_a_page_that_was_asked_for_is_shown_after_log_in(world: World) -> None:
    page = world.browser()
    refused = page.get(f"/queues/{world.ours.queue_id}?counter=1")
    assert refused.location == f"/login?next=/queues/{world.ours.queue_id}?counter%3D1"
    form = {"email": world.email_of(Role.OPERATOR, world.ours), "password": PASSWORD}
    answer = page.post("/login", form | {"next": f"/queues/{world.ours.queue_id}?counter=1"})
    assert answer.location == f"/queues/{world.ours.queue_id}?counter=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\n/evil", "/login?next=/login"],
)
def test_log_in_never_leads_elsewhere(world: World, elsewhere: str) -> None:
    form = {"email": world.email_of(Role.OPERATOR, world.ours), "password": PASSWORD, "next": elsewhere}
    assert world.browser().post("/login", form).location == "/today"


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(world: World) -> None:
    known = {"email": world.email_of(Role.OPERATOR, world.ours), "password": "lantern orchard eighteen"}
    unknown = known | {"email": "nobody@example.org"}
    first, second = (world.browser().post("/login", form) for form in (known, unknown))
    assert first.status_code == second.status_code == 401
    assert text_of(first) == text_of(second)


def test_somebody_without_a_role_can_not_log_in(world: World) -> None:
    email = world.email_of(Role.OPERATOR, world.ours)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM memberships")
    assert world.browser().post("/login", {"email": email, "password": PASSWORD}).status_code == 401


def test_log_out_ends_the_session_on_the_server(world: World, operator: Page) -> None:
    cookie = operator.client.get_cookie("staff").value
    assert operator.post("/logout").location == "/login"
    thief = world.app.test_client()
    thief.set_cookie("staff", cookie)
    assert thief.get("/today").location.startswith("/login")


def test_a_session_ends_after_twelve_hours(world: World, operator: Page) -> None:
    world.clock.passes(hours=11, minutes=59)
    assert operator.get("/today").status_code == 200
    world.clock.passes(minutes=2)
    assert operator.get("/today").location.startswith("/login")


def test_a_lost_role_is_lost_at_once(world: World, operator: Page) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM memberships")
    assert operator.get("/today").location.startswith("/login")


def test_the_database_holds_no_cookie(world: World, operator: Page) -> None:
    cookie = operator.client.get_cookie("staff").value
    assert cookie not in str(world.everything()["staff_sessions"])


def test_a_new_password_ends_every_other_session(world: World, operator: Page) -> None:
    elsewhere = world.logged_in(Role.OPERATOR)
    new = "copper window thursday"
    answer = operator.post("/password", {"current": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 303
    assert operator.get("/today").status_code == 200
    assert elsewhere.get("/today").location.startswith("/login")
    form = {"email": world.email_of(Role.OPERATOR, world.ours), "password": new}
    assert world.browser().post("/login", form).status_code == 303


def test_all_that_is_wrong_with_a_new_password_is_said_at_once(operator: Page) -> None:
    answer = operator.post("/password", {"current": "no", "new": "short", "again": "other"})
    assert answer.status_code == 422
    for error in ("not your current password", "at least 12 characters", "not the same as the new"):
        assert error in answer.text


def fail(page: Page, email: str, times: int, address: str = "10.0.0.1") -> list[int]:
    form = {"email": email, "password": "wrong"}
    addressed = {"REMOTE_ADDR": address}
    return [page.post("/login", form, environ_overrides=addressed).status_code for _ in range(times)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing at full cost eight times over would take seconds, and isn't what these tests are about."""
    monkeypatch.setattr("admin_web.passwords._NOBODY", b"$2b$04$" + b"." * 53)


@pytest.mark.usefixtures("quick")
def test_after_eight_failures_log_in_waits_and_says_until_when(world: World) -> None:
    email = world.email_of(Role.OPERATOR, world.ours)
    page = world.browser()
    assert fail(page, email, 9) == [401] * 8 + [429]
    world.clock.passes(minutes=5)
    right = {"email": email, "password": PASSWORD}
    refused = page.post("/login", right, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert refused.status_code == 429
    assert "Try again in 11 minutes" in refused.text
    assert refused.headers["Retry-After"] == "660"
    world.clock.passes(minutes=11)
    assert page.post("/login", right, environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code == 303


@pytest.mark.usefixtures("quick")
def test_a_stranger_s_failures_do_not_lock_the_owner_out(world: World) -> None:
    email = world.email_of(Role.OPERATOR, world.ours)
    fail(world.browser(), email, 9, address="10.66.6.6")
    right = {"email": email, "password": PASSWORD}
    answer = world.browser().post("/login", right, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert answer.status_code == 303


@pytest.mark.usefixtures("quick")
def test_a_colleague_s_failures_do_not_lock_the_counter_out(world: World) -> None:
    fail(world.browser(), "colleague@example.org", 20)
    right = {"email": world.email_of(Role.OPERATOR, world.ours), "password": PASSWORD}
    answer = world.browser().post("/login", right, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert answer.status_code == 303


def test_no_failed_log_in_leaves_an_e_mail_or_address_in_the_count(world: World) -> None:
    fail(world.browser(), "somebody@example.org", 1)
    kept = str(world.everything()["login_failures"])
    assert "somebody" not in kept
    assert "10.0.0.1" not in kept


def test_a_form_without_the_token_changes_nothing(world: World, operator: Page) -> None:
    other_browser = world.logged_in(Role.OPERATOR).token()
    before = world.everything()
    path = f"/queues/{world.ours.queue_id}/start"
    for form in ({}, {"csrf_token": "x"}, {"csrf_token": other_browser}):
        answer = operator.client.post(path, data=form)
        assert answer.status_code == 400
        assert "too old" in text_of(answer)
    assert operator.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert world.everything() == before


def test_a_token_from_before_the_log_in_is_worth_nothing_after_it(world: World) -> None:
    page = world.browser()
    old = page.token()
    form = {"csrf_token": old, "email": world.email_of(Role.OPERATOR, world.ours), "password": PASSWORD}
    page.client.post("/login", data=form)
    assert page.client.post("/logout", data={"csrf_token": old}).status_code == 400


def test_on_https_cookies_are_for_this_host_and_secure(engine: Engine, settings: Settings) -> None:
    public = replace(settings, public_url="https://queue.example.org")
    world = build_world(engine, public)
    page = world.browser()
    secure = {
        "base_url": "https://queue.example.org",
        "environ_overrides": {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
    }
    shown = page.get("/login", **secure)
    token = shown.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": world.email_of(Role.OPERATOR, world.ours), "password": PASSWORD}
    answer = page.client.post("/login", data=form, **secure)
    cookies = [cookie for cookie in answer.headers.getlist("Set-Cookie") if "__Host-staff=" in cookie]
    assert len(cookies) == 1
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookies[0]
    assert all(cookie.startswith("__Host-") for cookie in answer.headers.getlist("Set-Cookie"))
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
