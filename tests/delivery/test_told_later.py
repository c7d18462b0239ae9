"""What Twilio tells of a message that it had taken: from the real sender by a double of its API and our own callback
address to what follows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from admin_web import create_app
from domain.ports import Content, Services, UnitOfWork
from domain.texts import catalogue
from tests.delivery.reach import Person, a_person, all_rows, remind, send_all
from tests.delivery.world import Hospital, KeptHints, SetClock, services_for
from tests.doubles.kept_pace import KeptPace
from tests.twilio.posts import Form, Headers
from tests.twilio.twilio_api import SMS_FROM, WHATSAPP_FROM, TwilioApi
from tests.whatsapp.posting import ASHA, twilio_settings
from whatsapp.channel import twilio_channels
from whatsapp.client import TwilioClient
from whatsapp.status import PATH, status_view

WORDS = catalogue.load()
WHATSAPP, SMS = "whatsapp", "sms"


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture
def services(
    api: TwilioApi, uow: Callable[[], UnitOfWork], clock: SetClock, hints: KeptHints, tmp_path: Path
) -> Iterator[Services]:
    settings = twilio_settings(
        tmp_path,
        TWILIO_ACCOUNT_SID=api.account,
        TWILIO_AUTH_TOKEN=api.token,
        TWILIO_WHATSAPP_FROM=WHATSAPP_FROM,
        TWILIO_SMS_FROM=SMS_FROM,
        TWILIO_API_URL=api.root,
    )
    twilio = TwilioClient(settings)
    channels = twilio_channels(settings, pace=KeptPace(), uow=uow, client=twilio)
    made = services_for(uow, channels=[*channels.values()], announcer=hints, clock=clock, settings=settings)
    services = replace(made, catalogue=WORDS)
    web = create_app(services, webhooks={PATH: status_view(services)}).test_client()

    def post(path: str, form: Form, headers: Headers) -> int:
        return web.post(path, data=form, headers=headers).status_code

    api.hands_to = post
    yield services
    twilio.close()


@dataclass(frozen=True, slots=True)
class Story:
    """A person, what is sent to them, and what Twilio says of it."""

    api: TwilioApi
    hospital: Hospital

    def person(self, *channels: str) -> Person:
        return a_person(self.hospital, ASHA, channels)

    def tells(self, status: str, code: int | None = None) -> None:
        """Of the latest message."""
        assert self.api.reports(self.api.messages[-1].sid, status, code) == 204

    def rows(self, person: Person) -> list[tuple[str, str]]:
        """(channel, state) of all that was made for the person."""
        names = {address_id: channel for channel, address_id in person.addresses.items()}
        rows = all_rows(self.hospital.services, person)
        return [(names[row.notice.address_id], row.state) for row in rows]

    def alarms(self) -> dict[str, str]:
        with self.hospital.services.uow() as uow:
            return {alarm.key: alarm.told for alarm in uow.alarms.ringing(since=self.hospital.clock.at)}


@pytest.fixture
def story(api: TwilioApi, hospital: Hospital) -> Story:
    return Story(api, hospital)


def approve(story: Story, key: str) -> None:
    """The words of this notice, made at the double and known here."""
    template = WORDS.templates("en")[key]
    made = story.api.adds_content({"twilio/text": {"body": template.body}}, name=key, approval="approved")
    content = Content(
        WHATSAPP, story.api.account, key, "en", made.sid, template.fingerprint, template.variables
    )
    with story.hospital.services.uow() as uow:
        uow.contents.save(replace(content, state="approved", category="UTILITY"))
        uow.commit()


def test_a_chat_that_was_closed_after_all_gets_approved_words_once(story: Story, api: TwilioApi) -> None:
    """We think that the person wrote within the day; WhatsApp says 63016."""
    asha = story.person(WHATSAPP, SMS)
    approve(story, "notice-reminder")
    remind(story.hospital, asha)
    send_all(story.hospital)
    api.settles()
    assert story.rows(asha) == [(WHATSAPP, "later")]
    send_all(story.hospital)
    free, approved = api.messages
    assert (free.is_template, approved.is_template) == (False, True)
    assert asha.booked.ticket.token in approved.body
    api.settles()
    assert story.rows(asha) == [(WHATSAPP, "delivered")]
    assert story.alarms() == {}


def test_where_no_words_are_approved_a_closed_chat_means_the_next_address(
    story: Story, api: TwilioApi
) -> None:
    asha = story.person(WHATSAPP, SMS)
    remind(story.hospital, asha)
    send_all(story.hospital)
    api.settles()
    send_all(story.hospital)
    api.settles()
    assert story.rows(asha) == [(WHATSAPP, "failed"), (SMS, "delivered")]


def test_a_phone_that_was_off_is_tried_once_more(story: Story, api: TwilioApi, clock: SetClock) -> None:
    asha = story.person(SMS)
    remind(story.hospital, asha)
    send_all(story.hospital)
    story.tells("undelivered", 30003)
    story.tells("undelivered", 30003)
    assert story.rows(asha) == [(SMS, "later")]
    clock.forward(minutes=2)
    send_all(story.hospital)
    assert len(api.messages) == 2
    story.tells("undelivered", 30003)
    clock.forward(minutes=2)
    send_all(story.hospital)
    assert len(api.messages) == 2
    assert story.rows(asha) == [(SMS, "failed")]
    assert asha.is_unreached


@pytest.mark.parametrize(("first", "next_one", "code"), [(SMS, WHATSAPP, 21610), (WHATSAPP, SMS, 63014)])
def test_who_opted_out_is_written_to_no_more_there(
    story: Story, api: TwilioApi, first: str, next_one: str, code: int
) -> None:
    asha = story.person(first, next_one)
    api.phone(ASHA, on="whatsapp").says("hi")
    remind(story.hospital, asha)
    send_all(story.hospital)
    story.tells("failed", code)
    send_all(story.hospital)
    assert asha.address(first).stopped_at is not None
    assert asha.address(next_one).stopped_at is None
    assert story.rows(asha) == [(first, "failed"), (next_one, "sent")]


@pytest.mark.parametrize(("code", "told"), [(30007, "filter our SMS"), (31999, "Twilio's error 31999")])
def test_what_carriers_refuse_rings_an_alarm_and_goes_another_way(
    story: Story, api: TwilioApi, code: int, told: str
) -> None:
    asha = story.person(SMS, WHATSAPP)
    outbox_id = remind(story.hospital, asha)
    send_all(story.hospital)
    story.tells("undelivered", code)
    send_all(story.hospital)
    assert story.rows(asha) == [(SMS, "failed"), (WHATSAPP, "sent")]
    assert told in story.alarms()[f"sms:{code}"]
    assert not asha.is_unreached
    assert _error(story, outbox_id) == f"refused {code}"


def test_what_came_back_as_too_much_rests_for_a_minute_each_time(
    story: Story, api: TwilioApi, clock: SetClock
) -> None:
    asha = story.person(WHATSAPP)
    api.phone(ASHA, on="whatsapp").says("hi")
    remind(story.hospital, asha)
    for tries in range(1, 4):
        send_all(story.hospital)
        assert len(api.messages) == tries
        story.tells("failed", 63018)
        clock.forward(seconds=30)
        send_all(story.hospital)
        assert (len(api.messages), story.rows(asha)) == (tries, [(WHATSAPP, "later")])
        clock.forward(seconds=40)


def test_what_was_read_was_told(story: Story, api: TwilioApi, clock: SetClock) -> None:
    asha = story.person(WHATSAPP)
    api.phone(ASHA, on="whatsapp").says("hi")
    remind(story.hospital, asha)
    send_all(story.hospital)
    for status in ("read", "sent", "delivered", "failed"):
        clock.forward(seconds=1)
        story.tells(status)
    assert story.rows(asha) == [(WHATSAPP, "read")]


def _error(story: Story, outbox_id: int) -> str | None:
    now, services = story.hospital.clock.at, story.hospital.services
    with services.uow() as uow:
        row = uow.outbox.row(outbox_id)
        assert row is not None
        rows = uow.message_log.page(
            site_id=row.notice.site_id or 0,
            since=row.notice.due_at,
            until=now.replace(year=now.year + 1),
            before=None,
            only_problems=True,
            limit=99,
        )
    return next(row.error for row in rows if row.id == outbox_id)
