"""What nobody posted is fetched: once, in its order, and for what it is by then."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

import app
from domain.ports import InboxRow, Services, UnitOfWork
from persistence.engine import make_engine
from persistence.memory import memory_uow
from persistence.unit_of_work import SqlUnitOfWork
from settings import Settings
from tests.conversation.test_inbox import StandingClock
from tests.doubles.faults import Fault
from tests.races.race import race
from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import NINE, Town
from tests.twilio.messages import new_sid
from tests.twilio.refusals import UNAUTHENTICATED
from tests.twilio.twilio_api import ACCOUNT, SERVICE, SMS_FROM, TOKEN, WHATSAPP_FROM, TwilioApi
from tests.use_cases.clinic import SilentAnnouncer
from whatsapp.client import TwilioClient
from whatsapp.look_back import EVERY, EVERY_WITHOUT_WEBHOOK, OVERLAP, LookBack, _in_order, begin

ASHA, RAVI = "+919800000001", "+919800000002"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(memory_uow(SilentAnnouncer()), folder=tmp_path, is_wired=False)


@pytest.fixture
def api(town: Town) -> Iterator[TwilioApi]:
    with TwilioApi(now=town.now) as double:
        yield double


@pytest.fixture
def services(town: Town, api: TwilioApi) -> Services:
    town.services = replace(town.services, settings=settings_of(town, api))
    return town.services


@pytest.fixture
def client(services: Services) -> Iterator[TwilioClient]:
    made = TwilioClient(services.settings)
    yield made
    made.close()


@pytest.fixture
def look_back(services: Services, client: TwilioClient) -> LookBack:
    """Has looked once, as it does when an installation starts."""
    made = LookBack(client)
    assert made(services) == 0
    return made


def settings_of(town: Town, api: TwilioApi) -> Settings:
    return replace(
        town.services.settings,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_whatsapp_from=WHATSAPP_FROM,
        twilio_sms_from=SMS_FROM,
        twilio_api_url=api.root,
    )


def stored(services: Services, channel: str = "whatsapp", handle: str = ASHA) -> list[InboxRow]:
    with services.uow() as uow:
        return uow.inbox.waiting(channel=channel, handle=handle, limit=100)


def mark(services: Services, channel: str = "whatsapp") -> timedelta:
    """How long after nine all is known."""
    with services.uow() as uow:
        return uow.look_backs.since(channel, now=services.clock.now()) - NINE


def test_a_message_that_was_never_posted_is_taken_in_once(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    town.passes(60)
    sid = api.phone(ASHA).says("hi 😀")
    town.passes(180)
    assert [look_back(services), look_back(services)] == [1, 0]
    (row,) = stored(services)
    incoming = services.channels["whatsapp"].read(row.payload)
    assert (row.provider_id, incoming.provider_id, incoming.handle) == (sid, sid, ASHA)
    assert (incoming.kind, incoming.text) == ("text", "hi 😀")
    assert incoming.sent_at == NINE + timedelta(minutes=60)


def test_what_was_posted_is_not_taken_in_again(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    town.passes(1)
    sid = api.phone(ASHA).says("hi")
    with services.uow() as uow:
        uow.inbox.add(channel="whatsapp", handle=ASHA, provider_id=sid, payload={}, now=town.now())
        uow.commit()
    town.passes(1)
    assert look_back(services) == 0
    assert [row.payload for row in stored(services)] == [{}]


def test_nothing_from_before_the_first_look_is_ever_fetched(
    town: Town, services: Services, api: TwilioApi, client: TwilioClient
) -> None:
    api.phone(ASHA).says("long ago")
    town.passes(1)
    look_back = LookBack(client)
    for _ in range(5):
        assert look_back(services) == 0
        town.passes(7)
    assert stored(services) == []


def test_what_is_older_than_a_day_is_not_fetched_any_more_and_that_is_told(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack, caplog: pytest.LogCaptureFixture
) -> None:
    town.passes(60)
    api.phone(ASHA).says("long ago")
    town.passes(60)
    api.phone(RAVI).says("yesterday")
    town.passes(23 * 60 + 30)
    assert look_back(services) == 1
    assert [stored(services, handle=handle) != [] for handle in (ASHA, RAVI)] == [False, True]
    assert "is not fetched any more" in caplog.text
    caplog.clear()
    assert look_back(services) == 0
    assert caplog.text == ""


def test_a_channel_that_trips_does_not_hold_up_the_other(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    town.passes(1)
    api.phone(ASHA).says("hi")
    api.phone(RAVI, on="sms").says("hi")
    units = count(1)

    def fails_once() -> UnitOfWork:
        if next(units) == 1:  # whatsapp is looked at first
            raise OSError("the database is away")
        return services.uow()

    assert look_back(replace(services, uow=fails_once)) == 1
    assert stored(services, "sms", RAVI) != []
    assert look_back(services) == 1


def test_what_is_written_before_the_clock_first_asks_is_fetched_once_that_has_begun(
    town: Town, api: TwilioApi, services: Services, client: TwilioClient
) -> None:
    begin(services)
    api.phone(ASHA).says("hi")
    town.passes(0.5)
    assert LookBack(client)(services) == 1


def test_a_list_that_goes_back_further_than_asked_is_not_believed() -> None:
    """The day is what Twilio filters by, where it doesn't take the time for one."""
    early, written, late = (
        SimpleNamespace(sid=str(seconds), date_sent=NINE + timedelta(seconds=seconds))
        for seconds in (-1, 0, 1)
    )
    since = NINE + timedelta(milliseconds=500)
    assert _in_order([late, written, early], since=since, until=NINE) == [written]


