"""From the wording to the phone: what was made at Twilio is what our sender fills, for every notice and language."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.conversation.messages import Reply, Text
from domain.ports import Outgoing, Services, UnitOfWork
from domain.texts.catalogue import load
from domain.texts.compose import replies_as_data
from domain.use_cases.approved import approved_words
from domain.use_cases.deliver import work_outbox
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from settings import Settings
from tests.delivery.reach import a_person, remind
from tests.delivery.world import Hospital, KeptHints, SetClock, services_for
from tests.doubles.kept_pace import KeptPace
from tests.texts.sms_lengths import AT, LONGEST, NOTICES
from tests.texts.test_locales import LOCALES
from tests.twilio.twilio_api import WHATSAPP_FROM, TwilioApi
from whatsapp.approval import make_contents, refresh_states
from whatsapp.channel import twilio_channels
from whatsapp.client import TwilioClient
from whatsapp.contents import definitions

ASHA = "+919800000001"
CATALOGUE = load()
WANTED = [definition for definition in definitions(CATALOGUE) if not definition.is_frame]


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture
def settings(api: TwilioApi, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "TWILIO_ACCOUNT_SID": api.account,
            "TWILIO_AUTH_TOKEN": api.token,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
            "TWILIO_API_URL": api.root,
            "SECRET_KEY": "k" * 40,
            "VAR_DIR": str(tmp_path),
        }
    )


@pytest.fixture
def services(api: TwilioApi, settings: Settings, sqlite_url: str) -> Iterator[Services]:
    """With WhatsApp for real, whose templates are all approved."""
    clock, hints = SetClock(), KeptHints()
    engine = make_engine(sqlite_url)
    client = TwilioClient(settings)

    def begin() -> UnitOfWork:
        return SqlUnitOfWork(engine, announcer=hints, clock=clock)

    channels = twilio_channels(settings, pace=KeptPace(), uow=begin, client=client)
    make_contents(client, begin, wanted=WANTED, now=clock.at)
    api.approves_all()
    refresh_states(client, begin, wanted=WANTED, now=clock.at)
    made = services_for(begin, channels=[*channels.values()], announcer=hints, clock=clock, settings=settings)
    yield replace(made, catalogue=CATALOGUE)
    client.close()
    engine.dispose()


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_every_notice_is_read_as_it_was_approved(api: TwilioApi, services: Services, language: str) -> None:
    channel = services.channels["whatsapp"]
    for key in NOTICES:
        params = {**LONGEST[language], "at": AT, "token": "1030-02", "code": "123456", "ahead": 12}
        said = replies_as_data([Reply(Text(key, params))], revision=0, first=1)
        with services.uow() as uow:
            approved = approved_words(uow, said, channel=channel, languages=[language], catalogue=CATALOGUE)
        assert approved is not None, key
        outgoing = Outgoing(ASHA, (), None, "reminder", services.clock.now(), approved=approved)
        sent = channel.sender.send(outgoing)
        message = api.message(sent.provider_id)
        assert sent.form == "template"
        assert message.is_template
        if key != "notice-code":  # WhatsApp says that in its own words
            assert message.body == approved.text
        assert "{{" not in message.body
    api.settles()
    assert {message.status for message in api.messages} == {"delivered"}


@pytest.mark.parametrize(
    ("language", "begins"), [("en", "For Dr Asha Rao: your visit is"), ("hi", "सूचना, Dr Asha Rao:")]
)
def test_who_has_not_written_for_days_is_reminded_in_their_language(
    api: TwilioApi, services: Services, language: str, begins: str
) -> None:
    clock = services.clock
    assert isinstance(clock, SetClock)
    hospital = Hospital(services, clock)
    hospital.open_doors()
    asha = a_person(hospital, ASHA, ["whatsapp"])
    asha.change("whatsapp", language=language)
    clock.forward(days=1)
    remind(hospital, asha)
    work_outbox(services, hospital.due())
    (message,) = api.messages
    assert message.is_template
    assert message.body.startswith(begins)


@pytest.mark.parametrize(
    "said", [{"status": "rejected"}, {"status": "paused"}, {"status": "approved", "category": "MARKETING"}]
)
def test_what_whatsapp_takes_back_is_said_in_another_language(
    api: TwilioApi, services: Services, settings: Settings, said: dict[str, str]
) -> None:
    clock = services.clock
    assert isinstance(clock, SetClock)
    reminder = next(one for one in WANTED if (one.name, one.language) == ("notice-reminder", "hi"))
    api.decides(reminder.approval_name, **said)
    client = TwilioClient(settings)
    refresh_states(client, services.uow, wanted=WANTED, now=clock.at)
    client.close()
    hospital = Hospital(services, clock)
    hospital.open_doors()
    asha = a_person(hospital, ASHA, ["whatsapp"])
    asha.change("whatsapp", language="hi")
    clock.forward(days=1)
    remind(hospital, asha)
    work_outbox(services, hospital.due())
    assert [message.body.partition(":")[0] for message in api.messages] == ["For Dr Asha Rao"]
