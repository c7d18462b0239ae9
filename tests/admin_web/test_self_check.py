"""The owner's page of what is needed: plain, in time, and nobody else's."""

from collections.abc import Callable
from threading import Event

import pytest
from sqlalchemy import Engine

from checks.examination import Check, Examiner, Finding
from domain.people import Role
from settings import Settings
from tests.admin_web.world import Page, SteppingClock, World, build_world

TODO = Finding(name="Webhook", ok=False, told="Set to <b>elsewhere</b>.", todo="Start the bot process.")
WELL = Finding(name="Database", ok=True, told="It can be read.")
OwnerOf = Callable[[Check], Page]


@pytest.fixture
def owner_of(engine: Engine, settings: Settings) -> OwnerOf:
    """An owner of an installation at which there is this to look."""

    def log_in(check: Check) -> Page:
        clock = SteppingClock()
        examiner = Examiner([check], clock=clock, within=0.2)
        return build_world(engine, settings, clock=clock, examiner=examiner).logged_in(Role.OWNER)

    return log_in


def test_an_owner_reads_what_to_do_first_and_when_it_was_seen(owner_of: OwnerOf) -> None:
    told = owner_of(Check("all", lambda: [WELL, TODO])).says("/check")
    assert "1 thing to do. Checked at 09:00:00 (Asia/Kolkata)" in told
    assert told.index("Webhook to do") < told.index("Database ok")
    assert "Start the bot process." in told


def test_all_that_is_well_is_said_so(owner_of: OwnerOf) -> None:
    assert "All is well." in owner_of(Check("all", lambda: [WELL])).says("/check")


def test_what_providers_say_is_shown_as_words(owner_of: OwnerOf) -> None:
    assert "&lt;b&gt;elsewhere" in owner_of(Check("all", lambda: [TODO])).get("/check").text


def test_reloading_asks_nobody_again(owner_of: OwnerOf) -> None:
    looks: list[int] = []

    def look() -> list[Finding]:
        looks.append(1)
        return [WELL]

    owner = owner_of(Check("Counts", look))
    assert owner.says("/check") == owner.says("/check")
    assert len(looks) == 1


def test_it_answers_while_a_provider_does_not(owner_of: OwnerOf) -> None:
    released = Event()
    owner = owner_of(Check("Telegram", lambda: [WELL] if released.wait(30) else []))
    try:
        assert "No answer within 0.2 seconds." in owner.says("/check")
    finally:
        released.set()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_it_is_the_owners_page(world: World, role: Role) -> None:
    assert world.logged_in(role).get("/check").status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_today_leads_an_owner_there_and_nobody_else(engine: Engine, settings: Settings, role: Role) -> None:
    page = build_world(engine, settings).logged_in(role)
    assert ('href="/check"' in page.get("/today").text) is (role is Role.OWNER)
