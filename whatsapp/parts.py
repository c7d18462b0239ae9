"""What an outgoing message is made of for Twilio's Messages API, part by part. Pure but for the frames that are known.

It must never pick words, nor say where a part goes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.conversation.messages import Message
from domain.ports import Approved, Outgoing
from whatsapp.frames import content_variables, frame_for
from whatsapp.render import cut, numbered, render_sms, render_whatsapp

BODY_LIMIT = 1600  # of the API; the choices at the end of a numbered text must not be cut off

ContentId = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Twilio's. `body` is what the person reads of it, `content` what goes in the body's place, where it
    has choices or was approved; `form` and `units` are what is charged. `plain` says the same in a body alone, where
    Twilio doesn't take the content.
    """

    body: str
    form: str
    units: int = 1
    content: Mapping[str, str] = field(default_factory=dict)
    plain: str = ""


def whatsapp_parts(outgoing: Outgoing, content_id: ContentId) -> list[Part]:
    """`content_id` tells what Twilio calls a frame of choices; without one, choices go as numbered lines."""
    if outgoing.approved is not None:
        return [_approved(outgoing.approved)]
    return [
        part
        for message in outgoing.messages
        for payload in render_whatsapp(message)
        for part in _whatsapp_parts(payload, message, content_id)
    ]


def sms_parts(outgoing: Outgoing) -> list[Part]:
    payloads: list[dict[str, Any]] = [p for message in outgoing.messages for p in render_sms(message)]
    return [Part(payload["body"], "sms", units=payload["segments"]) for payload in payloads]


def _approved(approved: Approved) -> Part:
    content = {
        "content_sid": approved.content_id,
        "content_variables": content_variables(approved.values),
    }
    return Part(approved.text, "template", content=content)


def _whatsapp_parts(payload: Mapping[str, Any], message: Message, content_id: ContentId) -> list[Part]:
    """Of more lines than a frame has, the last paragraph, which asks, goes below in a message of its own."""
    before, blank, last = str(payload["body"]).rpartition("\n\n")
    if payload["type"] == "text" or frame_for(payload) or not blank:
        return [_whatsapp_part(payload, message, content_id)]
    return [Part(before, "session"), _whatsapp_part({**payload, "body": last}, message, content_id)]


def _whatsapp_part(payload: Mapping[str, Any], message: Message, content_id: ContentId) -> Part:
    body = str(payload["body"])
    if payload["type"] == "text":
        return Part(body, "session")
    plain = cut(numbered(body, message.options), BODY_LIMIT)
    frame = frame_for(payload)
    made_as = content_id(frame.name) if frame is not None else None
    if frame is None or made_as is None:
        return Part(plain, "session")
    content = {"content_sid": made_as, "content_variables": content_variables(frame.filled(payload))}
    return Part(body, "session", content=content, plain=plain)
