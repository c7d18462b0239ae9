"""The address that Twilio reports to: believes nobody else, and never says which rows there are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import app
from admin_web import create_app
from domain.errors import SendError, SendFault
from domain.ids import OutboxId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.ports import OutboxRow, Sent, Services
from tests.delivery.world import MORNING
from tests.doubles.kept_pace import KeptPace
from tests.whatsapp.posting import (
    ACCOUNT,
    ASHA,
    OTHER_TOKEN,
    TOKEN,
    URL,
    installation,
    signature_of,
    twilio_settings,
)
from whatsapp.channel import twilio_channels
from whatsapp.signature import SIGNATURE_HEADER
from whatsapp.status import PATH, path_of, status_view

SID = "SM" + "1" * 32


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return installation(twilio_settings(tmp_path))


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return client_of(services)


@pytest.fixture
def sent(services: Services) -> OutboxId:
    """A row that went by SMS as SID."""
    with services.uow() as uow:
        address = uow.people.address(channel="sms", handle=ASHA, now=MORNING)
        not_after = MORNING + VALID_FOR[NoticeKind.CALLED]
        (outbox_id,) = uow.outbox.add([Notice(NoticeKind.CALLED, address.id, "k", MORNING, not_after)])
        uow.outbox.claim([outbox_id], now=MORNING, lease_until=not_after)
        uow.outbox.record_sent(outbox_id, sent=Sent(SID, "sms", 1), said=["hi"], now=MORNING)
        uow.commit()
    return outbox_id


def client_of(services: Services) -> FlaskClient:
    return create_app(services, webhooks={PATH: status_view(services)}).test_client()


def status_form(status: str, **more: str) -> dict[str, Any]:
    """As Twilio reports of an SMS."""
    return {
        "SmsSid": SID,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": ASHA,
        "MessageSid": SID,
        "AccountSid": ACCOUNT,
        "From": "+15550001",
        "ApiVersion": "2010-04-01",
        **more,
    }


def report(
    client: FlaskClient,
    outbox_id: int,
    form: dict[str, Any],
    *,
    signature: str | None = None,
    token: str = TOKEN,
) -> TestResponse:
    url = URL + path_of(outbox_id)
    signed = signature_of(form, url=url, token=token) if signature is None else signature
    return client.post(path_of(outbox_id), data=form, headers={SIGNATURE_HEADER: signed})


def known(services: Services, outbox_id: int) -> OutboxRow:
    with services.uow() as uow:
        row = uow.outbox.row(outbox_id)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["queued", "sending", "sent"], "sent"),
        (["sent", "delivered"], "delivered"),
        (["DELIVERED"], "delivered"),
        (["read", "delivered", "sent"], "read"),
        (["delivered", "failed"], "delivered"),
    ],
)
def test_what_twilio_reports_is_applied_by_rank(
    client: FlaskClient, services: Services, sent: OutboxId, statuses: list[str], state: str
) -> None:
    for status in statuses:
        answer = report(client, sent, status_form(status))
        assert (answer.status_code, answer.data) == (204, b"")
        assert "Set-Cookie" not in answer.headers
    assert known(services, sent).state == state


def test_a_failure_comes_with_its_code_and_an_alarm_with_words(
    client: FlaskClient, services: Services, sent: OutboxId
) -> None:
    assert report(client, sent, status_form("undelivered", ErrorCode="30007")).status_code == 204
    assert known(services, sent).state == "failed"
    with services.uow() as uow:
        (alarm,) = uow.alarms.ringing(since=MORNING)
    assert alarm.key == "sms:30007"
    assert "filter our SMS" in alarm.told
    assert "30007" in alarm.told


def test_too_many_that_is_told_later_lets_the_whole_sender_rest(services: Services, sent: OutboxId) -> None:
    settings, pace = services.settings, KeptPace()
    real = twilio_channels(settings, pace=pace, uow=services.uow)
    client = client_of(replace(services, channels=real))
    report(client, sent, status_form("failed", ErrorCode="30007"))
    assert pace.holds == []
    report(client, sent, status_form("failed", ErrorCode="63018", From="whatsapp:+14155238886"))
    ((key, seconds),) = pace.holds
    assert key.endswith(settings.twilio_whatsapp_from)
    assert seconds > 1


def test_what_a_whatsapp_report_says_more_is_left(
    client: FlaskClient, services: Services, sent: OutboxId
) -> None:
    more = {
        "ChannelInstallSid": "XE" + "2" * 32,
        "ChannelToAddress": "+9198000XXXX",
        "ChannelPrefix": "whatsapp",
        "EventType": "READ",
        "From": "whatsapp:+14155238886",
        "To": f"whatsapp:{ASHA}",
    }
    assert report(client, sent, status_form("read", **more)).status_code == 204
    assert known(services, sent).state == "read"


@pytest.mark.parametrize("status", ["delivered", "failed", "levitating"])
def test_a_row_that_is_not_there_is_answered_as_one_that_is(
    client: FlaskClient, services: Services, sent: OutboxId, status: str
) -> None:
    there, not_there = (report(client, n, status_form(status)) for n in (sent, sent + 1000))
    assert (there.status_code, there.data) == (not_there.status_code, not_there.data) == (204, b"")
    assert set(not_there.headers) - set(there.headers) <= {
        ("X-Request-Id", not_there.headers["X-Request-Id"])
    }


def test_a_status_that_nobody_knows_changes_nothing(
    client: FlaskClient, services: Services, sent: OutboxId
) -> None:
    assert report(client, sent, status_form("levitating")).status_code == 204
    assert known(services, sent).state == "sent"
    with services.uow() as uow:
        assert uow.receipts.of(SID) is None


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_what_says_nothing_of_a_message_is_refused(client: FlaskClient, sent: OutboxId, missing: str) -> None:
    form = status_form("delivered")
    del form[missing]
    assert report(client, sent, form).status_code == 400
    assert report(client, sent, form | {missing: "\0"}).status_code == 400


def test_whoever_isn_t_twilio_is_refused(client: FlaskClient, services: Services, sent: OutboxId) -> None:
    form = status_form("delivered")
    of_another_row = signature_of(form, url=URL + path_of(sent + 1))
    for signature in ("", "x", of_another_row, signature_of(form | {"MessageStatus": "read"})):
        assert report(client, sent, form, signature=signature).status_code == 403
    assert report(client, sent, status_form("delivered", AccountSid="AC" + "2" * 32)).status_code == 403
    assert report(client, sent, form, token=OTHER_TOKEN).status_code == 403
    assert client.post(path_of(sent), data=form).status_code == 403
    assert known(services, sent).state == "sent"


def test_the_other_token_is_believed_while_they_are_changed(tmp_path: Path) -> None:
    settings = replace(twilio_settings(tmp_path), twilio_auth_token_secondary=OTHER_TOKEN)
    client = client_of(installation(settings))
    assert report(client, 1, status_form("delivered"), token=OTHER_TOKEN).status_code == 204


def test_it_is_for_post_and_for_numbers_alone(client: FlaskClient) -> None:
    assert client.get(path_of(1)).status_code == 405
    assert client.options(path_of(1)).status_code == 405
    for nowhere in ("/twilio/status/x", "/twilio/status", path_of(2**63)):
        assert client.post(nowhere, headers={SIGNATURE_HEADER: "x"}).status_code == 400


@pytest.mark.parametrize(("public_url", "status"), [(URL, 405), ("", 404)])
def test_it_is_there_where_twilio_can_be_believed(tmp_path: Path, public_url: str, status: int) -> None:
    settings = replace(twilio_settings(tmp_path), public_url=public_url)
    client = app.create_app(settings).test_client()
    assert client.get(path_of(1)).status_code == status


def test_a_new_token_does_not_wait_for_what_the_old_one_was_refused(services: Services) -> None:
    pace = KeptPace()
    for token in (TOKEN, OTHER_TOKEN):
        settings = replace(services.settings, twilio_auth_token=token)
        channel = twilio_channels(settings, pace=pace, uow=services.uow)["sms"]
        assert channel.rests is not None
        channel.rests(SendError(SendFault.OURS, code="20003"), ASHA)
    (old, _), (new, _) = pace.holds
    assert old != new
    assert not any(token in key for key in (old, new) for token in (TOKEN, OTHER_TOKEN))
