"""What a simulated phone sends, in its provider's own form, and what it shows of a channel's payload. Pure."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.ports import PhoneMessage

CHANNELS = ("sim-telegram", "sim-whatsapp", "sim-sms")
APPS = {"sim-telegram": "Telegram", "sim-whatsapp": "WhatsApp", "sim-sms": "SMS"}
LONGEST = 5000  # characters of one message; SMS and chats take fewer, and the flow says so


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person did on the phone: typed a text, or tapped a choice (`ref`) of a shown message."""

    text: str
    ref: str = ""
    label: str = ""
    shown_in: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """Something to tap. `ref` comes back as the provider sends it."""

    label: str
    ref: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on a screen. `list_button` is what opens the rows of a WhatsApp list."""

    id: int
    mine: bool
    text: str
    at: datetime
    edited: bool = False
    rows: tuple[tuple[Key, ...], ...] = ()
    list_button: str = ""
    segments: int = 0


def sent_as(channel: str, handle: str, typed: Typed, *, number: int, at: datetime) -> dict[str, object]:
    """The provider's payload. `number` makes its id, and must be new each time."""
    if channel == "sim-telegram":
        return _update(handle, typed, number=number, at=at)
    return _form_parameters(channel, handle, typed, number=number)


def provider_id(payload: Mapping[str, object]) -> str:
    return str(payload.get("update_id") or payload["MessageSid"])


def bubble(message: PhoneMessage) -> Bubble:
    payload = message.payload
    text = str(payload.get("text") or payload.get("body") or "")
    if message.mine:
        return Bubble(id=message.id, mine=True, text=text, at=message.at)
    return Bubble(
        id=message.id,
        mine=False,
        # Telegram's payloads are HTML.
        text=html.unescape(text) if "method" in payload else text,
        at=message.at,
        edited=message.edited,
        rows=_keys(payload),
        list_button=str(payload.get("button") or ""),
        segments=int(str(payload.get("segments") or 0)),
    )


def _update(handle: str, typed: Typed, *, number: int, at: datetime) -> dict[str, object]:
    person = {"id": handle, "is_bot": False, "first_name": handle, "language_code": "en"}
    chat = {"id": handle, "type": "private"}
    if typed.ref:
        message = {"message_id": typed.shown_in, "chat": chat}
        query = {"id": f"{number}", "from": person, "message": message, "data": typed.ref}
        return {"update_id": number, "callback_query": query}
    message = {
        "message_id": number,
        "from": person,
        "chat": chat,
        "date": int(at.timestamp()),
        "text": typed.text,
    }
    return {"update_id": number, "message": message}


def _form_parameters(channel: str, handle: str, typed: Typed, *, number: int) -> dict[str, object]:
    prefix = "whatsapp:" if channel == "sim-whatsapp" else ""
    parameters: dict[str, object] = {
        "MessageSid": f"SM{number:032x}",
        "From": f"{prefix}{handle}",
        "Body": typed.label or typed.text,
        "NumMedia": "0",
    }
    if typed.ref:
        parameters |= {"ButtonPayload": typed.ref, "OriginalRepliedMessageSid": str(typed.shown_in)}
    return parameters


def _keys(payload: Mapping[str, Any]) -> tuple[tuple[Key, ...], ...]:
    keyboard = (payload.get("reply_markup") or {}).get("inline_keyboard", [])
    if keyboard:
        return tuple(tuple(Key(key["text"], key["callback_data"]) for key in row) for row in keyboard)
    buttons = [(Key(button["title"], button["id"]),) for button in payload.get("buttons", [])]
    rows = [(Key(row["title"], row["id"], row.get("description", "")),) for row in payload.get("rows", [])]
    return tuple(buttons + rows)
