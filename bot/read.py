"""Telegram's updates as we understand them. Pure; never looks anything up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.render import TAP
from domain.conversation.messages import Incoming


def read(payload: Mapping[str, Any], *, channel: str = "telegram") -> Incoming:
    """An Update with a `message`, an `edited_message` or a `callback_query`; anything else is `unsupported`."""
    query = payload.get("callback_query")
    if query:
        return _tap(payload, query, channel=channel)
    edited = payload.get("edited_message")
    if edited:
        # What it said was answered already: like a button of an older message, it gets the present question.
        return replace(_message(payload, edited, channel=channel), kind="tap", text="", tapped="")
    return _message(payload, payload.get("message") or {}, channel=channel)


read_simulated = partial(read, channel="sim-telegram")


def _tap(payload: Mapping[str, Any], query: Mapping[str, Any], *, channel: str) -> Incoming:
    data = str(query.get("data") or "")
    shown_in = (query.get("message") or {}).get("message_id")
    return Incoming(
        channel=channel,
        handle=str(query["from"]["id"]),
        provider_id=str(payload["update_id"]),
        kind="tap",
        # Data of another make is a button that no version of ours knows: it reads as a stale one.
        tapped=data.removeprefix(TAP) if data.startswith(TAP) else "",
        shown_in=None if shown_in is None else str(shown_in),
        language=query["from"].get("language_code"),
    )


def _message(payload: Mapping[str, Any], message: Mapping[str, Any], *, channel: str) -> Incoming:
    sender = message.get("from") or message.get("chat") or {}
    text, contact = message.get("text"), message.get("contact")
    if contact:
        return _contact(payload, message, contact, channel=channel)
    return Incoming(
        channel=channel,
        handle=str((message.get("chat") or sender).get("id", "")),
        provider_id=str(payload["update_id"]),
        kind="text" if isinstance(text, str) else "unsupported",
        text=text.replace("\0", "") if isinstance(text, str) else "",
        language=sender.get("language_code"),
        sent_at=datetime.fromtimestamp(message["date"], tz=UTC) if "date" in message else None,
    )


def _contact(
    payload: Mapping[str, Any], message: Mapping[str, Any], contact: Mapping[str, Any], *, channel: str
) -> Incoming:
    """Telegram vouches for a number only where it says that the contact is who sent it."""
    sender = message.get("from") or {}
    return Incoming(
        channel=channel,
        handle=str((message.get("chat") or sender).get("id", "")),
        provider_id=str(payload["update_id"]),
        kind="contact",
        language=sender.get("language_code"),
        phone=str(contact.get("phone_number") or ""),
        is_own="id" in sender and contact.get("user_id") == sender["id"],
    )
