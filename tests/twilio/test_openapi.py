"""Everything that we send is what Twilio's own OpenAPI description allows."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from tests.twilio.prism import missing, running_prism
from tests.twilio.twilio_api import ACCOUNT, SERVICE, SMS_FROM, TOKEN, WHATSAPP_FROM
from whatsapp.frames import FRAMES, Frame, content_variables

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
ASHA = "+919800000001"
WHATSAPP = {"to": f"whatsapp:{ASHA}", "from_": f"whatsapp:{WHATSAPP_FROM}"}
STATUS = "https://queue.example.org/twilio/status/17"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CONTENT = "HX" + "1f" * 16


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_prism(tmp_path_factory.mktemp("prism")) as root:
        yield root


@pytest.fixture(scope="module")
def client(prism: str) -> Iterator[Client]:
    made = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=10))
    for domain in (made.api, made.content, made.messaging):
        domain.base_url = prism
    yield made
    made.http_client.session.close()


@pytest.mark.parametrize("sender", [{"from_": SMS_FROM}, {"messaging_service_sid": SERVICE}])
def test_sms_is_taken(client: Client, sender: dict[str, str]) -> None:
    made = client.messages.create(
        to=ASHA, body="Your turn. Room 2", status_callback=STATUS, validity_period=120, **sender
    )
    assert made.sid


def test_whatsapp_is_taken(client: Client) -> None:
    assert client.messages.create(
        **WHATSAPP, body="आपकी बारी", status_callback=STATUS, validity_period=120
    ).sid


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_every_frame_is_taken_and_sent(client: Client, frame: Frame) -> None:
    samples = {str(number): f"sample {number}" for number, _ in enumerate(frame.variables, start=1)}
    asked = {"friendly_name": frame.name, "language": "en", "variables": samples, "types": frame.types}
    assert client.content.v1.contents.create(ContentList.ContentCreateRequest(asked)).sid
    variables = content_variables([f"value {name}" for name in frame.variables])
    assert client.messages.create(**WHATSAPP, content_sid=CONTENT, content_variables=variables).sid


def test_approval_is_asked_for_and_looked_up(client: Client) -> None:
    asked = ApprovalCreateList.ContentApprovalRequest({"name": "called_en", "category": "UTILITY"})
    assert client.content.v1.contents(CONTENT).approval_create.create(asked).status
    assert client.content.v1.contents(CONTENT).approval_fetch().fetch().whatsapp
    assert client.content.v1.contents(CONTENT).fetch().sid


def test_messages_are_listed_and_fetched(client: Client) -> None:
    since = datetime(2026, 11, 23, tzinfo=UTC)
    # One page: the description's example has a next one without end.
    assert client.messages.page(to=SMS_FROM, date_sent_after=since, page_size=100)
    assert client.messages("SM" + "2e" * 16).fetch().status


@pytest.mark.parametrize(
    "wrong",
    [{"ValidityPeriod": "two minutes"}, {"MessagingServiceSid": "MG17"}, {"ContentSid": "HX17"}, {"To": ""}],
)
def test_what_the_description_does_not_allow_is_refused(prism: str, wrong: dict[str, str]) -> None:
    """Else nothing here could fail."""
    form = {"To": ASHA, "From": SMS_FROM, "Body": "x"}

    def status(asked: dict[str, str]) -> int:
        return requests.post(f"{prism}{MESSAGES}", data=asked, auth=(ACCOUNT, TOKEN), timeout=10).status_code

    assert status(form) == 201
    asked = {name: value for name, value in (form | wrong).items() if value}
    assert status(asked) == 422


def test_a_content_that_the_description_does_not_allow_is_refused(client: Client) -> None:
    rows = [{"id": "1", "title": "no row of a list has a title"}]
    picker = {"twilio/list-picker": {"body": "Which?", "button": "Choose", "items": rows}}
    asked = {"friendly_name": "x", "language": "en", "types": picker}
    with pytest.raises(TwilioRestException) as error:
        client.content.v1.contents.create(ContentList.ContentCreateRequest(asked))
    assert error.value.status == 422
