"""A phone without a picture: what it sends in its provider's own form, and what it shows in letters. Pure."""

import html
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

_SMS_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_numbers = count(time.time_ns() // 1000)  # provider ids: new in this process and in the next


@dataclass(frozen=True, slots=True)
class Button:
    """Something to pick on the screen: `ref` goes back when it is tapped, nothing where only text can be sent."""

    number: int
    label: str
    ref: str
    hint: str = ""


def buttons(payload: Mapping[str, Any]) -> list[Button]:
    """What can be picked in a message, numbered as the person is told."""
    rows = (payload.get("reply_markup") or {}).get("inline_keyboard", [])
    keys = [(key["text"], key["callback_data"], "") for row in rows for key in row]
    keys += [
        (row["title"], row["id"], row.get("description", ""))
        for row in payload.get("buttons") or payload.get("rows") or []
    ]
    if keys:
        return [
            Button(_number(ref, place), label, ref, hint) for place, (label, ref, hint) in enumerate(keys, 1)
        ]
    numbered = _SMS_CHOICE.findall(str(payload.get("body") or ""))
    return [Button(int(number), label, "") for number, label in numbered]


def _number(ref: str, place: int) -> int:
    """As the conversation counts; a button that stands beside it is counted by its place."""
    said = ref.rpartition(":")[2]
    return int(said) if said.isdecimal() else place


def lines(payload: Mapping[str, Any]) -> Iterator[str]:
    """The message in letters: its text, and below it what can be tapped."""
    text = str(payload.get("text") or payload.get("body") or "")
    yield html.unescape(text) if "method" in payload else text
    if payload.get("segments"):
        yield f"({payload['segments']} SMS)"
    for button in buttons(payload):
        if button.ref:
            yield f"  [{button.number}] {button.label}" + (f" - {button.hint}" if button.hint else "")


def written(channel: str, handle: str, text: str) -> dict[str, object]:
    if channel == "sim-telegram":
        message = {"message_id": next(_numbers), "from": {"id": handle}, "chat": {"id": handle}, "text": text}
        return {"update_id": next(_numbers), "message": message}
    return _form(channel, handle, text)


def tapped(channel: str, handle: str, button: Button, *, shown_in: int) -> dict[str, object]:
    """What a real phone would send: the reference of a button, or the number where there are none."""
    if not button.ref:
        return written(channel, handle, str(button.number))
    if channel == "sim-telegram":
        message = {"message_id": shown_in, "chat": {"id": handle}}
        query = {"id": str(next(_numbers)), "from": {"id": handle}, "message": message, "data": button.ref}
        return {"update_id": next(_numbers), "callback_query": query}
    return _form(channel, handle, button.label) | {
        "ButtonPayload": button.ref,
        "OriginalRepliedMessageSid": str(shown_in),
    }


def provider_id(payload: Mapping[str, object]) -> str:
    return str(payload.get("update_id") or payload["MessageSid"])


def _form(channel: str, handle: str, text: str) -> dict[str, object]:
    prefix = "whatsapp:" if channel == "sim-whatsapp" else ""
    return {"MessageSid": f"SM{next(_numbers):032x}", "From": prefix + handle, "Body": text, "NumMedia": "0"}
