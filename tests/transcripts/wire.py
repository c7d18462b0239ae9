"""Telegram between a chat and the town: the double of the Bot API, with the real client on both of our ends of it.

What a person does comes in by `getUpdates`; what they see is what the double took. One for all tests of a process,
since a client takes longer to make than a conversation to play.
"""

import asyncio
import atexit
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from telegram import Bot
from telegram.request import HTTPXRequest

from bot.client import TelegramClient
from bot.polling import take
from bot.render import render
from bot.sender import TelegramSender
from domain.ports import Bucket, Services
from domain.use_cases.deliver import work_outbox
from tests.telegram.bot_api import TOKEN, BotApi, Call
from tests.telegram.refusals import NOT_MODIFIED

_SHOWS = {"sendMessage", "editMessageText"}


class NoPace:
    """Lets everybody go: people in transcripts are quick."""

    def take(self, bucket: Bucket, *, tokens: int = 1) -> float:
        return 0

    def hold(self, key: str, seconds: float) -> None:
        raise AssertionError(f"{key} was told to wait")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that the double took: as it was said to it, and the number that it gave it."""

    payload: Mapping[str, Any]
    message_id: int


class Wire:
    def __init__(self) -> None:
        self.api = BotApi().__enter__()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="wire", daemon=True).start()
        self._last = 0
        self._request = HTTPXRequest()
        self._bot = Bot(
            TOKEN,
            base_url=f"{self.api.root}/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self._client = TelegramClient(TOKEN, api_url=self.api.root)
        self.sender = TelegramSender(self._client, NoPace(), render, 25)

    def comes_in(self, services: Services, handle: str, update: Mapping[str, Any]) -> None:
        """What a person did, by way of the double into the inbox."""
        self.api.opens_chat(int(handle))
        self.api.updates_of().put(dict(update))
        settings = replace(services.settings, telegram_bot_token=TOKEN)
        number = update["update_id"]
        # Where a test repeats an older update, an offset would confirm it unread.
        offset = self._last + 1 if number > self._last else None
        taken = self._run(take(self._bot, replace(services, settings=settings), offset=offset))
        assert number in [known["update_id"] for known in taken]
        if offset is None:
            self._run(self._bot.get_updates(offset=number + 1))
        self._last = max(self._last, number)

    def anew(self) -> None:
        """For the next test: other people, whatever their numbers."""
        self._last = 0
        self.api.forgets()

    def delivers(self, services: Services, outbox_id: int) -> list[Shown]:
        """Has the row sent, and tells what the chat shows of it."""
        before = len(self.api.calls)
        work_outbox(services, [outbox_id])
        return [_shown(call) for call in self.api.calls[before:] if _is_seen(call)]

    def close(self) -> None:
        self._run(self._request.shutdown())
        self._client.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.api.__exit__(None, None, None)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)


@cache
def wire() -> Wire:
    made = Wire()
    atexit.register(made.close)
    return made


def _is_seen(call: Call) -> bool:
    """An edit to what was there already shows it too."""
    return call.method in _SHOWS and call.refusal in {"", NOT_MODIFIED.description}


def _shown(call: Call) -> Shown:
    said = {
        name: value for name, value in call.params.items() if name not in {"chat_id", "link_preview_options"}
    }
    number = call.result["message_id"] if call.result else call.params["message_id"]
    return Shown({"method": call.method, **said}, number)
