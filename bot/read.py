"""Telegram's updates as we understand them, by the table in `bot.handlers`. Pure; never looks anything up."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telegram import Update

from bot import CHANNEL
from bot.handlers import HANDLERS
from domain.conversation.messages import Incoming

_log = logging.getLogger(__name__)


def read(payload: Mapping[str, Any], *, channel: str = CHANNEL) -> Incoming:
    """Whatever came, an Incoming: an update of a shape that nobody documented must not hold up those after it."""
    try:
        update = Update.de_json(dict(payload), None)
        found = next(handler.read(update) for handler in HANDLERS if handler.fits(update))
    except Exception as error:  # noqa: BLE001 (the library checks no types, so that anything may be raised)
        _log.warning("an update can't be read: %s", type(error).__name__)
        found = _unreadable(payload)
    return replace(found, channel=channel)


def _unreadable(payload: Mapping[str, Any]) -> Incoming:
    """A message that is surely private gets an answer; about anything else we keep silent."""
    message = payload.get("message")
    chat = message.get("chat") if isinstance(message, Mapping) else None
    is_private = isinstance(chat, Mapping) and chat.get("type") == "private"
    return Incoming(
        channel=CHANNEL,
        handle=str(chat.get("id") or "") if isinstance(chat, Mapping) else "",
        provider_id=str(payload.get("update_id") or ""),
        kind="unsupported" if is_private else "nothing",
    )
