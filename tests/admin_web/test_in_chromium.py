"""The pages in a real browser, with a real Redis and the real conversation behind them: what a person sees, unasked."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from werkzeug.serving import make_server

import app
from admin_web import create_app
from admin_web.live import RedisLiveFeed
from admin_web.message_log import ROWS_SHOWN
from domain.conversation.inbox import work_inbox
from domain.notices import Lane
from domain.people import Role
from domain.ports import Sent, Services
from domain.use_cases.deliver import work_outbox
from jobs.announcer import RedisAnnouncer
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from settings import Settings
from tests.admin_web.test_message_log import add as add_message
from tests.admin_web.world import PASSWORD, RunningClock, World, build_world
from tests.use_cases.clinic import MORNING

WIDTHS = {"desk": 1360, "zoomed to 400 %": 320}


Work = Callable[[Services], object]


class WorksHere(RedisAnnouncer):
    """Pokes go to Redis; what is hinted is worked by a thread of this process."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(redis_url)
        self.due: SimpleQueue[Work | None] = SimpleQueue()

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool:
        self.due.put(lambda services: work_outbox(services, outbox_ids))
        return True

    def inbox_due(self, senders: Sequence[tuple[str, str]]) -> bool:
        for channel, handle in senders:
            self.due.put(partial(work_inbox, channel=channel, handle=handle))
        return True


@dataclass
class Site:
    """A running installation: its address, and what stands behind it."""

    address: str
    world: World
    open: Callable[..., Page]

    def console(self, counter: int) -> Page:
        ours = self.world.ours
        page = self.logged_in(Role.OPERATOR, to=f"/queues/{ours.queue_id}?counter={ours.counters[counter]}")
        expect(page.get_by_role("heading", name="Dr Rao")).to_be_visible()
        return page

    def logged_in(self, role: Role, *, to: str) -> Page:
        page = self.open()
        page.goto(f"{self.address}/login?next={to}")
        page.get_by_label("E-mail").fill(self.world.email_of(role, self.world.ours))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        return page


@pytest.fixture
def site(sqlite_url: str, redis_url: str, tmp_path: Path, browser: Browser) -> Iterator[Site]:
    settings = Settings.from_env(
        {
            "DATABASE_URL": sqlite_url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(tmp_path),
        }
    )
    engine = make_engine(sqlite_url, pool_size=20)
    world = build_world(engine, settings, clock=RunningClock())
    announcer, feed = WorksHere(redis_url), RedisLiveFeed(redis_url)
    uow = partial(SqlUnitOfWork, engine, announcer=announcer, clock=world.clock)
    world.ours.uow = uow
    channels = app._simulated_channels(uow, cast(Any, world.clock))
    services = replace(world.services, uow=uow, announcer=announcer, live=feed, channels=channels)
    server = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    threads = [
        threading.Thread(target=server.serve_forever, daemon=True),
        threading.Thread(target=_work, args=(services, announcer.due), daemon=True),
    ]
    for thread in threads:
        thread.start()
    contexts: list[Any] = []

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        return contexts[-1].new_page()

    yield Site(address=f"http://127.0.0.1:{server.server_port}", world=world, open=open_page)
    for context in contexts:
        context.close()
    announcer.due.put(None)
    feed.close()
    server.shutdown()
    for thread in threads:
        thread.join(10)
    server.server_close()
    announcer.close()
    engine.dispose()


def _work(services: Services, due: SimpleQueue[Work | None]) -> None:
    while (work := due.get()) is not None:
        work(services)


def phone(page: Page, app_name: str) -> Locator:
    return page.locator(".phone", has_text=app_name).first


def write(on: Locator, text: str) -> None:
    on.get_by_placeholder("Message").fill(text)
    on.get_by_role("button", name="Send").click()


def newest(on: Locator) -> Locator:
    return on.locator(".message").last


def test_two_consoles_the_board_and_a_phone_see_next_without_a_reload(site: Site) -> None:
    asha, ravi = (site.world.ours.book(name) for name in ("asha", "ravi"))
    first, second = site.console(0), site.console(1)
    board, ticket = site.open(), site.open()
    board.goto(f"{site.address}/board/clinic")
    ticket.goto(f"{site.address}/t/{ravi.visit.link}")
    expect(ticket.locator("h1")).to_have_text("Dr Rao has not started yet.")

    first.get_by_role("button", name="Start").click()
    expect(second.locator("#press-next")).to_contain_text(f"Next: {asha.ticket.token}")
    expect(ticket.locator("h1")).to_have_text("1 person is ahead of you")

    second.locator("#walk-in-name").fill("half typed")
    first.locator("#press-next").click()
    expect(first.get_by_role("status").filter(has_text="is called")).to_be_visible()
    expect(second.locator("#press-next")).to_contain_text(f"Next: {ravi.ticket.token}")
    expect(second.locator(".elsewhere")).to_contain_text("09-01 is at Room 1")
    expect(second.locator("#walk-in-name")).to_have_value("half typed")
    expect(second.locator("#walk-in-name")).to_be_focused()
    expect(board.locator(".newest")).to_contain_text("09-01")
    expect(ticket.locator("h1")).to_have_text("You are next")

    second.locator("#press-next").click()
    expect(board.locator(".newest")).to_contain_text("09-02")
    expect(ticket.locator("h1")).to_have_text("It's your turn. Go to Room 2 now.")


