"""The double itself, by the real client: it answers as Twilio documents."""

from datetime import UTC, datetime, timedelta

import pytest
from requests import ConnectionError as LostConnection
from requests import Timeout
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.doubles.faults import Fault
from tests.twilio.clients import client_of
from tests.twilio.refusals import TOO_MANY_REQUESTS, UNSUBSCRIBED, Refusal
from tests.twilio.twilio_api import SERVICE, SMS_FROM, WHATSAPP_FROM, TwilioApi

ASHA = "+919800000001"


def sends(client: Client, **params: object) -> object:
    return client.messages.create(**{"to": ASHA, "from_": SMS_FROM, "body": "Your turn"} | params)


def refused(client: Client, **params: object) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as error:
        sends(client, **params)
    return error.value.status, error.value.code


def test_a_message_is_taken_and_can_be_fetched(api: TwilioApi, client: Client) -> None:
    made = client.messages.create(to=ASHA, from_=SMS_FROM, body="Your turn", validity_period=120)
    assert (made.status, made.num_segments, made.error_code, made.direction) == (
        "queued",
        "1",
        None,
        "outbound-api",
    )
    assert made.date_created and datetime.now(UTC) - made.date_created < timedelta(seconds=10)
    assert made.date_sent is None
    fetched = client.messages(made.sid or "").fetch()
    assert (fetched.sid, fetched.body, fetched.to) == (made.sid, "Your turn", ASHA)
    (kept,) = api.messages
    assert kept.params["ValidityPeriod"] == "120"


def test_a_messaging_service_picks_the_sender_later(client: Client) -> None:
    made = client.messages.create(to=ASHA, messaging_service_sid=SERVICE, body="Your turn")
    assert (made.status, made.from_, made.num_segments, made.messaging_service_sid) == (
        "accepted",
        None,
        "0",
        SERVICE,
    )


def test_hindi_takes_more_segments(client: Client) -> None:
    assert client.messages.create(to=ASHA, from_=SMS_FROM, body="अ" * 71).num_segments == "2"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "98000"}, 21211),
        ({"from_": ""}, 21603),
        ({"from_": "+15005550000"}, 21606),
        ({"body": ""}, 21619),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "/twilio/status/1"}, 21609),
        ({"validity_period": 36001}, 21624),
        ({"to": f"whatsapp:{ASHA}"}, 21910),
        ({"to": f"whatsapp:{ASHA}", "from_": "whatsapp:+15005550000"}, 63007),
    ],
)
def test_what_twilio_would_not_take_is_refused_with_its_code(
    api: TwilioApi, client: Client, params: dict[str, object], code: int
) -> None:
    assert refused(client, **params) == (400, code)
    assert api.messages == []


def test_a_wrong_token_is_not_let_in(api: TwilioApi) -> None:
    stranger = client_of(api, token="0" * 32)
    assert refused(stranger) == (401, 20003)
    stranger.http_client.session.close()


def test_either_token_is_let_in_while_it_is_changed(api: TwilioApi) -> None:
    api.tokens.add("7d" * 16)
    rotated = client_of(api, token="7d" * 16)
    assert sends(rotated)
    rotated.http_client.session.close()


def test_messages_are_listed_page_by_page_the_latest_first(client: Client) -> None:
    for number in range(5):
        sends(client, body=f"{number}")
    sends(client, to="+919800000002")
    assert [m.body for m in client.messages.list(to=ASHA, page_size=2)] == ["4", "3", "2", "1", "0"]
    assert [m.body for m in client.messages.list(from_=SMS_FROM, limit=1)] == ["Your turn"]
    assert client.messages.list(from_=f"whatsapp:{WHATSAPP_FROM}") == []


def test_a_message_that_was_not_sent_yet_has_no_date_to_be_found_by(api: TwilioApi, client: Client) -> None:
    sends(client, body="waits")
    sends(client, body="went")
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    api.messages[1].sent = noon
    assert [m.body for m in client.messages.list(date_sent_after=noon)] == ["went"]
    assert [m.body for m in client.messages.list(date_sent=noon)] == ["went"]
    assert client.messages.list(date_sent_after=noon + timedelta(seconds=1)) == []
    assert client.messages.list(date_sent_before=noon - timedelta(seconds=1)) == []


@pytest.mark.parametrize("refusal", [UNSUBSCRIBED, TOO_MANY_REQUESTS, Refusal(500, 20500, "Internal")])
def test_a_refusal_on_demand_comes_once(api: TwilioApi, client: Client, refusal: Refusal) -> None:
    api.fail("messages.create", refusal)
    assert refused(client) == (refusal.status, refusal.code)
    sends(client)
    assert len(api.messages) == 1


def test_a_fault_may_wait_for_a_later_call(api: TwilioApi, client: Client) -> None:
    api.fail("messages.create", UNSUBSCRIBED, after=1)
    sends(client)
    assert refused(client) == (400, 21610)


def test_a_name_may_stand_in_the_senders_place_but_no_short_code_of_others(client: Client) -> None:
    assert sends(client, from_="CITYCLINIC")
    assert refused(client, from_="12345") == (400, 21606)


def test_a_connection_that_drops_before_leaves_nothing_and_after_leaves_the_message(
    api: TwilioApi, client: Client
) -> None:
    api.fail("messages.create", Fault.DROP)
    with pytest.raises(LostConnection):
        sends(client)
    assert api.messages == []
    api.fail("messages.create", Fault.DROP_AFTER)
    with pytest.raises(LostConnection):
        sends(client)
    assert len(api.messages) == 1


def test_a_call_that_hangs_ends_by_the_clients_patience(api: TwilioApi) -> None:
    impatient = client_of(api, timeout=0.1)
    api.fail("messages.create", Fault.HANG)
    api.fail("messages.create", Fault.HANG_AFTER)
    for _ in range(2):
        with pytest.raises(Timeout):
            sends(impatient)
    assert len(api.messages) == 1
    impatient.http_client.session.close()
