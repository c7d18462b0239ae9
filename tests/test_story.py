"""The main job, played on the real thing in a real browser: six people, three channels, one doctor, two consoles."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.process import free_port
from tests.installation import OWNER, PASSWORD, Installation

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the processes are watched through /proc"),
    pytest.mark.timeout(180),
]

PEOPLE = {
    "sim-telegram:2001": "Aruna",
    "sim-whatsapp:+919800002002": "Bina",
    "sim-sms:+919800002003": "Chetan",
    "sim-telegram:2004": "Deepa",
    "sim-whatsapp:+919800002005": "Eknath",
    "sim-sms:+919800002006": "Farid",
}
PATIENCE = 10_000  # ms; what comes unasked comes within a second or two


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    installation = Installation(tmp_path, free_port())
    with installation.running():
        installation.says("ThreeAway runs at")
        # Where it says, for the port that was free may be somebody else's by now.
        yield installation.said.split("ThreeAway runs at ")[1].split("/\n")[0]


class Phone:
    """One phone on the simulator's page."""

    def __init__(self, page: Page, key: str) -> None:
        self.name = PEOPLE[key]
        self.is_sms = key.startswith("sim-sms")
        self._section = page.locator(f'section[aria-labelledby="phone-{key}"]')
        self._screen = self._section.locator(".screen")

    def says(self, text: str) -> None:
        self._section.locator("input[name=text]").fill(text)
        self._section.locator("form.compose button").click()

    def picks(self, label: str) -> None:
        """Taps the button; on SMS types the number that stands before it."""
        if self.is_sms:
            offered = (line for line in reversed(self.text.splitlines()) if label in line)
            self.says(next(offered).split(".")[0])
            return
        newest = self._screen.locator(".message").last
        closed = newest.locator("details.list:not([open])")
        if closed.count():
            closed.locator("summary").click()
        newest.get_by_role("button", name=label).click()

    def hears(self, text: str) -> None:
        expect(self._screen).to_contain_text(text, timeout=PATIENCE)

    @property
    def text(self) -> str:
        return self._screen.inner_text()

    @property
    def since_booking(self) -> str:
        return self.text.split("Your code")[-1]

    @property
    def token(self) -> str:
        return self.text.split("oken ")[1].split(",")[0]


def all_book(phones: list[Phone]) -> None:
    """From the answer to "hi" to a token in six taps or texts, all six people at the same time."""
    _all(phones, lambda phone: phone.picks("I agree"), hear="What is your full name?")
    _all(phones, lambda phone: phone.says(phone.name), hear="Which place?")
    _all(phones, lambda phone: phone.picks("City Hospital"), hear="for what?")
    _all(phones, lambda phone: phone.picks("Dr Asha Rao"), hear="which day?")
    _all(phones, lambda phone: phone.picks("Earliest free"), hear="Book it?")
    _all(phones, lambda phone: phone.picks("Book it"), hear="Your code")


def _all(phones: list[Phone], act: Callable[[Phone], None], *, hear: str) -> None:
    for phone in phones:
        act(phone)
    for phone in phones:
        phone.hears(hear)


def console(page: Page, base: str) -> Page:
    page.goto(base)
    if page.get_by_role("button", name="Log in").count():
        page.get_by_label("E-mail").fill(OWNER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Open the console").first.click()
    page.get_by_role("button", name="Room 4").click()
    return page


def test_from_hi_to_three_away_and_its_your_turn(browser: Browser, base: str) -> None:
    street = browser.new_page(viewport={"width": 1600, "height": 1400})
    for key in PEOPLE:
        app, handle = key.removeprefix("sim-").split(":")
        street.goto(f"{base}/simulator")
        street.get_by_label("Another person, on").select_option(app)
        street.get_by_label("Number").fill(handle)
        street.get_by_role("button", name="Add the phone").click()
        phone = Phone(street, key)
        phone.says("hi")
        phone.hears("Do you agree?")
    phones = [Phone(street, key) for key in PEOPLE]
    all_book(phones)
    line = sorted(phones, key=lambda phone: phone.token)
    tokens = [phone.token for phone in line]
    assert len(set(tokens)) == 6

    staff = browser.new_context()
    first, second = console(staff.new_page(), base), console(staff.new_page(), base)
    board = browser.new_page()
    board.goto(f"{base}/board/city-hospital")
    first.get_by_role("button", name="Start").click()
    line[3].hears("you're 3 away")
    assert "away" not in line[4].since_booking

    first.get_by_role("button", name=f"Next: {tokens[0]}").click()
    line[0].hears("it's your turn")
    line[4].hears("you're 3 away")
    assert "3 away" not in line[5].since_booking
    expect(second.get_by_role("button", name=f"Next: {tokens[1]}")).to_be_visible(timeout=PATIENCE)
    expect(board.locator("body")).to_contain_text(tokens[0], timeout=PATIENCE)
    assert not any(phone.name in board.content() for phone in phones)

    line[2].says("menu")
    line[2].hears("What would you like to do?")
    line[2].picks("My appointments")
    line[2].hears("Your appointments")
    line[2].picks("Dr Asha Rao")
    line[2].hears("Give up this visit")
    line[2].picks("Give up this visit")
    line[2].hears("Your time goes to somebody else")
    line[2].picks("Give it up")
    line[2].hears("is cancelled")
    line[5].hears("you're 3 away")

    first.get_by_role("button", name=f"Next: {tokens[1]}").click()
    line[1].hears("it's your turn")
    expect(second.get_by_role("button", name=f"Next: {tokens[3]}")).to_be_visible(timeout=PATIENCE)

    first.get_by_role("button", name="Undo").click()
    line[1].hears("not your turn yet after all")
    expect(second.get_by_role("button", name=f"Next: {tokens[1]}")).to_be_visible(timeout=PATIENCE)
