"""Telegram's Bot API for code that waits: one PTB Bot a process, at home in an event loop and a thread of its own.

A Bot costs 100 to 200 ms to make and belongs to one loop, so it is made when the first message goes, and again in a
forked child. It must never be asked from inside its own loop.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram import Bot
from telegram.request import HTTPXRequest

from bot.secret import bot_id

CONNECTIONS = 32
CONNECT_SECONDS = 5.0
READ_SECONDS = 8.0
POOL_SECONDS = 1.0
# A hand-over ends before the lease of its row does, whatever its calls add up to.
WHOLE_SECONDS = 10.0
_GRACE = 1.0  # for the loop's thread to be scheduled and to say that the time is over

_METHODS = {
    "sendMessage": "send_message",
    "editMessageText": "edit_message_text",
    "editMessageReplyMarkup": "edit_message_reply_markup",
    "deleteMessage": "delete_message",
}

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a process keeps its Bot."""

    pid: int
    loop: asyncio.AbstractEventLoop
    bot: Bot


class TelegramClient:
    """`api_url` is the root of the Bot API server, without a slash at its end. Threads may share it."""

    def __init__(self, token: str, *, api_url: str, read_seconds: float = READ_SECONDS) -> None:
        self._token, self._api_url, self._read_seconds = token, api_url, read_seconds
        self._lock = threading.Lock()
        self._home: _Home | None = None
        # A child that is forked while another thread holds the lock would wait for it for ever.
        os.register_at_fork(after_in_child=self._forget)

    @property
    def bot_id(self) -> str:
        return bot_id(self._token)

    def wait_for(self, work: Coroutine[Any, Any, Result], *, within: float = WHOLE_SECONDS) -> Result:
        """Runs it in the Bot's loop and returns what it returns; TimeoutError when the whole takes too long."""
        future: Future[Result] = asyncio.run_coroutine_threadsafe(
            _in_time(work, within), self._at_home().loop
        )
        try:
            return future.result(within + _GRACE)
        finally:
            future.cancel()

    async def call(self, method: str, parameters: Mapping[str, object]) -> Any:
        """One method of the Bot API by its documented name and parameters. Raises telegram.error.TelegramError."""
        return await getattr(self._at_home().bot, _METHODS[method])(**parameters)

    def close(self) -> None:
        """Ends the loop and its thread; the next call begins anew."""
        with self._lock:
            home, self._home = self._home, None
        if home is not None and home.pid == os.getpid():
            asyncio.run_coroutine_threadsafe(home.bot.request.shutdown(), home.loop).result(_GRACE)
            home.loop.call_soon_threadsafe(home.loop.stop)

    def _at_home(self) -> _Home:
        home = self._home
        if home is not None:
            return home
        with self._lock:
            if self._home is None:
                self._home = self._move_in()
            return self._home

    def _move_in(self) -> _Home:
        loop = asyncio.new_event_loop()
        home = _Home(os.getpid(), loop, self._make_bot())
        threading.Thread(target=_live, args=(loop,), name="telegram", daemon=True).start()
        return home

    def _make_bot(self) -> Bot:
        request = HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self._read_seconds,
            write_timeout=CONNECT_SECONDS,
            pool_timeout=POOL_SECONDS,
        )
        return Bot(
            self._token,
            base_url=f"{self._api_url}/bot",
            base_file_url=f"{self._api_url}/file/bot",
            request=request,
            get_updates_request=request,  # this Bot only sends; one pool is enough
        )

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._home = None


async def _in_time(work: Coroutine[Any, Any, Result], seconds: float) -> Result:
    async with asyncio.timeout(seconds):
        return await work


def _live(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
