"""A phone without a picture: what it sends in its provider's own form, and what it shows in letters. Pure."""

import html
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from zlib import crc32

_SMS_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_numbers = count(time.time_ns() // 1000)  # provider ids: new in this process and in the next


@dataclass(frozen=True, slots=True)
class Button:
    """Something to pick on the screen: `ref` goes back when it is tapped, nothing where only text can be sent.

    `mark` is what to type for it; `shares_number` sends the phone's own number.
    """

    mark: str
    label: str
    ref: str = ""
    hint: str = ""
    shares_number: bool = False


def buttons(payload: Mapping[str, Any]) -> list[Button]:
    """What can be picked in a message, numbered as the person is told; a calendar's empty days are left out."""
    keyboard = payload.get("reply_markup") or {}
    if "keyboard" in keyboard:
        return list(_keys_that_write(keyboard["keyboard"]))
    keys = [
        (key["text"], key["callback_data"], "") for row in keyboard.get("inline_keyboard", []) for key in row
    ]
    keys += [
        (row["title"], row["id"], row.get("description", ""))
        for row in payload.get("buttons") or payload.get("rows") or []
    ]
    if keys:
        # A button that means nothing has no colon in its data.
        marked = [(ref.rpartition(":")[2], label, ref, hint) for label, ref, hint in keys if ":" in ref]
        return [Button(mark, label, ref, hint) for mark, label, ref, hint in marked]
    numbered = _SMS_CHOICE.findall(str(payload.get("body") or ""))
    return [Button(number, label) for number, label in numbered]


def lines(payload: Mapping[str, Any]) -> Iterator[str]:
    """The message in letters: its text, and below it what can be tapped."""
    text = str(payload.get("text") or payload.get("body") or "")
    yield html.unescape(text) if "method" in payload else text
    if payload.get("segments"):
        yield f"({payload['segments']} SMS)"
    for button in buttons(payload):
        if "body" not in payload or button.ref:
            yield f"  [{button.mark}] {button.label}" + (f" - {button.hint}" if button.hint else "")


def written(channel: str, handle: str, text: str, *, at: datetime) -> dict[str, object]:
    if channel != "sim-telegram":
        return _form(channel, handle, text)
    command = re.match(r"/\w+", text)
    entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command else []
    return _update(message=_message(handle, at=at) | {"text": text, "entities": entities})


def tapped(channel: str, handle: str, button: Button, *, shown_in: int, at: datetime) -> dict[str, object]:
    """What a real phone would send: the reference of a button, or the number where there are none."""
    if button.shares_number:
        contact = {"phone_number": _number(handle), "first_name": handle, "user_id": handle}
        return _update(message=_message(handle, at=at) | {"contact": contact})
    if not button.ref:
        return written(channel, handle, button.label if channel == "sim-telegram" else button.mark, at=at)
    if channel == "sim-telegram":
        query = {
            "id": str(next(_numbers)),
            "from": _person(handle),
            "chat_instance": handle,
            "message": _message(handle, at=at) | {"message_id": shown_in},
            "data": button.ref,
        }
        return _update(callback_query=query)
    return _form(channel, handle, button.label) | {
        "ButtonPayload": button.ref,
        "OriginalRepliedMessageSid": str(shown_in),
    }


def provider_id(payload: Mapping[str, object]) -> str:
    return str(payload.get("update_id") or payload["MessageSid"])


def _keys_that_write(rows: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[Button]:
    """Telegram's other keyboard: its keys write their own label, or share the phone's number."""
    keys = (key for row in rows for key in row)
    for number, key in enumerate(keys, 1):
        yield Button(str(number), key["text"], shares_number=bool(key.get("request_contact")))


def _update(**content: object) -> dict[str, object]:
    return {"update_id": next(_numbers), **content}


def _message(handle: str, *, at: datetime) -> dict[str, object]:
    return {
        "message_id": next(_numbers),
        "date": int(at.timestamp()),
        "chat": {"id": handle, "type": "private", "first_name": handle},
        "from": _person(handle),
    }


def _person(handle: str) -> dict[str, object]:
    return {"id": handle, "is_bot": False, "first_name": handle}


def _number(handle: str) -> str:
    """A handle that looks like a phone number is it; another one always has the same made-up one."""
    looks_like_one = re.fullmatch(r"\+\d{7,15}", handle)
    return handle if looks_like_one else f"+9198{crc32(handle.encode()) % 10**8:08d}"


def _form(channel: str, handle: str, text: str) -> dict[str, object]:
    prefix = "whatsapp:" if channel == "sim-whatsapp" else ""
    return {"MessageSid": f"SM{next(_numbers):032x}", "From": prefix + handle, "Body": text, "NumMedia": "0"}