def test_a_press_that_is_repeated_before_its_answer_is_sent_once(site: Site) -> None:
    for name in ("asha", "ravi", "meera"):
        site.world.ours.book(name)
    site.world.ours.start()
    console = site.console(0)
    held: list[Route] = []
    console.route("**/next", lambda route: held.append(route))  # noqa: PLW0108 - Playwright asks its handler for a signature
    # In one step: between finding the button and measuring it the page may have put a fresh one in its place.
    x, y = console.evaluate(
        "(({x, y}) => [x, y])(document.querySelector('#press-next').getBoundingClientRect())"
    )
    for _ in range(2):
        console.mouse.click(x + 50, y + 50)
        console.wait_for_timeout(100)
    assert len(held) == 1
    held[0].continue_()
    expect(console.locator(".token-now")).to_contain_text("09-01")
    expect(console.locator("#press-next")).to_contain_text("Next: 09-02")
    expect(console.get_by_role("status").filter(has_text="09-01 is called")).to_be_visible()


def test_back_after_a_walk_in_brings_a_new_form(site: Site) -> None:
    site.world.ours.start()
    console = site.console(0)
    console.locator("#walk-in-name").fill("Meera")
    console.locator("#press-walk-in").dblclick()
    expect(console.locator(".slip-token")).to_have_text("W-01")
    console.go_back()
    expect(console.locator(".rows")).to_contain_text("Meera")
    console.locator("#walk-in-name").fill("Nasreen")
    console.locator("#press-walk-in").click()
    expect(console.locator(".slip-token")).to_have_text("W-02")


def test_a_page_that_the_browser_kept_as_it_was_loads_anew(site: Site) -> None:
    console = site.console(0)
    before = console.locator("[name=form_key]").get_attribute("value")
    assert before
    console.wait_for_load_state("load")  # by then the page's scripts listen
    with console.expect_navigation():
        console.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert console.locator("[name=form_key]").get_attribute("value") not in {before, None}


def test_a_time_is_booked_for_somebody_at_the_desk(site: Site) -> None:
    console = site.console(0)
    console.get_by_role("link", name="Book for later").click()
    console.get_by_role("radio", name="10:00–10:30").check()
    console.get_by_label("Name").fill("Meera Joshi")
    console.get_by_role("button", name="Book and print the token").dblclick()
    expect(console.locator(".slip-token")).to_have_text("10-01")
    expect(console.locator(".slip")).to_contain_text("10:00")
    console.get_by_role("link", name="Back").click()
    expect(console.locator(".rows")).to_contain_text("Meera Joshi")
    expect(console.locator("#at-counter")).to_have_text("Room 1")


