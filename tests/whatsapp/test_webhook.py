"""The address that Twilio posts messages to: believes nobody else, stores first, answers then."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

import app
from domain.ports import Services
from tests.races.race import race
from tests.telegram.taking_in import FailingCommits
from tests.whatsapp.posting import (
    ASHA,
    FORM,
    OTHER_TOKEN,
    client_of,
    installation,
    post,
    signature_of,
    sms_form,
    stored,
    twilio_settings,
    whatsapp_form,
)
from whatsapp.signature import SIGNATURE_HEADER
from whatsapp.webhook import PATH


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return installation(twilio_settings(tmp_path))


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return client_of(services)


def test_a_message_is_stored_and_answered_by_an_empty_document(
    client: FlaskClient, services: Services
) -> None:
    answer = post(client, whatsapp_form("नमस्ते 😀"))
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/xml", b"<Response/>")
    (row,) = stored(services)
    assert (row.provider_id, row.handle, row.payload) == ("SM1", ASHA, whatsapp_form("नमस्ते 😀"))
    assert "Set-Cookie" not in answer.headers


def test_an_sms_is_filed_under_its_own_channel(client: FlaskClient, services: Services) -> None:
    assert post(client, sms_form()).status_code == 200
    assert [row.provider_id for row in stored(services, "sms")] == ["SM1"]
    assert stored(services) == []


@pytest.mark.parametrize("sender", ["whatsapp:asha.k", "whatsapp:IN.13491208655302741918", "HDFCBK", "57575"])
def test_whoever_has_no_number_is_heard_too(client: FlaskClient, services: Services, sender: str) -> None:
    assert post(client, whatsapp_form(From=sender)).status_code == 200
    channel = "whatsapp" if ":" in sender else "sms"
    assert len(stored(services, channel, sender.removeprefix("whatsapp:"))) == 1


def test_parameters_that_nobody_knows_empty_and_repeated_ones_are_kept(
    client: FlaskClient, services: Services
) -> None:
    form = whatsapp_form(New="1", Empty="") | {"Tag": ["a", "b"]}
    assert post(client, form).status_code == 200
    assert stored(services)[0].payload == form


@pytest.mark.parametrize("signature", ["", "x", "ÿ" * 28])
def test_whoever_isn_t_twilio_is_refused(client: FlaskClient, services: Services, signature: str) -> None:
    assert post(client, whatsapp_form(), signature=signature).status_code == 403
    assert post(client, {"a": "\0"}, signature=signature).status_code == 403
    assert stored(services) == []


def test_without_the_header_nothing_is_read(client: FlaskClient) -> None:
    answer = client.post(PATH, data=b"x" * 1_000_000, content_type=FORM)
    assert (answer.status_code, answer.data) == (403, b"")


def test_a_changed_form_is_refused(client: FlaskClient, services: Services) -> None:
    signature = signature_of(whatsapp_form("hi"))
    for changed in (whatsapp_form("bye"), whatsapp_form("hi", More="1")):
        assert post(client, changed, signature=signature).status_code == 403
    assert stored(services) == []


def test_what_another_kind_of_body_says_counts_for_nothing(client: FlaskClient, services: Services) -> None:
    """Its parameters are not in the form, so that the signature isn't theirs."""
    form = whatsapp_form()
    headers = {SIGNATURE_HEADER: signature_of(form)}
    assert client.post(PATH, json=form, headers=headers).status_code == 403
    assert client.post(f"{PATH}?{urlencode(form)}", headers=headers).status_code == 403
    empty = {SIGNATURE_HEADER: signature_of({})}
    assert client.post(PATH, json=form, headers=empty).status_code == 403
    assert stored(services) == []


def test_the_other_token_is_believed_while_they_are_changed(tmp_path: Path) -> None:
    settings = replace(twilio_settings(tmp_path), twilio_auth_token_secondary=OTHER_TOKEN)
    client, signature = client_of(installation(settings)), signature_of(whatsapp_form(), token=OTHER_TOKEN)
    assert post(client, whatsapp_form(), signature=signature).status_code == 200


def test_another_account_s_message_is_refused(client: FlaskClient, services: Services) -> None:
    assert post(client, whatsapp_form(AccountSid="AC" + "2" * 32)).status_code == 403
    assert stored(services) == []


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_what_can_t_be_filed_is_refused(client: FlaskClient, missing: str) -> None:
    form = whatsapp_form()
    del form[missing]
    assert post(client, form).status_code == 400
    assert post(client, form | {missing: "\0"}).status_code == 400


def test_a_repeated_message_changes_nothing(client: FlaskClient, services: Services) -> None:
    answers = [post(client, whatsapp_form()), post(client, whatsapp_form(ErrorCode="11200"))]
    assert [(answer.status_code, answer.data) for answer in answers] == [(200, b"<Response/>")] * 2
    assert len(stored(services)) == 1


def test_the_same_message_many_times_at_once_is_stored_once(services: Services) -> None:
    clients = [client_of(services) for _ in range(4)]
    answers = race([partial(post, client, whatsapp_form()) for client in clients])
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(stored(services)) == 1


@pytest.mark.parametrize(
    ("form", "told"),
    [(sms_form(), "sms"), (whatsapp_form(From="messenger:4711"), "another channel")],
)
def test_what_comes_by_a_channel_that_is_not_set_up_is_left_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, form: dict[str, Any], told: str
) -> None:
    services = installation(twilio_settings(tmp_path), channels=("whatsapp",))
    with caplog.at_level(logging.WARNING):
        assert post(client_of(services), form).status_code == 200
    assert f"message SM1 came by {told}" in caplog.text
    assert ASHA not in caplog.text
    assert "4711" not in caplog.text
    assert stored(services, "sms") == []


def test_the_longest_message_is_taken_and_a_longer_body_is_not(
    client: FlaskClient, services: Services
) -> None:
    longest = "😀" * 4096
    assert post(client, whatsapp_form(longest, InteractiveData="x" * 65_536)).status_code == 200
    assert stored(services)[0].payload["Body"] == longest
    assert post(client, whatsapp_form("x" * 300_000, sid="SM2")).status_code == 413


def test_a_commit_that_failed_is_told_so_that_twilio_repeats_or_asks_elsewhere(services: Services) -> None:
    uow = FailingCommits(services.uow)
    client = client_of(replace(services, uow=uow))
    assert post(client, whatsapp_form()).status_code == 500
    uow.broken = False
    assert post(client, whatsapp_form()).status_code == 200
    assert len(stored(services)) == 1


def test_it_is_for_post_alone(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 405
    assert client.options(PATH).status_code == 405


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 405),
        ({"twilio_whatsapp_from": ""}, 405),
        ({"public_url": ""}, 404),
        ({"twilio_account_sid": ""}, 404),
        ({"twilio_whatsapp_from": "", "twilio_sms_from": ""}, 404),
    ],
)
def test_it_is_there_where_twilio_can_be_believed(
    tmp_path: Path, changed: dict[str, Any], status: int
) -> None:
    client = app.create_app(replace(twilio_settings(tmp_path), **changed)).test_client()
    assert client.get(PATH).status_code == status
    refused = client.post(PATH, data=whatsapp_form(), headers={SIGNATURE_HEADER: "x"})
    assert (refused.status_code == 403) == (status == 405)
