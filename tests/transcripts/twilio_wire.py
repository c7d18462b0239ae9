"""WhatsApp and SMS between a chat and the town: the double of Twilio, our real webhook and real sender at its ends.

What a person does comes in as a signed POST; what they see is what the double took from the real client. One for all
tests of a process, since a client takes longer to make than a conversation to play.
"""

import atexit
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue

from domain.ports import Channel, Content, Services, UnitOfWork
from domain.texts.catalogue import load
from domain.use_cases.deliver import work_outbox
from settings import Settings
from tests.transcripts.wire import NoPace
from tests.twilio.messages import Message
from tests.twilio.phones import Phone
from tests.twilio.posts import Form, Headers
from tests.twilio.twilio_api import SMS_FROM, WHATSAPP_FROM, TwilioApi
from whatsapp.channel import twilio_channels
from whatsapp.client import TwilioClient
from whatsapp.contents import definitions
from whatsapp.frames import as_read
from whatsapp.webhook import PATH, inbound_view

PUBLIC_URL = "https://queue.example.org"
WIRED = frozenset({"whatsapp", "sms"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that the double took, as `render` would have put it, and the SID that it gave it."""

    payload: Mapping[str, Any]
    sid: str


class TwilioWire:
    def __init__(self) -> None:
        self.api = TwilioApi().__enter__()
        self.api.hands_to = self._take
        self.api.posts_to(f"{PUBLIC_URL}{PATH}#rc=3&rp=all")
        self._client = TwilioClient(self.connected(Settings.from_env({"SECRET_KEY": "x" * 40})))
        self._frames = [
            Content(
                "whatsapp",
                self.api.account,
                made.name,
                made.language,
                self.api.adds_content(dict(made.types), name=made.friendly_name).sid,
                made.fingerprint,
            )
            for made in definitions(load())
            if made.is_frame
        ]
        self._app = Flask("wire")
        self._app.add_url_rule(PATH, view_func=self._view, methods=["POST"])
        self._posts = self._app.test_client()
        self._services: Services | None = None

    def connected(self, settings: Settings) -> Settings:
        """The same installation with an account at the double."""
        return replace(
            settings,
            twilio_account_sid=self.api.account,
            twilio_auth_token=self.api.token,
            twilio_whatsapp_from=WHATSAPP_FROM,
            twilio_sms_from=SMS_FROM,
            twilio_api_url=self.api.root,
            public_url=PUBLIC_URL,
        )

    def channels(self, settings: Settings, uow: Callable[[], UnitOfWork]) -> dict[str, Channel]:
        """The real ones; what they need at Twilio is made."""
        with uow() as unit:
            for frame in self._frames:
                unit.contents.save(frame)
            unit.commit()
        return twilio_channels(self.connected(settings), pace=NoPace(), uow=uow, client=self._client)

    def phone(self, channel: str, handle: str) -> Phone:
        return self.api.phone(handle, on=channel)

    def comes_in(self, services: Services, phone: Phone, form: Mapping[str, object]) -> None:
        """What a person did, by way of the double and our webhook into the inbox."""
        self._services, self.api.now = services, services.clock.now
        # A form is of UTF-8: half a character never comes by one.
        status = phone.posts(
            {name: str(value).encode("utf-8", "replace").decode() for name, value in form.items()}
        )
        assert status == 200, f"our webhook answered {status}"

    def delivers(self, services: Services, outbox_id: int) -> list[Shown]:
        """Has the row sent, and tells what the phone shows of it."""
        self.api.now = services.clock.now
        before, asked = len(self.api.messages), len(self.api.calls)
        work_outbox(services, [outbox_id])
        # What is refused as a content goes as numbered lines: nobody would miss the buttons.
        refused = [call.refusal for call in self.api.calls[asked:] if "ContentSid" in call.params]
        assert not any(refused), refused
        return [
            Shown(_payload(message), message.sid)
            for message in self.api.messages[before:]
            if not message.fails_with
        ]

    def close(self) -> None:
        self._client.close()
        self.api.__exit__(None, None, None)

    def _take(self, path: str, form: Form, headers: Headers) -> int:
        return self._posts.post(path, data=form, headers=headers).status_code

    def _view(self) -> ResponseReturnValue:
        assert self._services is not None
        services = self._services
        return inbound_view(replace(services, settings=self.connected(services.settings)))()


@cache
def twilio_wire() -> TwilioWire:
    made = TwilioWire()
    atexit.register(made.close)
    return made


def _payload(message: Message) -> Mapping[str, Any]:
    said = {"body": as_read(message.body).rstrip()}
    shown = [
        {"id": choice.id, "title": as_read(choice.title), "description": as_read(choice.description)}
        for choice in message.choices
    ]
    if message.kind == "twilio/list-picker":
        return {"type": "list", **said, "rows": shown}
    if message.kind == "twilio/quick-reply":
        return {"type": "buttons", **said, "buttons": shown}
    return {"type": "text" if message.is_whatsapp else "sms", **said}
