"""The address that Telegram posts to: believes nobody else, stores first, answers then."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin_web import create_app
from bot.secret import webhook_secret
from bot.webhook import PATH, SECRET_HEADER, webhook_view
from domain.ports import Services
from tests.delivery.world import KeptHints
from tests.races.race import race
from tests.telegram.taking_in import FailingCommits, installation_of, stored

TAP = {"update_id": 2, "callback_query": {"id": "77", "from": {"id": 7}, "data": "c:1"}}
HI = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 7}, "text": "hi"}}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return installation_of("http://127.0.0.1:1", KeptHints(), var_dir=tmp_path)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return client_of(services)


def client_of(services: Services) -> FlaskClient:
    app = create_app(services, webhooks={PATH: webhook_view(services)})
    return app.test_client()


def post(client: FlaskClient, services: Services, body: Any, **headers: str) -> TestResponse:
    told = {SECRET_HEADER: webhook_secret(services.settings), "Content-Type": "application/json", **headers}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(PATH, data=data, headers=told)


def test_an_update_is_stored_and_the_answer_asks_for_nothing(client: FlaskClient, services: Services) -> None:
    answer = post(client, services, HI)
    assert (answer.status_code, answer.json) == (200, {})
    assert [(row.provider_id, row.payload) for row in stored(services, "7")] == [("4242:1", HI)]
    assert "Set-Cookie" not in answer.headers


def test_a_tap_is_answered_by_the_answer_itself(client: FlaskClient, services: Services) -> None:
    answer = post(client, services, TAP)
    assert answer.json == {"method": "answerCallbackQuery", "callback_query_id": "77"}
    assert len(stored(services, "7")) == 1


@pytest.mark.parametrize("secret", ["", "x", "é", "\u0661", "ÿ" * 64])
def test_whoever_doesn_t_know_the_secret_is_refused_unread(
    client: FlaskClient, services: Services, secret: str
) -> None:
    sent = secret.encode("utf-8").decode("latin-1")
    answer = post(client, services, b"not even JSON", **{SECRET_HEADER: sent})
    assert (answer.status_code, answer.data) == (403, b"")
    assert post(client, services, HI, **{SECRET_HEADER: sent}).status_code == 403
    assert stored(services, "7") == []


def test_a_form_in_place_of_an_update_is_refused_unread(client: FlaskClient) -> None:
    answer = client.post(PATH, data={"a": "\0"})
    assert answer.status_code == 403


def test_the_secret_goes_with_the_token_and_the_key(services: Services) -> None:
    secret = webhook_secret(services.settings)
    others = [
        replace(services.settings, telegram_bot_token="4243:other"),
        replace(services.settings, secret_key="l" * 40),
    ]
    assert secret not in {webhook_secret(other) for other in others}
    assert services.settings.telegram_bot_token not in secret
    assert set(secret) <= set("0123456789abcdef")
    assert len(secret) == 64


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"17", b"{}", b'{"update_id": "1"}', b'{"update_id": NaN}', b"\xff", b"[" * 100_000],
)
def test_what_is_no_update_is_refused(client: FlaskClient, services: Services, body: bytes) -> None:
    assert post(client, services, body).status_code == 400


def test_the_longest_update_is_taken_and_a_longer_body_is_not(
    client: FlaskClient, services: Services
) -> None:
    quoted = {"message_id": 0, "chat": {"id": 7}, "text": "😀" * 4096}
    longest = {"update_id": 1, "message": {**quoted, "reply_to_message": quoted, "quote": quoted}}
    assert post(client, services, longest).status_code == 200
    assert post(client, services, b" " * (1024 * 1024 + 1)).status_code == 413


def test_a_commit_that_failed_is_told_so_that_telegram_repeats(services: Services) -> None:
    uow = FailingCommits(services.uow)
    failing = replace(services, uow=uow)
    client = client_of(failing)
    assert post(client, failing, HI).status_code == 500
    uow.broken = False
    assert post(client, failing, HI).status_code == 200
    assert len(stored(services, "7")) == 1


def test_the_same_update_twice_at_once_is_stored_once(services: Services) -> None:
    clients = [client_of(services) for _ in range(4)]
    answers = race([partial(post, client, services, HI) for client in clients])
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(stored(services, "7")) == 1


def test_it_is_for_post_alone(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 405
    assert client.options(PATH).status_code == 405
