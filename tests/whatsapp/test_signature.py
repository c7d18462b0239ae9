"""What Twilio has signed is believed, and nothing else is."""

from dataclasses import replace
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from settings import Settings
from whatsapp.signature import is_genuine, is_our_account

ACCOUNT, TOKEN, OTHER_TOKEN = "AC" + "1" * 32, "t" * 32, "o" * 32
PATH = "/twilio/inbound"
URL = "https://queue.example.org"
PARAMS = {"AccountSid": ACCOUNT, "Body": "नमस्ते 😀", "From": "whatsapp:+919800000001", "FromCity": ""}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    known = Settings.from_env(
        {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_FROM": "+14155238886",
            "VAR_DIR": str(tmp_path),
        }
    )
    return replace(known, public_url=URL)


def signed(params: object, *, url: str = URL + PATH, token: str = TOKEN) -> str:
    return RequestValidator(token).compute_signature(url, params)


def test_what_twilio_signed_is_genuine(settings: Settings) -> None:
    assert is_genuine(settings, path=PATH, params=PARAMS, signature=signed(PARAMS))


@pytest.mark.parametrize(
    "changed",
    [
        {**PARAMS, "Body": "b"},
        {**PARAMS, "New": "1"},
        {name: PARAMS[name] for name in ("AccountSid", "Body")},
    ],
)
def test_each_parameter_counts_also_those_that_nobody_knows(
    settings: Settings, changed: dict[str, str | list[str]]
) -> None:
    assert not is_genuine(settings, path=PATH, params=changed, signature=signed(PARAMS))
    assert is_genuine(settings, path=PATH, params=changed, signature=signed(changed))


def test_repeated_parameters_are_signed_by_their_sorted_values(settings: Settings) -> None:
    params: dict[str, str | list[str]] = {"AccountSid": ACCOUNT, "Tag": ["b", "a", "b"]}
    signature = signed(MultiDict(params))
    assert is_genuine(settings, path=PATH, params=params, signature=signature)
    assert is_genuine(settings, path=PATH, params={**params, "Tag": ["a", "b"]}, signature=signature)
    assert not is_genuine(settings, path=PATH, params={**params, "Tag": "b"}, signature=signature)


def test_both_tokens_are_believed_and_an_empty_one_never_is(settings: Settings) -> None:
    by_other, by_none = signed(PARAMS, token=OTHER_TOKEN), signed(PARAMS, token="")
    assert not is_genuine(settings, path=PATH, params=PARAMS, signature=by_other)
    assert not is_genuine(settings, path=PATH, params=PARAMS, signature=by_none)
    changing = replace(settings, twilio_auth_token_secondary=OTHER_TOKEN)
    for signature in (by_other, signed(PARAMS)):
        assert is_genuine(changing, path=PATH, params=PARAMS, signature=signature)
    nobody = replace(settings, twilio_auth_token="")
    assert not is_genuine(nobody, path=PATH, params=PARAMS, signature=by_none)


@pytest.mark.parametrize("signature", ["", "x", "é", "\udcff", "=" * 28, " " + "a" * 27 + "="])
def test_no_signature_and_garbage_are_refused(settings: Settings, signature: str) -> None:
    assert not is_genuine(settings, path=PATH, params=PARAMS, signature=signature)


def test_text_that_is_none_is_refused(settings: Settings) -> None:
    params = {**PARAMS, "Body": "\ud800"}
    assert not is_genuine(settings, path=PATH, params=params, signature=signed(PARAMS))


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        (URL, URL + ":443"),
        (URL + ":443", URL),
        (URL + ":8443", URL + ":8443"),
        (URL + ":8443", URL),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost", "http://localhost:80"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[::1]", "http://[::1]:80"),
    ],
)
def test_the_port_may_be_told_or_left_out(settings: Settings, public_url: str, url: str) -> None:
    ours = replace(settings, public_url=public_url)
    assert is_genuine(ours, path=PATH, params=PARAMS, signature=signed(PARAMS, url=url + PATH))


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.org/twilio/inbound",
        "http://queue.example.org/twilio/inbound",
        "https://queue.example.org:8443/twilio/inbound",
        "https://queue.example.org/twilio/status/1",
        "https://queue.example.org/twilio/inbound/",
        "https://queue.example.org/twilio/inbound#rc=3&rp=all",
    ],
)
def test_another_address_is_refused(settings: Settings, url: str) -> None:
    assert not is_genuine(settings, path=PATH, params=PARAMS, signature=signed(PARAMS, url=url))


def test_only_our_account_is_ours(settings: Settings) -> None:
    assert is_our_account(settings, PARAMS)
    assert not is_our_account(settings, {"AccountSid": "AC" + "2" * 32})
    assert not is_our_account(settings, {"AccountSid": [ACCOUNT, "AC" + "2" * 32]})
    assert not is_our_account(settings, {})
    assert not is_our_account(replace(settings, twilio_account_sid=""), {"AccountSid": ""})
