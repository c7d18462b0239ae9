"""`whatsapp-templates`, as a person types it, and the clock's hourly look: real processes, and a double of Twilio."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import app
from domain.ports import Services
from domain.texts.catalogue import load
from embedded.process import free_port
from jobs.aside import Aside
from jobs.clock import Step
from persistence.memory import memory_uow
from tests.delivery.world import KeptHints, SetClock, services_for
from tests.doubles.faults import Fault
from tests.test_commands import Terminal
from tests.twilio.twilio_api import TOKEN, WHATSAPP_FROM, TwilioApi
from tests.whatsapp.posting import twilio_settings
from whatsapp.client import TwilioClient
from whatsapp.contents import definitions
from whatsapp.terminal import create, look_again

WANTED = definitions(load())
FRAMES = sum(one.is_frame for one in WANTED)
NEAR = next(one for one in WANTED if (one.name, one.language) == ("notice-near", "hi"))
HOUR = 3600.0


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture
def whatsapp(api: TwilioApi) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": api.account,
        "TWILIO_AUTH_TOKEN": api.token,
        "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
        "TWILIO_API_URL": api.root,
    }


@pytest.fixture
def terminal(tmp_path: Path, whatsapp: dict[str, str]) -> Callable[..., tuple[int, str, str]]:
    """At an installation with WhatsApp, but for what is said otherwise: exit code, output and complaints."""
    at_hand = Terminal(tmp_path)
    at_hand.app("migrate")

    def types(command: str, **otherwise: str) -> tuple[int, str, str]:
        done = at_hand.app("whatsapp-templates", command, **(whatsapp | otherwise))
        return done.returncode, done.stdout, done.stderr

    return types


def test_templates_are_made_once_and_their_fate_is_shown(
    api: TwilioApi, terminal: Callable[..., tuple[int, str, str]]
) -> None:
    code, said, complaint = terminal("create")
    assert (code, complaint) == (0, "")
    assert said.count("made     ") == len(WANTED) == len(api.contents)
    assert "made     notice-near, Hindi\n" in said
    assert said.endswith(
        f"In all: {FRAMES} can be sent, 18 waiting for WhatsApp's approval.\n"
        "WhatsApp takes up to two days. Until then it goes in another language or by SMS.\n"
    )
    code, said, _ = terminal("create")
    assert (code, said.partition("\n")[0]) == (0, f"{len(WANTED)} were there already.")
    api.approves_all()
    api.decides(NEAR.approval_name, "approved", category="MARKETING")
    code, said, _ = terminal("status")
    lines = said.splitlines()
    assert code == 1
    assert lines[0].split() == ["text", "language", "state", "category", "reason"]
    assert "notice-near         Hindi     approved  MARKETING       not taken for UTILITY" in lines
    assert "notice-code         Hindi     approved  AUTHENTICATION" in lines
    assert lines[-3:-1] == [
        f"Buttons and lists: {FRAMES} can be sent.",
        f"In all: {len(WANTED) - 1} can be sent, 1 refused.",
    ]
    api.decides(NEAR.approval_name, "approved", category="UTILITY")
    assert terminal("status")[0] == 0


def test_before_anything_is_made_the_status_says_how_to_make_it(
    terminal: Callable[..., tuple[int, str, str]],
) -> None:
    code, said, _ = terminal("status")
    assert code == 1
    assert said.count("not made") == 18
    assert said.endswith(
        f"In all: {len(WANTED)} to be made.\npython app.py whatsapp-templates create makes what is missing.\n"
    )


@pytest.mark.parametrize(
    ("command", "otherwise", "told"),
    [
        ("create", {"TWILIO_AUTH_TOKEN": "wrong-token"}, "Twilio doesn't let us in"),
        ("status", {"TWILIO_API_URL": f"http://127.0.0.1:{free_port()}"}, "Twilio doesn't answer."),
        (
            "status",
            {"TWILIO_WHATSAPP_FROM": "", "TWILIO_SMS_FROM": "+15017122661"},
            "There is no WhatsApp here",
        ),
    ],
)
def test_why_it_can_t_be_is_said_in_a_sentence(
    terminal: Callable[..., tuple[int, str, str]], command: str, otherwise: dict[str, str], told: str
) -> None:
    code, said, complaint = terminal(command, **otherwise)
    assert (code, said) == (2, "")
    assert complaint.startswith(told)
    assert "Traceback" not in complaint
    assert "wrong-token" not in complaint
    assert TOKEN not in complaint


def services(api: TwilioApi, tmp_path: Path, clock: SetClock) -> Services:
    settings = replace(
        twilio_settings(tmp_path, TWILIO_ACCOUNT_SID=api.account, TWILIO_AUTH_TOKEN=api.token),
        twilio_api_url=api.root,
    )
    uow = memory_uow(KeptHints(), clock=clock)
    made = services_for(uow, channels=[], announcer=KeptHints(), clock=clock, settings=settings)
    return replace(made, catalogue=load())


def test_the_clock_looks_while_something_may_change(api: TwilioApi, tmp_path: Path) -> None:
    clock = SetClock()
    here = services(api, tmp_path, clock)
    step = next(step for step in app.provider_steps(here) if step.name == "WhatsApp templates")
    assert step.every == HOUR
    goes(step, here)
    assert looks(api) == 0, "nothing was made yet"
    client = TwilioClient(here.settings)
    create(here, client)
    client.close()
    before = looks(api)
    api.approves_all()
    goes(step, here)
    assert looks(api) == before, "they were looked at just now"
    clock.forward(hours=1)
    goes(step, here)
    goes(step, here)
    assert looks(api) == before + 1
    with here.uow() as uow:
        states = {content.state for content in uow.contents.of(channel="whatsapp", account=api.account)}
    assert states == {"approved", "unsubmitted"}, "frames are never submitted"
    clock.forward(hours=2)
    goes(step, here)
    assert looks(api) == before + 1, "all is settled"


def test_a_twilio_that_is_away_is_a_line_in_the_clocks_log(
    api: TwilioApi, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SetClock()
    here = services(api, tmp_path, clock)
    client = TwilioClient(here.settings)
    create(here, client)
    clock.at += timedelta(hours=1)
    api.fail("contents_and_approvals.list", Fault.BAD_GATEWAY)
    with caplog.at_level(logging.WARNING):
        look_again(here, client)
    client.close()
    assert [record.exc_info for record in caplog.records] == [None]
    assert "is not known" in caplog.text


def test_without_whatsapp_the_clock_has_no_templates_to_look_at(api: TwilioApi, tmp_path: Path) -> None:
    here = services(api, tmp_path, SetClock())
    without = replace(here, settings=replace(here.settings, twilio_whatsapp_from=""))
    assert "WhatsApp templates" not in [step.name for step in app.provider_steps(without)]


def goes(step: Step, services: Services) -> None:
    """To the end, aside of the clock as it is."""
    assert isinstance(step.run, Aside)
    step.run(services)
    step.run.wait()


def looks(api: TwilioApi) -> int:
    return len([call for call in api.calls if call.operation == "contents_and_approvals.list"])