def test_a_booking_is_moved_and_called_off_without_scripts(site: Site) -> None:
    booked = site.world.ours.book("Asha Kumar")
    console = site.console(0)
    plain = console.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    plain.add_cookies(cast(Any, console.context.cookies()))
    page = plain.new_page()
    page.goto(console.url)
    page.get_by_role("link", name="Asha Kumar").click()
    expect(page.get_by_role("radio", name="09:00–09:30")).to_be_disabled()
    page.get_by_role("radio", name="10:00–10:30").check()
    page.get_by_role("button", name="Move the booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("10-01 Asha Kumar")
    page.get_by_role("link", name="Call off the booking").click()
    page.get_by_role("button", name="Yes, call it off").click()
    expect(page.get_by_role("status")).to_have_text("10-01 is called off. They are told by message.")
    page.get_by_role("link", name="Back").click()
    expect(page.locator(".line")).to_contain_text("Nobody is in the line.")
    with site.world.make_uow() as uow:
        assert uow.tickets.live_of(booked.appointment.id) is None
    plain.close()


def test_phones_book_side_by_side_and_hear_of_their_turn(site: Site) -> None:
    page = site.open(viewport={"width": 1360, "height": 900})
    page.goto(f"{site.address}/simulator")
    telegram, sms = phone(page, "Telegram"), phone(page, "SMS")
    write(telegram, "hi")
    newest(telegram).get_by_role("button", name="I agree").click()
    expect(newest(telegram)).to_contain_text("full name")
    write(telegram, "Asha Kumar")
    _book(telegram)
    expect(newest(telegram)).to_contain_text("09-01")
    write(sms, "hi")
    expect(newest(sms)).to_contain_text("segment")
    expect(newest(sms)).to_contain_text("1. I agree")
    site.world.ours.start()
    site.world.ours.next()
    expect(telegram.locator(".message", has_text="it's your turn")).to_be_visible(timeout=10_000)


def _book(telegram: Locator) -> None:
    """Taps on: the place, the service, the earliest time, yes."""
    for label in ("Clinic", "Dr Rao", "Earliest", "Book it"):
        newest(telegram).get_by_role("button", name=label).first.click()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_page_scrolls_sideways_and_every_target_is_large_enough(site: Site, width: int) -> None:
    booked = [site.world.ours.book(f"Patient with a rather long name {n}") for n in range(3)]
    site.world.ours.start()
    console = site.console(0)
    console.set_viewport_size({"width": width, "height": 700})
    ours = site.world.ours
    for path in (
        console.url.removeprefix(site.address),
        f"/queues/{ours.queue_id}",
        "/today",
        f"/services/{ours.service_id}/appointments/new",
        f"/appointments/{booked[1].appointment.id}",
        f"/appointments/{booked[1].appointment.id}?ask=call-off",
        f"/tickets/{booked[0].ticket.id}/paper",
        "/password",
        f"/services/{ours.service_id}/days/2026-11-23/list",
        f"/t/{booked[0].visit.link}",
        "/board/clinic",
        "/simulator",
    ):
        console.goto(site.address + path)
        _fits(console, width)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_long_message_log_fits_any_screen(site: Site, width: int) -> None:
    ticket = site.world.ours.book("asha").ticket
    failed = add_message(site.world, ticket_id=ticket.id, error="unreachable 63024")
    sms = Sent("m", "sms", 12_345)
    add_message(site.world, channel="sms", ticket_id=ticket.id, fallback_of=failed, sent=sms)
    for _ in range(ROWS_SHOWN):
        add_message(site.world, ticket_id=ticket.id, said="Come to the counter. " * 9)
    with site.world.make_uow() as uow:
        uow.alarms.ring("k", told="Filtered.", todo=f"See https://example.org/{'x' * 60}", now=MORNING)
        uow.commit()
    page = site.logged_in(Role.MANAGER, to="/messages")
    page.set_viewport_size({"width": width, "height": 700})
    page.get_by_text("What was said").first.click()
    expect(page.locator(".said").first).to_be_visible()
    _fits(page, width)
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.get_by_text("This address can't be reached (63024).")).to_be_visible()
    _fits(page, width)
    page.get_by_role("link", name="Only problems").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_text("Something only people can mend.")).to_be_visible()
    _fits(page, width)


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert page.evaluate(_TOO_SMALL) == [], page.url
    assert page.evaluate(_UNNAMED) == [], page.url


_TOO_SMALL = """() => [
    ...document.querySelectorAll("button, input:not([type=hidden]), select, summary, nav a, a.button")
].filter((e) => e.checkVisibility() && (e.offsetHeight < 44 || e.offsetWidth < 24)).map((e) => e.outerHTML)"""
_UNNAMED = """() => [
    ...document.querySelectorAll("input:not([type=hidden]), select, button")
].filter((e) => e.checkVisibility() && !(e.labels?.length || e.innerText.trim() || e.ariaLabel))
    .map((e) => e.outerHTML)"""


def test_a_console_works_by_keyboard_alone(site: Site) -> None:
    site.world.ours.book("asha")
    site.world.ours.start()
    console = site.console(0)
    console.keyboard.press("Tab")
    expect(console.get_by_role("link", name="Skip to the content")).to_be_focused()
    console.keyboard.press("Enter")
    for _ in range(8):
        if console.evaluate("document.activeElement.id") == "press-next":
            break
        console.keyboard.press("Tab")
    expect(console.locator("#press-next")).to_be_focused()
    console.keyboard.press("Enter")
    expect(console.locator(".token-now")).to_contain_text("09-01")


def test_the_browser_itself_complains_of_nothing(site: Site) -> None:
    """Among others: what the content security policy would have had to stop."""
    complaints: list[str] = []
    console = site.console(0)
    console.on(
        "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    console.on("pageerror", lambda error: complaints.append(str(error)))
    for path in ("/today", f"/queues/{site.world.ours.queue_id}", "/board/clinic", "/simulator", "/password"):
        console.goto(site.address + path)
        console.wait_for_timeout(200)
    assert complaints == []
