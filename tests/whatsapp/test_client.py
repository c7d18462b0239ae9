"""Twilio's client: one for all threads, on time, at the right address, and quiet."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from settings import Settings
from tests.doubles.faults import Fault
from tests.twilio.twilio_api import TwilioApi
from whatsapp.client import OutOfTimeError, TwilioClient


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture
def settings(api: TwilioApi, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "TWILIO_ACCOUNT_SID": api.account,
            "TWILIO_AUTH_TOKEN": api.token,
            "TWILIO_SMS_FROM": "+15017122661",
            "TWILIO_API_URL": api.root,
            "VAR_DIR": str(tmp_path),
        }
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[TwilioClient]:
    made = TwilioClient(settings)
    yield made
    made.close()


def test_all_threads_share_one(client: TwilioClient) -> None:
    together = threading.Barrier(8)

    def rest(_: int) -> Any:
        together.wait(5)
        return client.rest

    with ThreadPoolExecutor(8) as pool:
        assert len({id(one) for one in pool.map(rest, range(8))}) == 1


@pytest.mark.parametrize(
    ("root", "content"),
    [
        ("https://api.twilio.com", "https://content.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://content.twilio.com"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9"),
        ("https://twilio.example.org", "https://twilio.example.org"),
    ],
)
def test_one_address_of_our_own_stands_for_all_of_twilios(
    settings: Settings, root: str, content: str
) -> None:
    rest = TwilioClient(replace(settings, twilio_api_url=root)).rest
    assert (rest.api.base_url, rest.content.base_url) == (root, content)
    assert rest.messaging.base_url == content.replace("content.", "messaging.")


def test_it_looks_at_no_variable_of_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "elsewhere")
    rest = TwilioClient(settings).rest
    assert (rest.edge, rest.region, rest.auth) == ("", None, (settings.twilio_account_sid, "5b" * 16))


def test_what_is_asked_together_ends_together(api: TwilioApi, client: TwilioClient) -> None:
    api.fail("messages.list", Fault.HANG)
    begun = time.monotonic()
    with client.within(0.3):
        with pytest.raises(requests.ReadTimeout):
            client.rest.messages.list(limit=1)
        with pytest.raises(OutOfTimeError):
            client.rest.messages.list(limit=1)
    assert time.monotonic() - begun < 3
    assert client.rest.messages.list(limit=1) == []


def test_nothing_is_asked_twice(api: TwilioApi, client: TwilioClient) -> None:
    api.fail("messages.list", Fault.DROP, times=3)
    with pytest.raises(requests.ConnectionError):
        client.rest.messages.list(limit=1)
    assert len(api.calls) == 1


def test_it_does_not_show_its_token(api: TwilioApi, client: TwilioClient) -> None:
    assert api.token not in repr(client) + repr(client.rest)


def test_a_forked_child_makes_its_own(client: TwilioClient) -> None:
    before = client.rest
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"anew" if client.rest is not before else b"same")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        assert told.read() == b"anew"
    assert client.rest is before
