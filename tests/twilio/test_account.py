"""What an account has, as a self-check asks for it."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.twilio.twilio_api import SERVICE, SMS_FROM, WHATSAPP_FROM, TwilioApi

INBOUND = "https://queue.example.org/twilio/inbound#rc=3&rp=all"


def test_the_account_tells_its_state(api: TwilioApi, client: Client) -> None:
    api.status = "suspended"
    account = client.api.v2010.accounts(api.account).fetch()
    assert (account.status, account.type, account.sid) == ("suspended", "Full", api.account)


def test_numbers_tell_their_webhooks(api: TwilioApi, client: Client) -> None:
    api.posts_to(INBOUND)
    (number,) = client.incoming_phone_numbers.list(phone_number=SMS_FROM)
    assert (number.sms_url, number.sms_method, number.sms_fallback_url) == (INBOUND, "POST", "")
    assert number.capabilities["sms"] is True
    assert client.incoming_phone_numbers.list(phone_number="+15005550000") == []


def test_a_service_tells_its_webhooks_and_numbers(api: TwilioApi, client: Client) -> None:
    api.posts_to(INBOUND)
    service = client.messaging.v1.services(SERVICE).fetch()
    assert (service.inbound_request_url, service.use_inbound_webhook_on_number) == (INBOUND, False)
    (number,) = client.messaging.v1.services(SERVICE).phone_numbers.list()
    assert number.phone_number == SMS_FROM
    with pytest.raises(TwilioRestException) as error:
        client.messaging.v1.services("MG" + "0" * 32).fetch()
    assert error.value.status == 404


def test_whatsapp_senders_tell_their_state_and_webhooks(api: TwilioApi, client: Client) -> None:
    api.posts_to(INBOUND)
    api.sender.status = "OFFLINE"
    (sender,) = client.messaging.v2.channels_senders.list(channel="whatsapp")
    assert (sender.sender_id, sender.status) == (f"whatsapp:{WHATSAPP_FROM}", "OFFLINE")
    fetched = client.messaging.v2.channels_senders(sender.sid or "").fetch()
    assert fetched.webhook["callback_url"] == INBOUND


def test_another_account_is_not_found(api: TwilioApi, client: Client) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.api.v2010.accounts("AC" + "0" * 32).fetch()
    assert error.value.status == 404
