"""A double of Telegram's Bot API over real HTTP, for the unmodified client: `base_url=f"{api.root}/bot"`.

It answers as the Bot API documents, to the letter of its error texts, and never looks at who asks. It runs on
a loop in a thread of its own; a test acts through `api.user(…)` and looks at `screen`, `calls` and `webhook`.
On its own, for benchmarks, it is `python -m tests.telegram.bot_api --port N`; `tests/telegram/remote.py` drives that.
"""

import argparse
import json
import signal
import time
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.doubles.faults import Fault, Faults
from tests.doubles.small_http import DROP, Request, Response
from tests.doubles.small_server import SmallServer
from tests.telegram.accounts import Account, CallbackQuery, Chat, Json, Profile
from tests.telegram.faults import Limits
from tests.telegram.methods import METHODS
from tests.telegram.people import Person
from tests.telegram.refusals import UNAUTHORIZED, UNKNOWN_METHOD, Refusal, bad_request
from tests.telegram.remote import CONTROL, obeyed
from tests.telegram.updates import Updates, Webhook

TOKEN = "4242:double-of-the-bot-api-0123456789abc"
_IN_JSON = {"reply_markup", "commands", "allowed_updates", "scope", "entities", "link_preview_options"}
_NUMBERS = {"chat_id", "message_id", "offset", "limit", "timeout", "max_connections", "cache_time"}
_TRUTHS = {"disable_notification", "drop_pending_updates", "show_alert", "protect_content"}
_LIMITED = {"sendmessage", "editmessagetext", "editmessagereplymarkup"}
_SECRET_SIGNS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method that reached the double."""

    method: str
    params: Json
    at: float
    refusal: str = ""
    result: Any = None
    by_webhook: bool = False


class BotApi(SmallServer):
    def __init__(self, *, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(name="bot api", port=port)
        self.calls: list[Call] = []
        self.faults: Faults[Refusal] = Faults()
        self.limits: Limits | None = None
        self._bots: dict[str, Account] = {}
        self._updates: dict[str, Updates] = {}
        self._persons: dict[int, Person] = {}
        self.bot = self.add_bot(token)

    def add_bot(
        self, token: str, *, username: str = "threeaway_bot", first_name: str = "ThreeAway"
    ) -> Account:
        bot = Account(id=int(token.partition(":")[0]), token=token, username=username, first_name=first_name)
        bot.names[""] = first_name
        self._bots[token] = bot
        self._updates[token] = Updates(
            loop=self._loop,
            changing=self.changing,
            perform=lambda method, body: self._obey(bot, method, body),
        )
        return bot

    def user(
        self, user_id: int, first_name: str = "Asha", language_code: str = "en", **profile: str
    ) -> Person:
        """Somebody who has Telegram; always the same one for an id."""
        with self.changing:
            if user_id not in self._persons:
                known = Profile(id=user_id, first_name=first_name, language_code=language_code, **profile)
                chat = Chat(id=user_id, profile=known)
                self.bot.chats[user_id] = chat
                self._persons[user_id] = Person(self, self.bot, known, chat)
            return self._persons[user_id]

    def forgets(self) -> None:
        """Everything that was said and done, but not who the bot is."""
        with self.changing:
            self.bot.chats.clear()
            self.bot.queries.clear()
            self.updates_of().waiting.clear()
            self._persons.clear()
            self.calls.clear()

    def opens_chat(self, chat_id: int) -> None:
        """Where somebody has written whose messages a test makes up itself."""
        with self.changing:
            person = self.user(chat_id) if chat_id > 0 else self.in_group(self.user(1), chat_id)
            person.chat.is_started = True

    def in_group(self, person: Person, group_id: int, title: str = "Neighbours") -> Person:
        """The same person, writing in a group that the bot is in."""
        with self.changing:
            group = self.bot.chats.setdefault(group_id, Chat(id=group_id, title=title, is_started=True))
            return Person(self, self.bot, person.profile, group)

    def adds_update(self, bot: Account, kind: str, body: Json) -> int:
        return self.updates_of(bot).add(kind, body)

    def updates_of(self, bot: Account | None = None) -> Updates:
        return self._updates[(bot or self.bot).token]

    @property
    def webhook(self) -> Webhook | None:
        return self.updates_of().webhook

    @property
    def is_polled(self) -> bool:
        """Whether somebody waits for updates by getUpdates."""
        return self.updates_of().is_polled

    @property
    def pending(self) -> int:
        """Updates that nobody has confirmed yet."""
        with self.changing:
            return len(self.updates_of().waiting)

    def query(self, update_id: int) -> CallbackQuery:
        """The callback query of a tap that is still to be confirmed, or of the latest tap."""
        with self.changing:
            waiting = self.updates_of().waiting.get(update_id)
            return self.bot.queries[waiting["callback_query"]["id"]] if waiting else self.queries[-1]

    @property
    def queries(self) -> list[CallbackQuery]:
        return list(self.bot.queries.values())

    def fail(self, method: str, fault: Fault | Refusal, *, times: int = 1) -> None:
        """What the next calls of a method meet instead of, or after, their effect."""
        with self.changing:
            self.faults.add(method.lower(), fault, times=times)

    def counts(self) -> Counter[str]:
        """How often each method was called."""
        with self.changing:
            return Counter(call.method for call in self.calls)

    def called(self, method: str) -> list[Json]:
        """The parameters of each call of a method that was not refused."""
        with self.changing:
            return [call.params for call in self.calls if call.method == method and not call.refusal]

    def _end(self) -> None:
        for updates in self._updates.values():
            updates.close()

    def _handle(self, request: Request) -> Response | Awaitable[Response]:
        parts = urlsplit(request.path)
        if parts.path == CONTROL:
            return Response.of_json(200, obeyed(self, json.loads(request.body)))
        _, _, rest = parts.path.partition("/bot")
        token, _, method = rest.rpartition("/")
        bot = self._bots.get(token)
        if bot is None:
            return _refused(UNAUTHORIZED)
        try:
            params = _params(request, parts.query)
        except ValueError:
            return _refused(bad_request("can't parse the request"))
        return self._answer(bot, method, params)

    def _answer(self, bot: Account, name: str, params: Json) -> Response | Awaitable[Response]:
        method = name.lower()
        with self.changing:
            fault = self.faults.next_for(method)
            if fault is not None and not (isinstance(fault, Fault) and fault.is_done):
                self._note(name, params, refusal=str(fault))
                return self._spoiled(fault)
            if method == "getupdates":
                return self._get_updates(bot, params, fault)
            response = self._perform(bot, name, params)
            return response if fault is None else self._spoiled(fault)

    def _spoiled(self, fault: Fault | Refusal) -> Response | Awaitable[Response]:
        if isinstance(fault, Refusal):
            return _refused(fault)
        if fault in {Fault.HANG, Fault.HANG_AFTER}:
            never: Awaitable[Response] = self._loop.create_future()
            return never
        if fault is Fault.BAD_GATEWAY:
            return Response(502, b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        return DROP

    async def _get_updates(self, bot: Account, params: Json, fault: Fault | Refusal | None) -> Response:
        with self.changing:
            self._note("getUpdates", params)
        try:
            found = await self.updates_of(bot).get(params)
        except Refusal as refusal:
            return _refused(refusal)
        if fault is not None:
            spoiled = self._spoiled(fault)
            return spoiled if isinstance(spoiled, Response) else await spoiled
        return Response.of_json(200, {"ok": True, "result": found})

    def _perform(self, bot: Account, name: str, params: Json, *, by_webhook: bool = False) -> Response:
        try:
            result, described = self._result(bot, name.lower(), params)
        except Refusal as refusal:
            self._note(name, params, refusal=refusal.description, by_webhook=by_webhook)
            return _refused(refusal)
        self._note(name, params, result=result, by_webhook=by_webhook)
        return Response.of_json(200, {"ok": True, "result": result} | described)

    def _result(self, bot: Account, method: str, params: Json) -> tuple[Any, Json]:
        """The result, and a description where the Bot API gives one."""
        if method in _WEBHOOK_METHODS:
            return _WEBHOOK_METHODS[method](self.updates_of(bot), params)
        if method not in METHODS:
            raise UNKNOWN_METHOD
        if self.limits is not None and method in _LIMITED:
            self.limits.take(params.get("chat_id", 0), time.monotonic())
        return METHODS[method](bot, params), {}

    def _obey(self, bot: Account, method: str, params: Json) -> None:
        with self.changing:
            self._perform(bot, method, params, by_webhook=True)

    def _note(self, method: str, params: Json, **more: Any) -> None:
        self.calls.append(Call(method=method, params=params, at=time.monotonic(), **more))
        self.changing.notify_all()


def _set_webhook(updates: Updates, params: Json) -> tuple[bool, Json]:
    url = params.get("url", "")
    if not url:
        return _delete_webhook(updates, params)
    if urlsplit(url).scheme not in {"https", "http"}:  # http as a Bot API server of one's own allows it
        raise bad_request("bad webhook: HTTPS url must be provided for webhook")
    secret = params.get("secret_token", "")
    if not set(secret) <= _SECRET_SIGNS:
        raise bad_request("secret token contains unallowed characters")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    allowed = params.get("allowed_updates")
    if allowed is not None:
        updates.allowed = list(allowed)
    if params.get("drop_pending_updates"):
        updates.waiting.clear()
    was_new = updates.set_webhook(Webhook(params))
    return True, {"description": "Webhook was set" if was_new else "Webhook is already set"}


def _delete_webhook(updates: Updates, params: Json) -> tuple[bool, Json]:
    if params.get("drop_pending_updates"):
        updates.waiting.clear()
    was_set = updates.delete_webhook()
    return True, {"description": "Webhook was deleted" if was_set else "Webhook is already deleted"}


def _get_webhook_info(updates: Updates, params: Json) -> tuple[Json, Json]:
    webhook = updates.webhook
    info: Json = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates.waiting),
    }
    if updates.allowed:
        info["allowed_updates"] = updates.allowed
    if webhook is not None:
        info |= {"max_connections": webhook.most_at_once, "ip_address": "127.0.0.1"}
        if webhook.last_error:
            info |= {
                "last_error_date": webhook.last_error_date,
                "last_error_message": webhook.last_error,
            }
    return info, {}


_WEBHOOK_METHODS = {
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
}


def _params(request: Request, query: str) -> Json:
    """The parameters, typed; raises ValueError when they can't be read."""
    if "json" in request.headers.get("content-type", ""):
        given = json.loads(request.body or b"{}")
        if not isinstance(given, dict):
            raise ValueError(given)
        return given
    pairs = parse_qsl(query, keep_blank_values=True)
    pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
    return {name: _typed(name, value) for name, value in pairs}


def _typed(name: str, value: str) -> Any:
    if name in _IN_JSON:
        return json.loads(value)
    if name in _TRUTHS:
        return value.lower() in {"true", "1", "yes"}
    if name in _NUMBERS:
        with suppress(ValueError):
            return int(value)
    return value


def _refused(refusal: Refusal) -> Response:
    return Response.of_json(refusal.code, refusal.answer())


def main() -> None:
    parser = argparse.ArgumentParser(description="A double of Telegram's Bot API, until a signal ends it.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    asked = parser.parse_args()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with BotApi(port=asked.port, token=asked.token) as api:
        print(api.root, flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
