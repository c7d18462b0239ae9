"""Somebody with a phone: what they write and tap, as Twilio posts it, and what they see of what we sent.

The forms have the parameters of Twilio's own requests: https://www.twilio.com/docs/messaging/guides/webhook-request.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from tests.twilio.contents import Choice
from tests.twilio.messages import WHATSAPP, Message, new_sid
from tests.twilio.posts import Form

if TYPE_CHECKING:
    from tests.twilio.twilio_api import TwilioApi

STOPS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
STARTS = {"start", "yes", "unstop"}
HELPS = {"help", "info"}
Found = TypeVar("Found")


class Phone:
    """One address: `whatsapp:+91…` or `+91…`. What it does returns the message's SID."""

    def __init__(self, api: "TwilioApi", address: str, name: str) -> None:
        self._api = api
        self.address = address
        self.name = name

    @property
    def is_whatsapp(self) -> bool:
        return self.address.startswith(WHATSAPP)

    def says(self, text: str, *, in_reply_to: Message | None = None) -> str:
        quoted = self._quoting(in_reply_to) if in_reply_to else {}
        return self.sends(text, MessageType="text", **quoted)

    def taps(self, label: str, message: Message | None = None) -> str:
        """The choice with this label, under this message or the latest that has it."""
        under = message or self._latest_with(label)
        choice = next(choice for choice in under.choices if choice.title == label)
        return self.forges(choice, under)

    def forges(self, choice: Choice, message: Message) -> str:
        """A tap with any id on a message."""
        if message.kind == "twilio/list-picker":
            tapped = {"ListId": choice.id, "ListTitle": choice.title}
            if choice.description:
                tapped["ListDescription"] = choice.description
        else:
            tapped = {"ButtonText": choice.title, "ButtonPayload": choice.id}
        kind = "button" if message.is_template else "interactive"
        return self.sends(choice.title, MessageType=kind, **self._quoting(message), **tapped)

    def sends_picture(self, caption: str = "") -> str:
        return self._sends_media("image/jpeg", MessageType="image", Body=caption)

    def sends_voice(self) -> str:
        return self._sends_media("audio/ogg", MessageType="audio")

    def shares_contact(self) -> str:
        return self._sends_media("text/vcard", MessageType="contacts")

    def shares_location(self, latitude: float, longitude: float, *, label: str = "") -> str:
        named = {"Label": label, "Address": label} if label else {}
        return self.sends(
            "", MessageType="location", Latitude=str(latitude), Longitude=str(longitude), **named
        )

    def sends(self, body: str, **more: str) -> str:
        """Anything else that a form may hold."""
        form = self.form(body, **more)
        self.posts(form)
        return form["MessageSid"]

    def posts(self, form: Form) -> int:
        """Has the form listed by the API, and posted where there is a webhook: what that answered, or 0."""
        with self._api.changing:
            self._heed(form)
            self._api.receives(form)
        return self._api.posts_inbound(form)

    def form(self, body: str, **more: str) -> Form:
        """As Twilio would post it, without posting it."""
        sid = new_sid("MM" if more.get("NumMedia", "0") != "0" else "SM")
        form = {
            "ToCountry": "US",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "To": self._to,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self._api.account,
            "From": self.address,
            "ApiVersion": "2010-04-01",
        }
        if self.is_whatsapp:
            del form["ToCountry"]
            form |= {"ProfileName": self.name, "ReferralNumMedia": "0", "MessageType": "text"}
            form |= {"WaId": self.address.removeprefix(f"{WHATSAPP}+")}
            return form | more
        more.pop("MessageType", None)
        if self._api.sms_by_service:
            form["MessagingServiceSid"] = self._api.service.sid
            if opted := _opted(body):
                form["OptOutType"] = opted
        return form | {"FromCountry": "IN", "FromCity": "", "FromState": "", "FromZip": ""} | more

    def reads(self, message: Message) -> int:
        """Opens it: WhatsApp tells us. The status that our webhook answered."""
        return self._api.reports(message.sid, "read")

    def blocks(self) -> None:
        """Us, on WhatsApp."""
        with self._api.changing:
            self._api.blocked_by.add(self.address)

    @property
    def received(self) -> list[Message]:
        """What has come from us, oldest first."""
        return [
            message for message in self._api.messages if message.to == self.address and not message.fails_with
        ]

    @property
    def texts(self) -> list[str]:
        return [message.body for message in self.received]

    def sees(self, text: str, *, within: float = 10) -> Message:
        """Wait for a message of ours that says this. Raises AssertionError with what is there."""

        def found() -> Message | None:
            return next((message for message in reversed(self.received) if text in message.body), None)

        return self._api.wait_for(found, within=within, otherwise=lambda: f"no {text!r} in {self.texts}")

    def comes_to(self, truth: Callable[[], Found | None], *, within: float = 10) -> Found:
        """What `truth` returns once that is something. Raises AssertionError with what is there."""
        return self._api.wait_for(truth, within=within, otherwise=lambda: f"not in {self.texts}")

    @property
    def _to(self) -> str:
        return self._api.sender.sender_id if self.is_whatsapp else self._api.number.phone_number

    def _sends_media(self, content_type: str, *, Body: str = "", **more: str) -> str:  # noqa: N803 (Twilio's name)
        url = f"{self._api.root}/2010-04-01/Accounts/{self._api.account}/Messages/MM/Media/ME{'0' * 32}"
        return self.sends(Body, NumMedia="1", MediaUrl0=url, MediaContentType0=content_type, **more)

    def _quoting(self, message: Message) -> Form:
        return {"OriginalRepliedMessageSid": message.sid, "OriginalRepliedMessageSender": self._to}

    def _latest_with(self, label: str) -> Message:
        for message in reversed(self.received):
            if any(choice.title == label for choice in message.choices):
                return message
        shown = [(message.body, [choice.title for choice in message.choices]) for message in self.received]
        raise AssertionError(f"nothing to tap {label!r} under: {shown}")

    def _heed(self, form: Form) -> None:
        """What Twilio itself makes of the words that carriers reserve: not where a short code stands alone."""
        if self.is_whatsapp:
            self._api.blocked_by.discard(self.address)
        elif form["To"].isdecimal() and "MessagingServiceSid" not in form:
            return
        elif _opted(form["Body"]) == "STOP":
            self._api.opted_out.add(self.address)
        elif _opted(form["Body"]) == "START":
            self._api.opted_out.discard(self.address)


def _opted(body: str) -> str:
    word = body.strip().lower()
    return "STOP" if word in STOPS else "START" if word in STARTS else "HELP" if word in HELPS else ""