def test_they_are_taken_in_as_they_were_written_and_by_who_wrote_where(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    for text in ("one", "two", "three"):
        town.passes(20)
        api.phone(ASHA).says(text)
    api.phone(ASHA, on="sms").says("by text")
    api.phone("IN.13491208655302741918").says("no number")
    town.passes(1)
    assert look_back(services) == 5
    assert [row.payload["Body"] for row in stored(services)] == ["one", "two", "three"]
    assert [row.payload["Body"] for row in stored(services, "sms")] == ["by text"]
    assert len(stored(services, handle="IN.13491208655302741918")) == 1


def test_every_page_of_the_list_is_read(
    town: Town, services: Services, api: TwilioApi, client: TwilioClient
) -> None:
    look_back = LookBack(client, page_size=2)
    assert look_back(services) == 0
    town.passes(1)
    for number in range(7):
        api.phone(ASHA).says(str(number))
        town.passes(0.1)
    assert look_back(services) == 7
    assert len(api.called("messages.list")) >= 4
    assert [row.payload["Body"] for row in stored(services)] == list("0123456")


def test_what_we_wrote_and_what_came_to_others_is_left(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack, client: TwilioClient
) -> None:
    town.passes(1)
    form = api.phone(RAVI, on="sms").form("to somebody else's number") | {"To": "+15005550006"}
    api.receives(form)
    client.rest.messages.create(to=RAVI, from_=SMS_FROM, body="from us")
    client.rest.messages.create(to=SMS_FROM, from_=SMS_FROM, body="from us to ourselves")
    api.settles()
    town.passes(1)
    assert look_back(services) == 0


@pytest.mark.parametrize(("sms_from", "count"), [("", 1), (SMS_FROM, 2)])
def test_the_messages_of_a_messaging_service_are_found_by_its_name(
    town: Town, api: TwilioApi, sms_from: str, count: int
) -> None:
    settings = replace(settings_of(town, api), twilio_sms_from=sms_from, twilio_messaging_service_sid=SERVICE)
    services, client = replace(town.services, settings=settings), TwilioClient(settings)
    look_back = LookBack(client)
    look_back(services)
    town.passes(1)
    api.phone(ASHA, on="sms").says("to the number")
    other = {"To": "+15005550006", "MessagingServiceSid": SERVICE, "MessageSid": new_sid("SM")}
    api.receives(api.phone(RAVI, on="sms").form("to the service") | other)
    stranger = {"To": "+15005550007", "MessageSid": new_sid("SM")}
    api.receives(api.phone(RAVI, on="sms").form("to a number of others") | stranger)
    town.passes(1)
    assert look_back(services) == count
    (row,) = stored(services, "sms", RAVI)
    assert (row.payload["Body"], row.payload["MessagingServiceSid"]) == ("to the service", SERVICE)
    client.close()


@pytest.mark.parametrize("fault", [*Fault, UNAUTHENTICATED])
def test_where_twilio_can_t_be_asked_the_mark_stays_and_it_is_told_once(
    town: Town,
    services: Services,
    api: TwilioApi,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    client = TwilioClient(services.settings, seconds=0.3)
    look_back = LookBack(client)
    assert look_back(services) == 0
    town.passes(1)
    api.phone(ASHA).says("hi")
    town.passes(60)
    before = mark(services)
    api.fail("messages.list", fault, times=4)
    with caplog.at_level(logging.INFO):
        assert [look_back(services), look_back(services)] == [0, 0]
        assert mark(services) == before
        told = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert [record.getMessage().partition(":")[0] for record in told] == [
            "Twilio can't be asked which messages came by whatsapp",
            "Twilio can't be asked which messages came by sms",
        ]
        assert all(record.exc_info is None for record in told)
        assert ASHA not in caplog.text
        assert look_back(services) == 1
    assert "can be asked again which messages came by whatsapp" in caplog.text
    assert mark(services) == town.now() - NINE - OVERLAP
    client.close()


def test_where_twilio_lets_nobody_in_an_alarm_rings_though_nothing_is_sent(
    services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    api.fail("messages.list", Fault.DROP, times=2)
    look_back(services)
    assert alarms(services) == []
    api.fail("messages.list", UNAUTHENTICATED, times=2)
    look_back(services)
    assert sorted(alarms(services)) == ["sms:20003", "whatsapp:20003"]


def test_an_alarm_rings_now_and_then_and_ends_when_twilio_lets_us_in_again(
    town: Town, services: Services, api: TwilioApi, client: TwilioClient, look_back: LookBack
) -> None:
    api.fail("messages.list", UNAUTHENTICATED, times=6)
    for minutes in (1, 1, 9):
        look_back(services)
        town.passes(minutes)
    with services.uow() as uow:
        assert [alarm.count for alarm in uow.alarms.ringing(since=NINE)] == [1, 1]
    api.fail("messages.list", UNAUTHENTICATED, times=2)
    look_back(services)
    with services.uow() as uow:
        assert [alarm.count for alarm in uow.alarms.ringing(since=NINE)] == [2, 2]
    # Started again with the right token, which knows of no trouble.
    LookBack(client)(services)
    assert alarms(services) == []


def alarms(services: Services) -> list[str]:
    with services.uow() as uow:
        return [alarm.key for alarm in uow.alarms.ringing(since=NINE)]


def test_a_commit_that_fails_leaves_the_mark_and_what_came(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    town.passes(60)
    api.phone(ASHA).says("hi")
    town.passes(60)
    before = mark(services)

    def failing() -> object:
        unit = services.uow()
        unit.commit = _fails  # type: ignore[method-assign]
        return unit

    def _fails() -> None:
        raise OSError("the database is away")

    assert look_back(replace(services, uow=failing)) == 0  # type: ignore[arg-type]
    assert (mark(services), stored(services)) == (before, [])
    assert look_back(services) == 1


def test_where_twilio_posts_a_message_has_time_to_be_posted(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    """What is posted says which button was tapped; what is fetched does not."""
    posted = replace(services, settings=replace(services.settings, public_url="https://queue.example.org"))
    town.passes(1)
    api.phone(ASHA).says("hi")
    town.passes(0.4)
    assert look_back(posted) == 0
    town.passes(0.2)
    assert look_back(posted) == 1


def test_two_clocks_at_once_take_each_message_in_once(database_url: str, tmp_path: Path) -> None:
    engine = make_engine(database_url, pool_size=10)
    uow = partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=StandingClock())
    town = Town(uow, folder=tmp_path, is_wired=False)
    with TwilioApi(now=lambda: town.now() - timedelta(seconds=1)) as api:
        services = replace(town.services, settings=settings_of(town, api))
        clients = [TwilioClient(services.settings) for _ in range(4)]
        with services.uow() as unit:
            unit.look_backs.since("whatsapp", now=NINE - timedelta(minutes=1))
            unit.commit()
        for number in range(30):
            api.phone(f"+9198000001{number:02}").says("hi")
        counts = race([partial(LookBack(client), services) for client in clients])
        assert sum(counts) == 30
        for client in clients:
            client.close()
    engine.dispose()


def test_an_outage_of_hours_misapplies_nothing_and_the_newest_is_answered(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    asha = introduced(Chat(town, "whatsapp", ASHA))
    asha.says("book").hears("for what?")
    phone = api.phone(ASHA)
    for text in ("1", "Earliest free", "Book it", "yes", "status"):
        phone.says(text)
        town.passes(30)
    api.phone(RAVI).says("hi")
    assert look_back(services) == 6
    asha.looks().hears("on its way")
    assert town.booked() == []
    Chat(town, "whatsapp", RAVI).looks().hears("here you book a time", "Do you agree?")


def test_a_whole_booking_works_by_what_its_buttons_say(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    """Where Twilio can't post to us, a tap comes as the title of its button."""
    asha, phone = Chat(town, "whatsapp", ASHA), api.phone(ASHA)

    def sends(text: str) -> Chat:
        phone.says(text)
        town.passes(0.05)
        assert look_back(services) == 1
        return asha.looks()

    sends("hi")
    for label in ("I agree", None, "Dr. Rao", "Tomorrow", "10:30", "Book it"):
        if label is None:
            sends("Asha Rao").hears("for what?")
            continue
        title = next((shown for shown in asha.choices if shown.startswith(label)), None)
        assert title, f"{label} is not among {list(asha.choices)}"
        sends(title)
    asha.hears("booked")
    assert len(town.booked()) == 1


def test_the_clock_looks_back_where_there_is_something_to_look_for(
    town: Town, services: Services, every: Callable[[Services], list[float]]
) -> None:
    public = replace(services, settings=replace(services.settings, public_url="https://queue.example.org"))
    nothing = replace(services, settings=replace(services.settings, twilio_account_sid=""))
    assert every(services) == [EVERY_WITHOUT_WEBHOOK]
    assert every(public) == [EVERY]
    assert every(nothing) == []


@pytest.fixture
def every() -> Callable[[Services], list[float]]:
    name = "messages that were not posted"
    return lambda services: [step.every for step in app.provider_steps(services) if step.name == name]


def test_a_step_of_the_clock_fetches_what_came(
    town: Town, services: Services, api: TwilioApi, look_back: LookBack
) -> None:
    town.passes(1)
    api.phone(ASHA).says("hi")
    town.passes(1)
    (step,) = [step for step in app.provider_steps(services) if step.name == "messages that were not posted"]
    step.run(services)
    step.run.wait()  # type: ignore[attr-defined]
    assert len(stored(services)) == 1
