"""A double of Twilio's REST API over real HTTP, for the unmodified client: its `base_url`s lead to `api.root`.

It answers as Twilio documents, and never looks at who asks. It runs on a loop in a thread of its own; a test looks at
`messages` and `calls`, and has calls go wrong by `fail`.
"""

import asyncio
import json
import re
import threading
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.doubles.faults import Fault, Faults
from tests.doubles.small_http import DROP, Request, Response, ServerConnection
from tests.twilio.messages import WHATSAPP, Json, Message, Params, check_message, listed, new_sid
from tests.twilio.refusals import (
    NO_SUCH_CHANNEL,
    UNAUTHENTICATED,
    Refusal,
    bad_request,
    not_found,
    not_our_number,
)

ACCOUNT = "AC" + "4a" * 16
TOKEN = "5b" * 16
WHATSAPP_FROM = "+14155238886"
SMS_FROM = "+15017122661"
SERVICE = "MG" + "6c" * 16
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that reached the double. `operation` is as the client names it: `messages.create`, `messages.list` …"""

    operation: str
    params: Json
    at: float
    refusal: str = ""


class TwilioApi:
    def __init__(
        self,
        *,
        port: int = 0,
        account: str = ACCOUNT,
        token: str = TOKEN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.changing = threading.Condition(threading.RLock())
        self.account = account
        self.token = token
        self.tokens = {token}  # what it lets in; during a rotation there are two
        self.now = now
        self.calls: list[Call] = []
        self.senders = {WHATSAPP + WHATSAPP_FROM, SMS_FROM}
        self.services = {SERVICE: SMS_FROM}
        self.port = port
        self._kept: list[Message] = []
        self._faults: Faults[Refusal] = Faults()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="twilio api", daemon=True)
        self._connections: set[ServerConnection] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._on_the_loop(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._on_the_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Message]:
        """What the client has had sent, oldest first."""
        with self.changing:
            return [message for message in self._kept if message.is_ours]

    def message(self, sid: str) -> Message:
        """Of either direction. Raises the refusal of one that there isn't."""
        with self.changing:
            for message in self._kept:
                if message.sid == sid:
                    return message
        raise not_found(f"/2010-04-01/Accounts/{self.account}/Messages/{sid}.json")

    def fail(self, operation: str, fault: Fault | Refusal, *, times: int = 1) -> None:
        """What the next calls of an operation meet instead of, or after, their effect."""
        with self.changing:
            self._faults.add(operation, fault, times=times)

    def called(self, operation: str) -> list[Json]:
        """The parameters of each call of an operation that was not refused."""
        with self.changing:
            return [call.params for call in self.calls if call.operation == operation and not call.refusal]

    def wait_for(
        self,
        truth: Callable[[], Found | None],
        *,
        within: float = 10,
        otherwise: Callable[[], str] = lambda: "never",
    ) -> Found:
        """What `truth` returned as soon as that was something. Raises AssertionError."""
        deadline = time.monotonic() + within
        with self.changing:
            while not (found := truth()):
                left = deadline - time.monotonic()
                assert left > 0, otherwise()
                # Looked at again now and then: it may depend on more than the double.
                self.changing.wait(min(left, 0.1))
            return found

    def create_message(self, params: Params) -> Json:
        check_message(params)
        sender, service = params.get("From", ""), params.get("MessagingServiceSid", "")
        if service and service not in self.services:
            raise not_found(f"/v1/Services/{service}")
        if sender and sender not in self.senders:
            raise NO_SUCH_CHANNEL if sender.startswith(WHATSAPP) else not_our_number(sender)
        message = Message(
            sid=new_sid("SM"),
            account=self.account,
            sender=sender,
            to=params["To"],
            body=params.get("Body", ""),
            direction="outbound-api",
            status="queued" if sender else "accepted",
            created=self.now(),
            params=params,
            service=service,
        )
        self._kept.append(message)
        return message.as_json()

    def list_messages(self, params: Params) -> Json:
        path = f"/2010-04-01/Accounts/{self.account}/Messages.json"
        found = listed(self._kept, params)
        size = _number(params, "PageSize", otherwise=50, most=1000)
        page = _number(params, "Page", otherwise=0, most=10**6)
        shown = found[page * size : (page + 1) * size]
        has_more = len(found) > (page + 1) * size

        def uri(number: int) -> str:
            token = {"PageToken": f"PA{shown[-1].sid}"} if number else {}
            return f"{path}?{urlencode(params | {'PageSize': size, 'Page': number} | token)}"

        return {
            "end": page * size + len(shown) - 1,
            "first_page_uri": uri(0),
            "messages": [message.as_json() for message in shown],
            "next_page_uri": uri(page + 1) if has_more else None,
            "page": page,
            "page_size": size,
            "previous_page_uri": uri(page - 1) if page else None,
            "start": page * size,
            "uri": uri(page),
        }

    def _on_the_loop(self, what: Any) -> Any:
        started: Future[Any] = asyncio.run_coroutine_threadsafe(what, self._loop)
        return started.result(timeout=10)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: ServerConnection(self._handle, self._connections), "127.0.0.1", self.port, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for connection in set(self._connections):
            connection.close()
        mine = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not mine]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # once more round the loop: that is when connections learn of their end

    def _handle(self, request: Request) -> Response | Awaitable[Response]:
        path = urlsplit(request.path).path
        try:
            self._let_in(request)
            route, found = _route(request.method, path)
            if found.get("account", self.account) != self.account:
                raise not_found(path)
            params = _params(request)
        except Refusal as refusal:
            return _refused(refusal)
        return self._answer(route, found, params)

    def _let_in(self, request: Request) -> None:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            account, _, token = b64decode(given, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            raise UNAUTHENTICATED from None
        if kind.lower() != "basic" or account != self.account or token not in self.tokens:
            raise UNAUTHENTICATED

    def _answer(self, route: "Route", found: Params, params: Json) -> Response | Awaitable[Response]:
        with self.changing:
            fault = self._faults.next_for(route.operation)
            if fault is not None and not (isinstance(fault, Fault) and fault.is_done):
                self._note(route, params, refusal=str(fault))
                return self._spoiled(fault)
            try:
                body = route.handler(self, found, params)
            except Refusal as refusal:
                self._note(route, params, refusal=str(refusal))
                return _refused(refusal)
            self._note(route, params)
            return Response.of_json(route.status, body) if fault is None else self._spoiled(fault)

    def _spoiled(self, fault: Fault | Refusal) -> Response | Awaitable[Response]:
        if isinstance(fault, Refusal):
            return _refused(fault)
        if fault in {Fault.HANG, Fault.HANG_AFTER}:
            never: Awaitable[Response] = self._loop.create_future()
            return never
        if fault is Fault.BAD_GATEWAY:
            return Response(502, b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        return DROP

    def _note(self, route: "Route", params: Json, refusal: str = "") -> None:
        self.calls.append(
            Call(operation=route.operation, params=params, at=time.monotonic(), refusal=refusal)
        )
        self.changing.notify_all()


@dataclass(frozen=True, slots=True)
class Route:
    operation: str
    method: str
    path: re.Pattern[str]
    handler: Callable[[TwilioApi, Params, Json], Json]
    status: int = 200


_ACCOUNT = r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})"
ROUTES = [
    Route(
        "messages.create",
        "POST",
        re.compile(rf"{_ACCOUNT}/Messages\.json"),
        lambda api, _, params: api.create_message(params),
        201,
    ),
    Route(
        "messages.list",
        "GET",
        re.compile(rf"{_ACCOUNT}/Messages\.json"),
        lambda api, _, params: api.list_messages(params),
    ),
    Route(
        "messages.fetch",
        "GET",
        re.compile(rf"{_ACCOUNT}/Messages/(?P<sid>(SM|MM)[0-9a-f]{{32}})\.json"),
        lambda api, found, _: api.message(found["sid"]).as_json(),
    ),
]


def _route(method: str, path: str) -> tuple[Route, Params]:
    """The route and what its path names. Raises Refusal."""
    matching = [(route, found) for route in ROUTES if (found := route.path.fullmatch(path))]
    for route, found in matching:
        if route.method == method:
            return route, found.groupdict()
    raise Refusal(405, 20004, "Method not allowed") if matching else not_found(path)


def _params(request: Request) -> Json:
    if "json" in request.headers.get("content-type", ""):
        return json.loads(request.body)
    pairs = parse_qsl(urlsplit(request.path).query, keep_blank_values=True)
    pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
    return dict(pairs)


def _number(params: Params, name: str, *, otherwise: int, most: int) -> int:
    given = params.get(name, str(otherwise))
    if not given.isdecimal() or int(given) > most:
        raise bad_request(20001, f"Invalid {name}: {given}")
    return int(given)


def _refused(refusal: Refusal) -> Response:
    return Response.of_json(refusal.status, refusal.answer())
