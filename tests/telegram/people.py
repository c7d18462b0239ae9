"""Somebody with a phone: what they do in the chat with the bot, and what they see there."""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from tests.telegram.accounts import Account, Chat, Json, Message, Profile

if TYPE_CHECKING:
    from tests.telegram.bot_api import BotApi

Found = TypeVar("Found")

_COMMAND = re.compile(r"/[A-Za-z0-9_]+")


class Person:
    """One user and the chat they write in: their own with the bot, or a group's."""

    def __init__(self, api: "BotApi", bot: Account, profile: Profile, chat: Chat) -> None:
        self._api = api
        self._bot = bot
        self.profile = profile
        self.chat = chat

    def says(self, text: str) -> int:
        """Write to the bot; the update's id."""
        command = _COMMAND.match(text)
        entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command else []
        return self.sends(text=text, entities=entities)

    def sends(self, *, text: str = "", entities: list[Json] | None = None, **content: Any) -> int:
        """Anything else that a message may hold: sticker, voice, photo, location …, as the Bot API shows it."""
        with self._api.changing:
            if self.chat.is_blocked:
                self.unblocks()
            self.chat.is_started = True
            message = self._bot.keeps(
                self.chat,
                sender=self.profile.as_json(),
                is_ours=False,
                text=text,
                entities=entities or [],
                content=content,
            )
            return self._update("message", message.as_json())

    def edits(self, message: Message, text: str) -> int:
        with self._api.changing:
            message.text, message.edit_date = text, int(time.time())
            return self._update("edited_message", message.as_json())

    def taps(self, label: str, message: Message | None = None) -> int:
        """The button with this label, under this message or the latest that has it."""
        with self._api.changing:
            under = message or self._latest_with(label)
            return self.forges(under.data_of(label), under)

    def forges(self, data: str, message: Message) -> int:
        """A callback query with any data; an old message comes as inaccessible once it is deleted."""
        with self._api.changing:
            query = self._bot.asks()
            shown = message.as_json()
            if message.is_deleted:
                shown = {"message_id": message.id, "chat": self.chat.as_json(), "date": 0}
            return self._update(
                "callback_query",
                {
                    "id": query.id,
                    "from": self.profile.as_json(),
                    "message": shown,
                    "chat_instance": str(self.chat.id),
                    "data": data,
                },
            )

    def shares_contact(self, phone: str, *, own: bool = True) -> int:
        contact: Json = {"phone_number": phone, "first_name": self.profile.first_name}
        return self.sends(contact=contact | ({"user_id": self.profile.id} if own else {}))

    def shares_location(self, latitude: float, longitude: float) -> int:
        return self.sends(location={"latitude": latitude, "longitude": longitude})

    def blocks(self) -> int:
        with self._api.changing:
            self.chat.is_blocked = True
            return self._membership("member", "kicked")

    def unblocks(self) -> int:
        with self._api.changing:
            self.chat.is_blocked = False
            return self._membership("kicked", "member")

    def leaves_telegram(self) -> None:
        with self._api.changing:
            self.chat.is_deactivated = True

    def deletes_for_both(self, message: Message) -> None:
        with self._api.changing:
            message.is_deleted = True

    @property
    def screen(self) -> list[Message]:
        """What the chat shows, oldest first."""
        with self._api.changing:
            return self.chat.screen

    @property
    def answers(self) -> list[Message]:
        """What the bot wrote of that."""
        return [message for message in self.screen if message.is_ours]

    @property
    def keyboard(self) -> list[list[Json]]:
        """The reply keyboard's rows."""
        with self._api.changing:
            return (self.chat.keyboard or {}).get("keyboard", [])

    def sees(self, text: str, *, within: float = 10) -> Message:
        """Wait for a message of the bot's that says this. Raises AssertionError with what is there."""

        def found() -> Message | None:
            return next((message for message in reversed(self.answers) if text in message.text), None)

        return self._api.wait_for(found, within=within, otherwise=lambda: f"no {text!r} in {self.texts}")

    def sees_no_more(self, text: str, *, within: float = 10) -> None:
        """Wait until none of the bot's messages says this."""
        self.comes_to(lambda: all(text not in said for said in self.texts), within=within)

    def comes_to(self, truth: Callable[[], Found | None], *, within: float = 10) -> Found:
        """What `truth` returns once that is something. Raises AssertionError with what is there."""
        return self._api.wait_for(truth, within=within, otherwise=lambda: f"not in {self.texts}")

    def gets(self, number: int, *, within: float = 10) -> list[Message]:
        """Wait until the bot has this many messages on the screen."""
        return self._api.wait_for(
            lambda: self.answers if len(self.answers) >= number else None,
            within=within,
            otherwise=lambda: f"not {number} messages: {self.texts}",
        )

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.answers]

    def label(self, beginning: str) -> str:
        """The whole label of the latest button that begins so."""
        for message in reversed(self.answers):
            for label in message.labels:
                if label.startswith(beginning):
                    return label
        raise AssertionError(f"no button begins with {beginning!r}: {[m.labels for m in self.answers]}")

    def _latest_with(self, label: str) -> Message:
        for message in reversed(self.answers):
            if label in message.labels:
                return message
        raise AssertionError(f"nothing to tap {label!r} under: {[(m.text, m.labels) for m in self.answers]}")

    def _membership(self, old: str, new: str) -> int:
        bot = self._bot.as_json()
        return self._update(
            "my_chat_member",
            {
                "chat": self.chat.as_json(),
                "from": self.profile.as_json(),
                "date": int(time.time()),
                "old_chat_member": _member(bot, old),
                "new_chat_member": _member(bot, new),
            },
        )

    def _update(self, kind: str, body: Json) -> int:
        return self._api.adds_update(self._bot, kind, body)


def _member(bot: Json, status: str) -> Json:
    return {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})
