"""What a simulated phone sends, in its provider's own form, and what it shows of a channel's payload. Pure."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zlib import crc32

from domain.ports import PhoneMessage

CHANNELS = ("sim-telegram", "sim-whatsapp", "sim-sms")
APPS = {"sim-telegram": "Telegram", "sim-whatsapp": "WhatsApp", "sim-sms": "SMS"}
LONGEST = 5000  # characters of one message; SMS and chats take fewer, and the flow says so


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person did on the phone: typed a text, tapped a choice (`ref`) of a shown message, or shared the
    phone's number.
    """

    text: str
    ref: str = ""
    label: str = ""
    shown_in: int = 0
    shares_number: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Something to tap. `ref` comes back as the provider sends it; without one the label is written.

    `shares_number` sends the phone's own number.
    """

    label: str
    ref: str
    hint: str = ""
    shares_number: bool = False


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


def bubbles(messages: Sequence[PhoneMessage]) -> tuple[Bubble, ...]:
    """A screen. Keys that write instead of choosing stand below the newest message alone, where the keyboard was."""
    shown = [bubble(message) for message in messages]
    return tuple(replace(one, rows=()) if one is not shown[-1] and _writes(one) else one for one in shown)


def _writes(one: Bubble) -> bool:
    return any(not key.ref for row in one.rows for key in row)


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
    chat = {"id": handle, "type": "private", "first_name": handle}
    message = {"message_id": number, "from": person, "chat": chat, "date": int(at.timestamp())}
    if typed.ref:
        shown = message | {"message_id": typed.shown_in}
        query = {
            "id": f"{number}",
            "from": person,
            "chat_instance": handle,
            "message": shown,
            "data": typed.ref,
        }
        return {"update_id": number, "callback_query": query}
    if typed.shares_number:
        contact = {"phone_number": _number_of(handle), "first_name": handle, "user_id": handle}
        return {"update_id": number, "message": message | {"contact": contact}}
    command = re.match(r"/\w+", typed.text)
    entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command else []
    return {"update_id": number, "message": message | {"text": typed.text, "entities": entities}}


def _number_of(handle: str) -> str:
    """A handle that looks like a phone number is it; another one always has the same made-up one."""
    looks_like_one = re.fullmatch(r"\+\d{7,15}", handle)
    return handle if looks_like_one else f"+9198{crc32(handle.encode()) % 10**8:08d}"


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
    markup = payload.get("reply_markup") or {}
    keyboard = markup.get("inline_keyboard") or markup.get("keyboard") or []
    if keyboard:
        return tuple(tuple(_telegram_key(key) for key in row) for row in keyboard)
    buttons = [(Key(button["title"], button["id"]),) for button in payload.get("buttons", [])]
    rows = [(Key(row["title"], row["id"], row.get("description", "")),) for row in payload.get("rows", [])]
    return tuple(buttons + rows)


def _telegram_key(key: Mapping[str, Any]) -> Key:
    return Key(key["text"], key.get("callback_data", ""), shares_number=bool(key.get("request_contact")))
