"""How the message log says what went, how, and what became of it. English for staff; decides nothing."""

import re
from collections.abc import Mapping

from domain.errors import SendFault
from domain.views import MessageView

KINDS = {
    "reply": "Answer",
    "confirmed": "Booking confirmed",
    "moved": "Booking moved",
    "cancelled": "Booking cancelled",
    "reminder": "Reminder",
    "near": "Almost your turn",
    "called": "It's your turn",
    "undone": "Correction",
    "code": "Code",
}
CHANNELS = {
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "telegram": "Telegram",
    "sim-whatsapp": "WhatsApp (simulated)",
    "sim-sms": "SMS (simulated)",
    "sim-telegram": "Telegram (simulated)",
}
_STATES = {
    "due": "on its way",
    "sending": "on its way",
    "later": "tried again soon",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "not delivered",
    "expired": "too late to send",
    "suppressed": "not sent",
}
_UNITS = {
    "sms": ("SMS segment", "SMS segments"),
    "session": ("message", "messages"),
    "template": ("template", "templates"),
}
_FAULTS = {
    SendFault.LATER.value: "The provider had trouble",
    SendFault.THROTTLED.value: "Too many at once",
    SendFault.STOPPED.value: "The person opted out",
    SendFault.BLOCKED.value: "The person's chat takes nothing from us",
    SendFault.UNCLEAR.value: "Nobody can say whether it arrived",
    SendFault.UNREACHABLE.value: "This address can't be reached",
    SendFault.ABSENT.value: "The phone was off or out of reach",
    SendFault.CLOSED.value: "No chat was open on WhatsApp",
    SendFault.REFUSED.value: "The provider or a carrier refused it",
    SendFault.OURS.value: "The provider doesn't let us in",
}
_REASONS = {
    "bug": "An error of ours; the log says more",
    "no-consent": "The person has not agreed to messages there",
    "no-channel": "The channel is not set up any more",
    "reached": "The first message arrived after all",
    "no-template": "No chat was open on WhatsApp, and it has approved no words for that time",
    "outdated": "Newer answers took its place",
    "nearer-now": "Something newer was told",
    "called-again": "Something newer was told",
    "further-now": "No longer true",
}


def kind_of_message(kind: str) -> str:
    return KINDS.get(kind, kind)


def channel(name: str | None) -> str:
    return CHANNELS.get(name or "", name or "")


def state_of_message(state: str) -> str:
    return _STATES[state]


def units(row: MessageView) -> str:
    """What is charged, or nothing."""
    if row.form is None or not row.parts:
        return ""
    one, many = _UNITS.get(row.form, (row.form, row.form))
    return f"{row.parts} {one if row.parts == 1 else many}"


def what_went_wrong(error: str | None) -> str:
    """An outbox row's reason in words, with the provider's own number, which always stays to be read."""
    if not error:
        return ""
    reason, _, code = error.partition(" ")
    if reason in _FAULTS:
        return f"{_FAULTS[reason]} ({code})" if code else _FAULTS[reason]
    if reason == "withdrawn":
        return "Taken back by an undo"
    if re.fullmatch(r"not-[a-z-]+", reason):
        return "No longer true"
    return _REASONS.get(reason, error)


FILTERS: Mapping[str, object] = {
    "kind_of_message": kind_of_message,
    "channel": channel,
    "state_of_message": state_of_message,
    "units": units,
    "what_went_wrong": what_went_wrong,
}
