"""The whole thing as `make run` starts it, with one citizen on WhatsApp and one who can only text, through Twilio."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from embedded.process import free_port
from tests.doubles.faults import Fault
from tests.installation import Installation, fill_with_demo
from tests.processes import eventually, marked_with
from tests.room import Room
from tests.twilio.phones import Phone
from tests.twilio.twilio_api import SMS_FROM, WHATSAPP_FROM, TwilioApi

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the processes are watched through /proc"),
    pytest.mark.timeout(180),
]
PATIENCE = 30
SERVICE = "Passports and identity cards"


@pytest.fixture
def people(api: TwilioApi) -> list[Phone]:
    return [
        api.phone("+447700900101", on="whatsapp", name="Asha Rao"),
        api.phone("+447700900102", on="sms", name="Bela Sen"),
    ]


def twilio(api: TwilioApi) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": api.account,
        "TWILIO_AUTH_TOKEN": api.token,
        "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
        "TWILIO_SMS_FROM": SMS_FROM,
        "TWILIO_SMS_SEGMENTS_PER_SECOND": "100",
        "TWILIO_API_URL": api.root,
    }


@pytest.fixture
def in_public(api: TwilioApi, postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Installation]:
    fill_with_demo(postgres_url)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    api.posts_to(f"{address}/twilio/inbound#rc=3&rp=all")
    installation = Installation(
        tmp_path,
        port,
        PUBLIC_URL=address,
        DATABASE_URL=postgres_url,
        REDIS_URL=redis_url,
        SECRET_KEY="k" * 40,
        **twilio(api),
    )
    with installation.running():
        installation.says("ThreeAway runs at")
        yield installation


@pytest.fixture
def on_a_laptop(api: TwilioApi, tmp_path: Path) -> Iterator[Installation]:
    """Without PUBLIC_URL: nobody can post to it."""
    installation = Installation(tmp_path, free_port(), **twilio(api))
    with installation.running():
        installation.says("ThreeAway runs at")
        yield installation


def book(people: Sequence[Phone]) -> None:
    """From "hi" to a token, all of them at the same time."""
    _all(people, lambda phone: phone.says("hi"), see="Do you agree?")
    _all(people, lambda phone: chooses(phone, "I agree"), see="full name")
    _all(people, lambda phone: phone.says(phone.name), see="Which place?")
    _all(people, lambda phone: chooses(phone, "Civic Centre"), see="for what?")
    _all(people, lambda phone: chooses(phone, SERVICE[:20]), see="which day?")
    _all(people, lambda phone: chooses(phone, "Earliest free"), see="Book it?")
    _all(people, lambda phone: chooses(phone, "Book it"), see="Your code")


def chooses(phone: Phone, beginning: str) -> None:
    """By a tap where the latest message has something to tap, else by the number that stands before it."""
    latest = phone.received[-1]
    label = next((choice.title for choice in latest.choices if choice.title.startswith(beginning)), None)
    if label is not None:
        phone.taps(label, latest)
        return
    numbered = re.search(rf"^(\d+)\W+{re.escape(beginning)}", latest.body, flags=re.MULTILINE)
    assert numbered, f"nothing begins with {beginning!r} in {latest.body!r}"
    phone.says(numbered[1])


def _all(people: Sequence[Phone], act: Callable[[Phone], object], *, see: str) -> None:
    for phone in people:
        act(phone)
    for phone in people:
        phone.sees(see, within=PATIENCE)


def counters(installation: Installation) -> list[Room]:
    return [Room(installation, site="civic-centre", service=SERVICE, counter=number) for number in (0, 1)]


def workers(installation: Installation) -> list[int]:
    return [pid for pid in marked_with(installation.mark) if b"jobs.worker" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_two_who_book_are_called_though_the_workers_are_killed_and_nothing_is_lost(
    api: TwilioApi, in_public: Installation, people: list[Phone], postgres_url: str
) -> None:
    book(people)
    first, second = counters(in_public)
    first.start()
    for phone in people:
        phone.sees("you're ", within=PATIENCE)
    # What is in a worker's hands when it is killed has reached the phone, and nobody has said so.
    api.fail("messages.create", Fault.HANG_AFTER, times=2)
    first.calls_next()
    api.wait_for(lambda: any(_is_told(phone, "it's your turn") for phone in people), within=PATIENCE)
    for pid in workers(in_public):
        os.kill(pid, signal.SIGKILL)
    second.calls_next()
    for phone in people:
        phone.sees("it's your turn", within=2 * PATIENCE)
    api.settles()
    eventually(
        lambda: _unheard(api, postgres_url) == [],
        otherwise=lambda: str(_unheard(api, postgres_url)),
        within=60,
    )
    calls = [text for phone in people for text in phone.texts if "it's your turn" in text]
    assert len(calls) == 2, f"what was in hand was sent again without a look whether it had gone: {calls}"
    assert {status for _, status in api.posts} == {200, 204}


def _is_told(phone: Phone, words: str) -> bool:
    return any(words in text for text in phone.texts)


def _unheard(api: TwilioApi, url: str) -> list[tuple[object, ...]]:
    """What was said and of which we don't know that it arrived. What has gone out meanwhile is told of first."""
    api.settles()
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT kind, state, error FROM outbox"
            " WHERE delivered_at IS NULL AND state <> 'suppressed' AND due_at <= now()"
        ).fetchall()


def test_without_a_public_address_what_people_write_is_fetched(
    api: TwilioApi, on_a_laptop: Installation, people: list[Phone]
) -> None:
    on_a_laptop.says(f"WhatsApp: Online as {WHATSAPP_FROM}")
    on_a_laptop.says(f"SMS: People write to {SMS_FROM}")
    _all(people, lambda phone: phone.says("hi"), see="Do you agree?")
    _all(people, lambda phone: chooses(phone, "I agree"), see="full name")
    assert api.posts == []
    assert not any("StatusCallback" in call for call in api.called("messages.create"))
    checked = on_a_laptop.check()
    for well in (
        "Twilio",
        "WhatsApp",
        "WhatsApp webhook",
        "WhatsApp messages missed",
        "SMS",
        "SMS messages missed",
    ):
        assert f"ok     {well}: " in checked
    assert "TO DO  WhatsApp templates, English" in checked
    assert api.token not in checked + on_a_laptop.said
