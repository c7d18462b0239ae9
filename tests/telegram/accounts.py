"""What the double remembers: bots, their chats, and what was said in them."""

import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.telegram.keyboards import Markup, below_the_chat
from tests.telegram.refusals import BLOCKED, CANT_INITIATE, CHAT_NOT_FOUND, DEACTIVATED, migrated

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Profile:
    """A user of Telegram, as others see them."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""

    def as_json(self) -> Json:
        told = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {"id": self.id, "is_bot": False, "first_name": self.first_name} | {
            name: value for name, value in told.items() if value
        }


@dataclass(slots=True, kw_only=True)
class Message:
    id: int
    chat: "Chat" = field(repr=False)
    sender: Json
    is_ours: bool
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    markup: Markup | None = None
    content: Json = field(default_factory=dict)
    is_silent: bool = False
    date: int = field(default_factory=lambda: int(time.time()))
    sent_at: float = field(default_factory=time.monotonic)
    edited: int = 0
    edit_date: int = 0
    is_deleted: bool = False

    @property
    def buttons(self) -> list[list[str]]:
        """The labels, row by row."""
        return [[button["text"] for button in row] for row in (self.markup or {}).get("inline_keyboard", [])]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.buttons for label in row]

    def data_of(self, label: str) -> str:
        """The callback data behind a label. Raises AssertionError when nobody could tap it."""
        for button in (button for row in (self.markup or {}).get("inline_keyboard", []) for button in row):
            if button["text"] == label:
                assert "callback_data" in button, f"{label!r} is no button of ours: {button}"
                return button["callback_data"]
        raise AssertionError(f"no button {label!r} under {self.text!r}; there are {self.labels}")

    def as_json(self) -> Json:
        body = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": self.date,
        } | self.content
        optional = {
            "text": self.text,
            "entities": self.entities,
            "reply_markup": self.markup,
            "edit_date": self.edit_date,
        }
        return body | {name: value for name, value in optional.items() if value}


@dataclass(slots=True, kw_only=True)
class Chat:
    id: int
    profile: Profile | None = None  # whom it is private with
    title: str = ""
    is_started: bool = False
    is_blocked: bool = False
    is_deactivated: bool = False
    migrated_to: int = 0
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    keyboard: Markup | None = None  # the reply keyboard

    def as_json(self) -> Json:
        if self.profile is None:
            kind = "supergroup" if str(self.id).startswith("-100") else "group"
            return {"id": self.id, "type": kind, "title": self.title}
        shown = self.profile.as_json()
        names = {name: shown[name] for name in ("first_name", "last_name", "username") if name in shown}
        return {"id": self.id, "type": "private"} | names

    def refuse_if_closed(self) -> None:
        """Raises what the Bot API says to who writes where it can't."""
        if self.migrated_to:
            raise migrated(self.migrated_to)
        if self.is_deactivated:
            raise DEACTIVATED
        if self.is_blocked:
            raise BLOCKED
        if not self.is_started:
            raise CANT_INITIATE

    @property
    def screen(self) -> list[Message]:
        return [message for message in self.messages.values() if not message.is_deleted]


@dataclass(slots=True, kw_only=True)
class CallbackQuery:
    id: str
    is_expired: bool = False
    answers: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Account:
    """A bot."""

    id: int
    token: str
    username: str
    first_name: str
    joins_groups: bool = True  # as @BotFather was told
    reads_groups: bool = False
    chats: dict[int, Chat] = field(default_factory=dict, repr=False)
    queries: dict[str, CallbackQuery] = field(default_factory=dict, repr=False)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    _message_ids: "count[int]" = field(default_factory=lambda: count(1))

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.first_name,
            "username": self.username,
            "can_join_groups": self.joins_groups,
            "can_read_all_group_messages": self.reads_groups,
            "supports_inline_queries": False,
        }

    def chat(self, chat_id: object) -> Chat:
        try:
            return self.chats[int(str(chat_id))]
        except (KeyError, ValueError):
            raise CHAT_NOT_FOUND from None

    def writes(
        self, chat: Chat, *, text: str, entities: list[Json], markup: Markup | None, **more: Any
    ) -> Message:
        is_inline = markup is not None and "inline_keyboard" in markup
        chat.keyboard = below_the_chat(markup, before=chat.keyboard)
        sender = {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}
        return self.keeps(
            chat,
            sender=sender,
            is_ours=True,
            text=text,
            entities=entities,
            markup=markup if is_inline else None,
            **more,
        )

    def keeps(self, chat: Chat, **message: Any) -> Message:
        kept = Message(id=next(self._message_ids), chat=chat, **message)
        chat.messages[kept.id] = kept
        return kept

    def asks(self) -> CallbackQuery:
        query = CallbackQuery(id=str(secrets.randbits(62)))
        self.queries[query.id] = query
        return query
