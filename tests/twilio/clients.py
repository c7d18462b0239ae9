"""The unmodified client of Twilio, pointed at a double."""

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.twilio.twilio_api import TwilioApi


def client_of(api: TwilioApi, *, token: str = "", timeout: float = 5) -> Client:
    client = Client(api.account, token or api.token, http_client=TwilioHttpClient(timeout=timeout))
    for domain in (client.api, client.content, client.messaging):
        domain.base_url = api.root
    return client
