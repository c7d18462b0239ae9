"""Headers, health, errors and logs: what every answer promises, and what a failing one still says."""

import json
import logging
import re
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from admin_web import create_app
from admin_web.access import public
from settings import Settings
from tests.admin_web.world import Page, World, build_world, text_of


class DatabaseIsAway(Exception):
    """What persistence raises when it can't be reached."""


def reasons(answer: TestResponse) -> list[str]:
    assert answer.json is not None
    found: list[str] = answer.json["reasons"]
    return found


class NoUnitOfWork:
    def __enter__(self) -> None:
        raise DatabaseIsAway

    def __exit__(self, *_: object) -> None:
        raise AssertionError


@pytest.mark.parametrize(
    "path", ["/login", "/today", "/nowhere", "/healthz", "/board/clinic", "/static/live.js"]
)
def test_every_answer_forbids_what_is_not_ours(world: World, path: str) -> None:
    answer = world.browser().get(path)
    headers = answer.headers
    answer.close()
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]
    assert headers["X-Request-Id"]


def test_no_page_has_an_inline_script_style_or_handler(world: World, manager: Page) -> None:
    world.ours.book("asha")
    for path in (
        "/login",
        "/today",
        f"/queues/{world.ours.queue_id}",
        "/services",
        "/board/clinic",
        "/simulator",
    ):
        html = manager.get(path).text
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=\"", html), path


def test_a_bug_says_sorry_on_a_page_and_leaves_a_trace_without_personal_data(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise ValueError("Asha Kumar")

    world.app.add_url_rule("/broken", view_func=public(broken))
    answer = world.browser().get("/broken?name=Asha")
    assert answer.status_code == 500
    assert "Something broke on our side" in text_of(answer)
    fault = next(json.loads(r.message) for r in caplog.records if r.levelno == logging.ERROR)
    assert fault["error"] == "ValueError"
    assert fault["request_id"] == answer.headers["X-Request-Id"]
    assert any("broken" in place for place in fault["trace"])
    assert "Asha" not in caplog.text


def test_a_request_s_log_line_has_no_link_handle_or_name(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    booked = world.ours.book("asha")
    with caplog.at_level(logging.INFO, logger="threeaway.web"):
        world.browser().get(f"/t/{booked.visit.link}?utm=asha")
    line = json.loads(caplog.records[-1].message)
    assert line["route"] == "/t/<link>"
    assert line["status"] == 200
    assert booked.visit.link not in caplog.text
    assert "asha" not in caplog.text


def test_a_form_that_is_too_large_is_refused_and_changes_nothing(world: World, operator: Page) -> None:
    before = world.everything()
    answer = operator.post(f"/queues/{world.ours.queue_id}/walk-ins", {"name": "x" * 100_000})
    assert answer.status_code == 413
    assert "Nothing was changed" in text_of(answer)
    assert world.everything() == before


@pytest.mark.parametrize("path", ["/queues/99999999999999999999", "/queues/-1", "/queues/x", "/services/0"])
def test_an_id_that_can_not_be_is_not_there(manager: Page, path: str) -> None:
    assert manager.get(path).status_code == 404


def test_what_no_database_takes_is_refused_before_it_is_asked(world: World, operator: Page) -> None:
    path = f"/counters/{world.ours.counters[0]}/next"
    assert operator.post(path, {"queue": "9" * 30, "version": "1"}).status_code == 400
    assert operator.post(f"/queues/{world.ours.queue_id}/walk-ins", {"name": "a\0b"}).status_code == 400
    assert operator.get("/t/a%00b").status_code == 400
    assert operator.get("/board/clinic?x=%00").status_code == 400


def test_a_form_s_address_opened_as_a_page_says_so(world: World, operator: Page) -> None:
    answer = operator.get(f"/queues/{world.ours.queue_id}/start")
    assert answer.status_code == 405
    assert "takes forms only" in text_of(answer)


def test_while_the_database_is_away_pages_say_so_and_come_back_by_themselves(world: World) -> None:
    away = replace(world.services, uow=cast(Any, NoUnitOfWork))
    client = create_app(away, unavailable_errors=(DatabaseIsAway,)).test_client()
    answer = client.get("/board/clinic")
    assert answer.status_code == 503
    assert "The database can't be reached" in text_of(answer)
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Refresh"] == "5"
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert reasons(ready) == ["the database can't be read"]


def test_while_the_database_is_away_a_press_says_to_look_before_it_is_repeated(world: World) -> None:
    away = replace(world.services, uow=cast(Any, NoUnitOfWork))
    page = Page(create_app(away, unavailable_errors=(DatabaseIsAway,)).test_client())
    answer = page.post("/login", {"email": "a@example.org", "password": "twelve letters"})
    assert answer.status_code == 503
    assert "see how things stand before you press again" in text_of(answer)
    assert "Refresh" not in answer.headers


def test_a_browser_without_a_cookie_is_sent_to_log_in_without_asking_the_database(world: World) -> None:
    away = replace(world.services, uow=cast(Any, NoUnitOfWork))
    answer = create_app(away, unavailable_errors=(DatabaseIsAway,)).test_client().get("/today")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/today"


def test_ready_names_every_reason_why_not(engine: Engine, settings: Settings) -> None:
    faults: list[str] = []
    world = build_world(engine, settings, ready=lambda: faults)
    client = world.app.test_client()
    assert [reason.split(": ")[0] for reason in reasons(client.get("/readyz"))] == [
        "worker:inbox",
        "worker:alerts",
        "worker:bulk",
        "clock",
    ]
    with world.make_uow() as uow:
        for process in ("worker:inbox", "worker:alerts", "worker:bulk", "clock"):
            uow.heartbeats.beat(process, now=world.clock.now())
        uow.commit()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "reasons": []})
    faults.append("the migrations are not at their head")
    assert reasons(client.get("/readyz")) == faults
    faults.clear()
    world.clock.passes(minutes=2)
    assert client.get("/readyz").status_code == 503


def test_a_notice_that_nobody_sends_makes_us_unready(world: World) -> None:
    world.ours.book("asha")
    world.ours.start()
    world.ours.next()
    world.clock.passes(minutes=3)
    assert any("a notice has been due" in reason for reason in reasons(world.browser().get("/readyz")))
