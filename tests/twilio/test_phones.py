"""What people do, as the double posts it, and what becomes of messages to them."""

from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.twilio.phones import Phone
from tests.twilio.twilio_api import SERVICE, SMS_FROM, TOKEN, WHATSAPP_FROM, TwilioApi
from tests.twilio.webhooks import Webhook

PUBLIC = "https://queue.example.org"
INBOUND = f"{PUBLIC}/twilio/inbound"
STATUS = f"{PUBLIC}/twilio/status/17?x=1"
ASHA = "+919800000001"


@pytest.fixture
def asha(api: TwilioApi) -> Phone:
    return api.phone(ASHA, name="Asha Rao")


def writes(client: Client, text: str = "Your turn", **more: object) -> str:
    """By WhatsApp, with a status callback."""
    asked = {"to": f"whatsapp:{ASHA}", "from_": f"whatsapp:{WHATSAPP_FROM}", "status_callback": STATUS}
    made = client.messages.create(**asked | ({} if "content_sid" in more else {"body": text}) | more)
    return str(made.sid)


def test_what_is_written_is_posted_with_a_genuine_signature(
    api: TwilioApi, webhook: Webhook, asha: Phone
) -> None:
    api.posts_to(f"{INBOUND}#rc=3&rp=all")
    sid = asha.says("hi")
    ((path, form, headers),) = webhook.posts
    assert path == "/twilio/inbound"
    assert RequestValidator(TOKEN).validate(INBOUND, form, headers["X-Twilio-Signature"])
    assert not RequestValidator(TOKEN).validate(INBOUND, form | {"Body": "no"}, headers["X-Twilio-Signature"])
    assert (form["MessageSid"], form["SmsSid"], form["Body"], form["NumMedia"]) == (sid, sid, "hi", "0")
    assert (form["From"], form["To"]) == (f"whatsapp:{ASHA}", f"whatsapp:{WHATSAPP_FROM}")
    assert (form["WaId"], form["ProfileName"], form["MessageType"]) == (ASHA[1:], "Asha Rao", "text")


def test_what_is_written_is_listed_whether_or_not_it_could_be_posted(
    api: TwilioApi, client: Client, webhook: Webhook, asha: Phone
) -> None:
    webhook.answers = [0, 0]
    api.posts_to(INBOUND)
    sid = asha.says("hi")
    assert len(webhook.posts) == 2, "once more where nobody answered"
    (listed,) = client.messages.list(to=f"whatsapp:{WHATSAPP_FROM}")
    assert (listed.sid, listed.direction, listed.status, listed.body) == (sid, "inbound", "received", "hi")
    assert listed.date_sent is not None
    assert api.messages == []


def test_an_error_is_tried_again_only_where_the_address_says_so(
    api: TwilioApi, webhook: Webhook, asha: Phone
) -> None:
    webhook.answers = [503]
    api.posts_to(INBOUND)
    asha.says("hi")
    assert len(webhook.posts) == 1
    webhook.answers = [503, 503, 503]
    api.posts_to(f"{INBOUND}#rc=3&rp=all")
    asha.says("hi")
    assert len(webhook.posts) == 1 + 4


def test_what_the_webhook_does_not_take_goes_to_the_fallback(
    api: TwilioApi, webhook: Webhook, asha: Phone
) -> None:
    webhook.answers = [500]
    api.posts_to(INBOUND)
    api.sender.fallback_url = f"{PUBLIC}/fallback"
    asha.says("hi")
    assert [path for path, _, _ in webhook.posts] == ["/twilio/inbound", "/fallback"]


def test_sms_is_posted_for_the_number_or_for_its_service(api: TwilioApi, webhook: Webhook) -> None:
    api.number.sms_url, api.service.inbound_request_url = f"{PUBLIC}/number", f"{PUBLIC}/service"
    phone = api.phone(ASHA, on="sms")
    phone.says("hi")
    api.sms_by_service = True
    phone.says("STOP")
    api.service.use_inbound_webhook_on_number = True
    phone.says("hi")
    assert [path for path, _, _ in webhook.posts] == ["/number", "/service", "/number"]
    by_number, by_service, _ = webhook.forms
    assert by_number["From"] == ASHA
    assert "OptOutType" not in by_number and "ProfileName" not in by_number
    assert (by_service["OptOutType"], by_service["MessagingServiceSid"]) == ("STOP", SERVICE)


