"""A double of Twilio, and the real client of it."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from tests.twilio.clients import client_of
from tests.twilio.twilio_api import TwilioApi
from tests.twilio.webhooks import Webhook


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture
def client(api: TwilioApi) -> Iterator[Client]:
    made = client_of(api)
    yield made
    made.http_client.session.close()


@pytest.fixture
def webhook(api: TwilioApi) -> Webhook:
    taken = Webhook()
    api.hands_to = taken
    return taken
