"""Updates on their way to a bot: kept until it confirms them, by getUpdates or by its webhook."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.doubles.small_http import Client
from tests.telegram.accounts import Json
from tests.telegram.refusals import OTHER_GET_UPDATES, SET_WEBHOOK_CAME, WEBHOOK_IS_ACTIVE, Refusal

_NOT_SENT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
_LONGEST_WAIT = 50


class Webhook:
    """What setWebhook said, and what became of it."""

    def __init__(self, params: Json) -> None:
        self.url: str = params["url"]
        self.secret: str = params.get("secret_token", "")
        self.most_at_once: int = params.get("max_connections", 40)
        self.last_error_date = 0
        self.last_error = ""

    def same_as(self, other: "Webhook | None") -> bool:
        return other is not None and (self.url, self.secret, self.most_at_once) == (
            other.url,
            other.secret,
            other.most_at_once,
        )


class Updates:
    """One bot's queue. Everything here runs on the double's loop, but for `add`; `changing` guards what waits."""

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        changing: threading.Condition,
        perform: Callable[[str, Json], None],
    ) -> None:
        self._changing = changing
        self.waiting: dict[int, Json] = {}
        self.webhook: Webhook | None = None
        self.allowed: list[str] = []
        self.retry_seconds = 0.05  # Telegram's own begins at a second; tests have less time
        self.timeout_seconds = 60.0
        self.routes: dict[str, str] = {}  # public addresses, and where they are on this machine
        self.deliveries = 0
        self._perform = perform
        self._loop = loop
        self._ids = itertools.count(700_000_001)
        self._poll: asyncio.Future[Refusal | None] | None = None
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._client = Client()
        self._failures = 0

    @property
    def is_polled(self) -> bool:
        return self._poll is not None

    def add(self, kind: str, body: Json) -> int:
        """Queue an update, from any thread; 0 when the bot did not ask for this kind."""
        if kind not in self.allowed if self.allowed else kind in _NOT_SENT_BY_DEFAULT:
            return 0
        with self._changing:
            update_id = next(self._ids)
            self.waiting[update_id] = {"update_id": update_id, kind: body}
        self._loop.call_soon_threadsafe(self._something_waits)
        return update_id

    def put(self, update: Json) -> None:
        """Queue an update that a test has made up, with a number of its own."""
        with self._changing:
            self.waiting[update["update_id"]] = update
        self._loop.call_soon_threadsafe(self._something_waits)

    async def get(self, params: Json) -> list[Json]:
        """getUpdates. Raises Refusal."""
        if self.webhook is not None:
            raise WEBHOOK_IS_ACTIVE
        self._end_poll(OTHER_GET_UPDATES)
        if "allowed_updates" in params:
            self.allowed = list(params["allowed_updates"])
        limit = min(max(params.get("limit", 100), 1), 100)
        self._confirm(params.get("offset", 0))
        wait = min(params.get("timeout", 0), _LONGEST_WAIT)
        if wait > 0 and not self.waiting:
            self._poll = mine = self._loop.create_future()
            timer = self._loop.call_later(wait, self._end_poll, None)
            try:
                refusal = await mine
            finally:
                timer.cancel()
                if self._poll is mine:
                    self._poll = None
            if refusal is not None:
                raise refusal
        with self._changing:
            return list(itertools.islice(self.waiting.values(), limit))

    def set_webhook(self, webhook: Webhook) -> bool:
        """False when it was so already."""
        self._end_poll(SET_WEBHOOK_CAME)
        if webhook.same_as(self.webhook):
            return False
        self.webhook = webhook
        self._failures = 0
        self._something_waits()
        return True

    def delete_webhook(self) -> bool:
        """False when there was none. A delivery that began goes on, and counts."""
        was_set, self.webhook = self.webhook is not None, None
        return was_set

    def close(self) -> None:
        self._end_poll(None)
        for task in self._in_flight.values():
            task.cancel()
        self._client.close()

    def _confirm(self, offset: int) -> None:
        with self._changing:
            known = list(self.waiting)
            confirmed = (
                known[:offset] if offset < 0 else [known_id for known_id in known if known_id < offset]
            )
            for update_id in confirmed:
                del self.waiting[update_id]
            self._changing.notify_all()

    def _end_poll(self, refusal: Refusal | None) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(refusal)

    def _something_waits(self) -> None:
        if self.webhook is None:
            self._end_poll(None)
        else:
            self._deliver_more()

    def _deliver_more(self) -> None:
        """Start what may start: a chat's updates one after the other, chats side by side."""
        webhook = self.webhook
        if webhook is None or (self._failures and self._in_flight):
            return
        at_once = 1 if self._failures else webhook.most_at_once
        with self._changing:
            waiting = list(self.waiting.values())
        busy = {_chat_of(update) for update in waiting if update["update_id"] in self._in_flight}
        for update in waiting:
            update_id = update["update_id"]
            if len(self._in_flight) >= at_once:
                return
            if update_id not in self._in_flight and _chat_of(update) not in busy:
                busy.add(_chat_of(update))
                self._in_flight[update_id] = self._loop.create_task(self._deliver(webhook, update))

    async def _deliver(self, webhook: Webhook, update: Json) -> None:
        update_id = update["update_id"]
        error = await self._post(webhook, update)
        del self._in_flight[update_id]
        if error:
            webhook.last_error, webhook.last_error_date = error, int(time.time())
            self._failures += 1
            self._loop.call_later(min(self.retry_seconds * 2**self._failures, 1), self._deliver_more)
            return
        self._failures = 0
        with self._changing:
            self.waiting.pop(update_id, None)
            self._changing.notify_all()
        self._deliver_more()

    async def _post(self, webhook: Webhook, update: Json) -> str:
        """What went wrong, as getWebhookInfo tells it."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        self.deliveries += 1
        try:
            async with asyncio.timeout(self.timeout_seconds):
                status, body = await self._client.post(
                    self._here(webhook.url), json.dumps(update).encode(), headers
                )
        except TimeoutError:
            return "Read timeout expired"
        except (OSError, asyncio.IncompleteReadError):
            return "Connection refused"
        if not 200 <= status < 300:
            return f"Wrong response from the webhook: {status}"
        self._obey(body)
        return ""

    def _obey(self, body: bytes) -> None:
        """A bot may call one method in its answer to a webhook; it never learns how that went."""
        try:
            asked: Any = json.loads(body)
        except ValueError:
            return
        if isinstance(asked, dict) and isinstance(asked.get("method"), str):
            self._perform(asked.pop("method"), asked)

    def _here(self, url: str) -> str:
        for public, local in self.routes.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url


def _chat_of(update: Json) -> object:
    """Whose order an update belongs to."""
    body = next(value for name, value in update.items() if name != "update_id")
    chat = body.get("chat") or body.get("message", {}).get("chat") or body.get("from") or {}
    return chat.get("id")