def test_media_places_and_contacts_come_as_twilio_sends_them(
    api: TwilioApi, webhook: Webhook, asha: Phone
) -> None:
    api.posts_to(INBOUND)
    asha.sends_picture("my report")
    asha.sends_voice()
    asha.shares_contact()
    asha.shares_location(18.5, 73.8, label="Gate 1")
    picture, voice, contact, place = webhook.forms
    assert (picture["MessageType"], picture["NumMedia"], picture["Body"]) == ("image", "1", "my report")
    assert picture["MediaContentType0"] == "image/jpeg" and picture["MediaUrl0"].startswith(api.root)
    assert voice["MediaContentType0"] == "audio/ogg"
    assert (contact["MessageType"], contact["MediaContentType0"]) == ("contacts", "text/vcard")
    assert (place["MessageType"], place["Latitude"], place["Label"], place["NumMedia"]) == (
        "location",
        "18.5",
        "Gate 1",
        "0",
    )


def test_a_free_message_reaches_who_wrote_within_the_day_and_fails_later_for_others(
    api: TwilioApi, client: Client, webhook: Webhook, asha: Phone
) -> None:
    asha.says("hi")
    writes(client)
    assert asha.sees("Your turn").status == "queued"
    now = datetime.now(UTC)
    api.now = lambda: now + timedelta(hours=25)
    late = writes(client, "A reminder")
    assert asha.texts == ["Your turn"]
    api.settles()
    assert webhook.statuses == [("sent", None), ("delivered", None), ("failed", "63016")]
    fetched = client.messages(late).fetch()
    assert (fetched.status, fetched.error_code) == ("failed", 63016)


def test_who_has_no_whatsapp_or_blocks_us_is_reported_so(
    api: TwilioApi, client: Client, webhook: Webhook, asha: Phone
) -> None:
    asha.says("hi")
    asha.blocks()
    writes(client)
    api.not_on_whatsapp.add(ASHA)
    writes(client)
    api.settles()
    assert webhook.statuses == [("failed", "63014"), ("failed", "63024")]
    assert asha.received == []


def test_who_stops_sms_gets_none_until_start(api: TwilioApi, client: Client) -> None:
    phone = api.phone(ASHA, on="sms")
    phone.says(" Stop ")
    with pytest.raises(TwilioRestException) as error:
        client.messages.create(to=ASHA, from_=SMS_FROM, body="Your turn")
    assert error.value.code == 21610
    phone.says("START")
    client.messages.create(to=ASHA, from_=SMS_FROM, body="Your turn")
    assert phone.texts == ["Your turn"]


def test_stop_on_whatsapp_is_for_us_to_heed(client: Client, asha: Phone) -> None:
    asha.says("STOP")
    writes(client)
    assert asha.texts == ["Your turn"]


def test_statuses_are_signed_and_may_come_out_of_order(
    api: TwilioApi, client: Client, webhook: Webhook, asha: Phone
) -> None:
    asha.says("hi")
    sid = writes(client)
    for status in ("delivered", "sent", "read"):
        api.reports(sid, status)
    assert client.messages(sid).fetch().status == "read"
    path, form, headers = webhook.posts[0]
    assert path == "/twilio/status/17?x=1"
    assert RequestValidator(TOKEN).validate(STATUS, form, headers["X-Twilio-Signature"])
    assert (form["EventType"], form["ChannelToAddress"]) == ("DELIVERED", "+91980000XXXX")
    assert [form["MessageStatus"] for form in webhook.forms] == ["delivered", "sent", "read"]


def test_a_service_tells_its_number_with_the_status(api: TwilioApi, client: Client, webhook: Webhook) -> None:
    client.messages.create(to=ASHA, messaging_service_sid=SERVICE, body="hi", status_callback=STATUS)
    api.settles()
    assert [(form["From"], form["MessagingServiceSid"]) for form in webhook.forms] == [
        (SMS_FROM, SERVICE)
    ] * 2
    assert webhook.statuses == [("sent", None), ("delivered", None)]


def test_what_was_said_before_is_gone_for_the_next_test(api: TwilioApi, client: Client, asha: Phone) -> None:
    asha.says("hi")
    writes(client)
    api.forgets()
    assert client.messages.list() == []
    writes(client)
    assert api.phone(ASHA).received == [], "nobody has written yet"
