"""An installation that Twilio posts to, and its forms with genuine signatures."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from admin_web import create_app
from domain.ports import InboxRow, Services
from persistence.memory import memory_uow
from settings import Settings
from tests.delivery.world import KeptHints, KeptMessages, SetClock, a_channel, services_for
from whatsapp.signature import SIGNATURE_HEADER
from whatsapp.webhook import PATH, inbound_view

ACCOUNT, TOKEN, OTHER_TOKEN = "AC" + "1" * 32, "t" * 32, "o" * 32
URL = "https://queue.example.org"
ASHA = "+919800000001"
FORM = "application/x-www-form-urlencoded"


def twilio_settings(var_dir: Path, *, public_url: str = URL, **more: str) -> Settings:
    known = Settings.from_env(
        {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_FROM": "+14155238886",
            "TWILIO_SMS_FROM": "+15550001",
            "SECRET_KEY": "k" * 40,
            "VAR_DIR": str(var_dir),
            **more,
        }
    )
    # Where people reach it is said here, since the rest of production isn't what these tests are about.
    return replace(known, public_url=public_url)


def installation(
    settings: Settings, *, channels: tuple[str, ...] = ("whatsapp", "sms"), clock: SetClock | None = None
) -> Services:
    clock, hints = clock or SetClock(), KeptHints()
    return services_for(
        memory_uow(hints, clock=clock),
        channels=[a_channel(name, KeptMessages()) for name in channels],
        announcer=hints,
        clock=clock,
        settings=settings,
    )


def client_of(services: Services) -> FlaskClient:
    return create_app(services, webhooks={PATH: inbound_view(services)}).test_client()


def whatsapp_form(body: str = "hi", *, sid: str = "SM1", **more: str) -> dict[str, Any]:
    """As Twilio posts a WhatsApp message, empty parameters included."""
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Asha",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": ASHA.removeprefix("+"),
        "SmsStatus": "received",
        "Body": body,
        "To": "whatsapp:+14155238886",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{ASHA}",
        "ApiVersion": "2010-04-01",
        **more,
    }


def sms_form(body: str = "hi", *, sid: str = "SM1", **more: str) -> dict[str, Any]:
    return {
        "ToCountry": "US",
        "FromCity": "",
        "MessageSid": sid,
        "SmsStatus": "received",
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "To": "+15550001",
        "From": ASHA,
        "AccountSid": ACCOUNT,
        **more,
    }


def signature_of(form: dict[str, Any], *, url: str = URL + PATH, token: str = TOKEN) -> str:
    return RequestValidator(token).compute_signature(url, MultiDict(form))


def post(client: FlaskClient, form: dict[str, Any], *, signature: str | None = None) -> TestResponse:
    """Genuine, unless another signature is given."""
    signed = signature_of(form) if signature is None else signature
    return client.post(
        PATH,
        data=urlencode(form, doseq=True),
        content_type=FORM,
        headers={SIGNATURE_HEADER: signed},
    )


def stored(services: Services, channel: str = "whatsapp", handle: str = ASHA) -> list[InboxRow]:
    with services.uow() as uow:
        return uow.inbox.waiting(channel=channel, handle=handle, limit=1000)
