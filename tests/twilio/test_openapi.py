"""Everything that we send is what Twilio's own OpenAPI description allows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from domain.conversation.messages import Message, Option
from domain.ids import OutboxId
from domain.ports import Approved, Channel, Outgoing, Services, UnitOfWork
from domain.texts.catalogue import load
from persistence.memory import memory_uow
from settings import Settings
from tests.delivery.world import services_for
from tests.doubles.kept_pace import KeptPace
from tests.telegram.taking_in import WallClock
from tests.twilio.prism import missing, named, prism_before
from tests.twilio.twilio_api import ACCOUNT, SERVICE, SMS_FROM, TOKEN, WHATSAPP_FROM, TwilioApi
from tests.use_cases.clinic import SilentAnnouncer
from whatsapp.approval import make_contents, refresh_states
from whatsapp.channel import twilio_channels
from whatsapp.check import twilio_findings
from whatsapp.client import TwilioClient
from whatsapp.contents import definitions
from whatsapp.frames import FRAMES, Frame
from whatsapp.look_back import LookBack

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
ASHA = "+919800000001"
DEFINED = definitions(load())
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture(scope="module")
def prism(twilio: TwilioApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prism_before(twilio.root, tmp_path_factory.mktemp("prism")) as root:
        yield root


@pytest.fixture
def api(twilio: TwilioApi) -> Iterator[TwilioApi]:
    """Behind the description; whatever reaches it in a test had parameters that are named there."""
    twilio.forgets()
    yield twilio
    for call in twilio.calls:
        assert call.params.keys() <= named(call.route), call


@pytest.fixture
def settings(prism: str, tmp_path: Path) -> Settings:
    told = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
        "TWILIO_SMS_FROM": SMS_FROM,
        "TWILIO_API_URL": prism,
        "VAR_DIR": str(tmp_path),
    }
    return replace(Settings.from_env(told), public_url="https://queue.example.org")


@pytest.fixture
def uow() -> Callable[[], UnitOfWork]:
    return memory_uow(SilentAnnouncer())


@pytest.fixture
def client(settings: Settings) -> Iterator[TwilioClient]:
    made = TwilioClient(settings)
    yield made
    made.close()


Connect = Callable[..., dict[str, Channel]]


@pytest.fixture
def connect(settings: Settings, uow: Callable[[], UnitOfWork], client: TwilioClient) -> Connect:
    """The real channels, by settings that differ so."""
    return lambda **other: twilio_channels(
        replace(settings, **other), pace=KeptPace(), uow=uow, client=client
    )


def saying(text: str, *, choices: int = 0, **more: Any) -> Outgoing:
    options = tuple(Option(f"3:{n}", n, f"Choice {n}") for n in range(1, choices + 1))
    message = Message(text, options=options, choose="Choose")
    not_after = datetime.now(UTC) + timedelta(minutes=5)
    return Outgoing(ASHA, (message,), OutboxId(17), "reply", not_after, **more)


@pytest.mark.parametrize(
    "sender",
    [
        {},
        {"twilio_sms_from": "CITYCLINIC"},
        {"twilio_sms_from": "", "twilio_messaging_service_sid": SERVICE},
        {"twilio_messaging_service_sid": SERVICE},
    ],
)
def test_sms_is_taken(api: TwilioApi, connect: Connect, sender: dict[str, str]) -> None:
    connect(**sender)["sms"].sender.send(saying("आपकी बारी", choices=3))
    (call,) = api.called("messages.create")
    assert {"StatusCallback", "ValidityPeriod"} <= call.keys()


def test_whatsapp_is_taken_also_by_somebody_without_a_number(api: TwilioApi, connect: Connect) -> None:
    for handle in (ASHA, "IN.asha_rao"):
        connect()["whatsapp"].sender.send(replace(saying("Your turn"), handle=handle))
    assert [message.body for message in api.messages] == ["Your turn"] * 2


def test_contents_are_made_submitted_looked_at_and_sent(
    api: TwilioApi, connect: Connect, client: TwilioClient, uow: Callable[[], UnitOfWork]
) -> None:
    made = make_contents(client, uow, wanted=DEFINED, now=datetime.now(UTC))
    assert [(one.definition.name, one.refusal) for one in made if one.refusal or not one.is_new] == []
    assert len(api.called("approvals.create")) == len([one for one in DEFINED if not one.is_frame])
    api.approves_all()
    refresh_states(client, uow, wanted=DEFINED, now=datetime.now(UTC) + timedelta(hours=2))
    whatsapp = connect()["whatsapp"].sender
    for frame in FRAMES.values():
        whatsapp.send(_asking_by(frame))
    with uow() as unit:
        contents = [
            content for content in unit.contents.of(channel="whatsapp", account=ACCOUNT) if content.language
        ]
    for content in contents:
        approved = Approved(content.content_id, content.variables, content.name)
        whatsapp.send(saying("", approved=approved))
    assert len(api.messages) == len(DEFINED)
    assert all("ContentSid" in message.params for message in api.messages)


def _asking_by(frame: Frame) -> Outgoing:
    """A question that goes in this frame and no other."""
    asked = saying("\n".join(["A line"] * frame.lines), choices=frame.choices)
    if not frame.is_list:
        return asked
    (message,) = asked.messages
    long = [replace(option, label=f"{option.label}, too long for a button") for option in message.options]
    return replace(asked, messages=(replace(message, options=tuple(long)),))


def test_what_was_sent_before_is_looked_for_and_asked_after(api: TwilioApi, connect: Connect) -> None:
    sms = connect()["sms"]
    sent = sms.sender.send(saying("Your turn"))
    tried = datetime.now(UTC) - timedelta(seconds=1)
    assert sms.sender.send(saying("Your turn", tried_since=tried)) == sent
    assert sms.ask and sms.ask(sent.provider_id)
    assert [call.operation for call in api.calls] == ["messages.create", "messages.list", "messages.fetch"]


def test_what_twilio_never_posted_is_fetched(
    api: TwilioApi, connect: Connect, client: TwilioClient, settings: Settings, uow: Callable[[], UnitOfWork]
) -> None:
    services: Services = services_for(
        uow, channels=[*connect().values()], announcer=SilentAnnouncer(), clock=WallClock(), settings=settings
    )
    LookBack(client)(services)
    assert len(api.called("messages.list")) == 2


@pytest.mark.parametrize("service", ["", SERVICE])
def test_the_self_checks_questions_are_answered(api: TwilioApi, settings: Settings, service: str) -> None:
    assert twilio_findings(replace(settings, twilio_messaging_service_sid=service), within=20)
    asked = {call.operation for call in api.calls}
    assert {"account.fetch", "senders.list", "services.fetch" if service else "numbers.list"} <= asked


@pytest.mark.parametrize(
    "wrong",
    [{"ValidityPeriod": "two minutes"}, {"MessagingServiceSid": "MG17"}, {"ContentSid": "HX17"}, {"To": ""}],
)
def test_what_the_description_does_not_allow_is_refused(
    api: TwilioApi, prism: str, wrong: dict[str, str]
) -> None:
    """Else nothing here could fail."""
    form = {"To": ASHA, "From": SMS_FROM, "Body": "x"}

    def status(asked: dict[str, str]) -> int:
        return requests.post(f"{prism}{MESSAGES}", data=asked, auth=(ACCOUNT, TOKEN), timeout=10).status_code

    assert status(form) == 201
    assert status({name: value for name, value in (form | wrong).items() if value}) == 422
    assert len(api.messages) == 1


def test_a_content_that_the_description_does_not_allow_is_refused(api: TwilioApi, prism: str) -> None:
    rows = [{"id": "1", "title": "no row of a list has a title"}]
    picker = {"twilio/list-picker": {"body": "Which?", "button": "Choose", "items": rows}}
    asked: Any = {"friendly_name": "x", "language": "en", "types": picker}
    answer = requests.post(f"{prism}/v1/Content", json=asked, auth=(ACCOUNT, TOKEN), timeout=10)
    assert answer.status_code == 422
    assert api.calls == []


def test_a_parameter_that_twilio_does_not_name_is_seen() -> None:
    assert {"StatusCallback", "ContentVariables"} <= named(f"POST {MESSAGES}")
    assert "StatusCallBack" not in named(f"POST {MESSAGES}")
    assert {"To", "DateSent>", "PageSize"} <= named(f"GET {MESSAGES}")
