"""A double of Twilio's REST API over real HTTP, for the unmodified client: its `base_url`s lead to `api.root`.

It answers as Twilio documents, and never looks at who asks. It runs on a loop in a thread of its own; a test looks at
`messages` and `calls`, and has calls go wrong by `fail`.
"""

import json
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from tests.doubles.faults import Fault, Faults
from tests.doubles.small_http import DROP, Request, Response
from tests.doubles.small_server import SmallServer
from tests.twilio.account import Number, Service, ShortCode, WhatsAppSender
from tests.twilio.contents import Approval, Content, content_of
from tests.twilio.messages import WHATSAPP, Json, Message, Params, new_sid, status_form
from tests.twilio.phones import Phone
from tests.twilio.posts import Form, Takes, delivered
from tests.twilio.refusals import UNAUTHENTICATED, Refusal, not_found
from tests.twilio.rest import Route, route_of

ACCOUNT = "AC" + "4a" * 16
TOKEN = "5b" * 16
WHATSAPP_FROM = "+13105550142"  # not the one of Twilio's sandbox
SMS_FROM = "+15017122661"
SERVICE = "MG" + "6c" * 16
WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that reached the double. `operation` is as the client names it: `messages.create`, `messages.list` …"""

    operation: str
    route: str  # its method and path
    params: Json
    at: float
    refusal: str = ""


class TwilioApi(SmallServer):
    def __init__(
        self,
        *,
        port: int = 0,
        account: str = ACCOUNT,
        token: str = TOKEN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(name="twilio api", port=port)
        self.account = account
        self.token = token
        self.tokens = {token}  # what it lets in; during a rotation there are two
        self.now = now
        self.calls: list[Call] = []
        self.status, self.kind = "active", "Full"
        self.numbers = {SMS_FROM: Number(phone_number=SMS_FROM, sid=new_sid("PN"))}
        self.short_codes: dict[str, ShortCode] = {}
        self.senders = {
            WHATSAPP + WHATSAPP_FROM: WhatsAppSender(sender_id=WHATSAPP + WHATSAPP_FROM, sid=new_sid("XE"))
        }
        self.services = {SERVICE: Service(sid=SERVICE, number=SMS_FROM)}
        self.contents: dict[str, Content] = {}
        self.sms_by_service = False  # whether the number is in the service's pool, with advanced opt-out
        self.opted_out: set[str] = set()
        self.blocked_by: set[str] = set()
        self.not_on_whatsapp: set[str] = set()
        self.hands_to: Takes | None = None  # takes what is posted in place of a server
        self.posts: list[tuple[Form, int]] = []  # and what was answered
        self.kept: list[Message] = []  # of both directions
        self._phones: dict[str, Phone] = {}
        self._wrote: dict[str, datetime] = {}
        self._faults: Faults[Refusal] = Faults()

    @property
    def number(self) -> Number:
        return self.numbers[SMS_FROM]

    @property
    def sender(self) -> WhatsAppSender:
        return self.senders[WHATSAPP + WHATSAPP_FROM]

    @property
    def service(self) -> Service:
        return self.services[SERVICE]

    @property
    def messages(self) -> list[Message]:
        """What the client has had sent, oldest first."""
        with self.changing:
            return [message for message in self.kept if message.is_ours]

    def message(self, sid: str) -> Message:
        """Of either direction. Raises the refusal of one that there isn't."""
        with self.changing:
            for message in self.kept:
                if message.sid == sid:
                    return message
        raise not_found(f"/2010-04-01/Accounts/{self.account}/Messages/{sid}.json")

    def fail(self, operation: str, fault: Fault | Refusal, *, times: int = 1, after: int = 0) -> None:
        """What the next calls of an operation, `after` some, meet instead of, or after, their effect."""
        with self.changing:
            self._faults.add(operation, fault, times=times, after=after)

    def called(self, operation: str) -> list[Json]:
        """The parameters of each call of an operation that was not refused."""
        with self.changing:
            return [call.params for call in self.calls if call.operation == operation and not call.refusal]

    def posts_to(self, url: str) -> None:
        """Where what people write goes from now on, by whatever way it comes in."""
        with self.changing:
            self.number.sms_url = self.sender.callback_url = self.service.inbound_request_url = url

    def phone(self, number: str, *, on: str = "whatsapp", name: str = "Asha") -> Phone:
        """Somebody's WhatsApp or SMS; always the same one for an address."""
        address = WHATSAPP + number if on == "whatsapp" else number
        with self.changing:
            return self._phones.setdefault(address, Phone(self, address, name))

    def forgets(self) -> None:
        """Everything that was said and done, but not what the account has."""
        with self.changing:
            for said in (self.kept, self.calls, self.posts):
                said.clear()
            for known in (self.opted_out, self.blocked_by, self.not_on_whatsapp):
                known.clear()
            self._phones.clear()
            self._wrote.clear()

    def takes(self, message: Message) -> None:
        """One that we sent; its fate is known from then on."""
        message.fails_with = self._failure(message)
        self.kept.append(message)

    def receives(self, form: Form) -> Message:
        """One that somebody wrote to us."""
        with self.changing:
            now = self.now()
            message = Message(
                sid=form["MessageSid"],
                account=self.account,
                sender=form["From"],
                to=form["To"],
                body=form["Body"],
                direction="inbound",
                status="received",
                created=now,
                sent=now,
                media=int(form["NumMedia"]),
                service=form.get("MessagingServiceSid", ""),
            )
            self.kept.append(message)
            self._wrote[message.sender] = now
            self.changing.notify_all()
            return message

    def posts_inbound(self, form: Form) -> int:
        """To the webhook of whom it came to, else to its fallback: the status, or 0 where there is none."""
        if form["From"].startswith(WHATSAPP):
            urls = (self.sender.callback_url, self.sender.fallback_url)
        elif "MessagingServiceSid" in form and self.service.webhook:
            urls = (self.service.webhook, self.service.fallback_url)
        else:
            urls = (self.number.sms_url, self.number.sms_fallback_url)
        status = 0
        for url in urls:
            if url and not 200 <= (status := self._post(url, form)) < 300:
                continue
            break
        return status

    def reports(self, sid: str, status: str, error_code: int | None = None) -> int:
        """Tell of a message's status, be it a passed one: what our webhook answered."""
        message = self.message(sid)
        with self.changing:
            message.moves_to(status, error_code=error_code, now=self.now())
            if not message.sender:
                message.sender = self.services[message.service].number
            form = status_form(message, status, error_code)
            self.changing.notify_all()
        return self._post(message.callback, form) if message.callback else 0

    def settles(self) -> None:
        """Tell of every message what becomes of it: sent and delivered, or failed."""
        for message in self.messages:
            if message.is_final:
                continue
            if message.fails_with:
                self.reports(message.sid, "failed", message.fails_with)
            else:
                self.reports(message.sid, "sent")
                self.reports(message.sid, "delivered")

    def adds_content(self, types: Json, *, sid: str = "", name: str = "", approval: str = "") -> Content:
        """Where a test needs one that was made before; `approval` is its state at Meta."""
        asked = {"friendly_name": name, "language": "en", "types": types}
        content = content_of(asked, sid=sid or new_sid("HX"), account=self.account, now=self.now())
        if approval:
            content.approval = Approval(
                name=name, category="UTILITY", content_type=content.kind, status=approval
            )
        with self.changing:
            self.contents[content.sid] = content
        return content

    def content(self, sid: str) -> Content:
        """Raises the refusal of one that there isn't."""
        if sid not in self.contents:
            raise not_found(f"/v1/Content/{sid}")
        return self.contents[sid]

    def decides(self, name: str, status: str, *, category: str = "", reason: str = "") -> None:
        """What Meta's reviewers say of the templates of this name; `category` where they assign another one."""
        with self.changing:
            approvals = [content.approval for content in self.contents.values() if content.approval]
            named = [approval for approval in approvals if approval.name == name]
            assert named, f"nobody submitted {name!r}: {[approval.name for approval in approvals]}"
            for approval in named:
                approval.status, approval.rejection_reason = status, reason
                approval.category = category or approval.category

    def approves_all(self) -> None:
        with self.changing:
            for content in self.contents.values():
                if content.approval:
                    content.approval.status = "approved"

    def _failure(self, message: Message) -> int:
        """The code by which a message fails that is taken; 0 where none does."""
        if not message.is_whatsapp:
            return 0
        if message.to.removeprefix(WHATSAPP) in self.not_on_whatsapp:
            return 63024
        if message.to in self.blocked_by:
            return 63014
        wrote = self._wrote.get(message.to)
        is_open = wrote is not None and message.created - wrote < WINDOW
        return 0 if is_open or message.is_template else 63016

    def _post(self, url: str, form: Form) -> int:
        status = delivered(url, form, token=self.token, takes=self.hands_to)
        with self.changing:
            self.posts.append((form, status))
            self.changing.notify_all()
        return status

    def _handle(self, request: Request) -> Response | Awaitable[Response]:
        path = urlsplit(request.path).path
        try:
            self._let_in(request)
            route, found = route_of(request.method, path)
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

    def _answer(self, route: Route, found: Params, params: Json) -> Response | Awaitable[Response]:
        with self.changing:
            fault = self._faults.next_for(route.operation)
            if fault is not None and not (isinstance(fault, Fault) and fault.is_done):
                self._note(route, found, params, refusal=str(fault))
                return self._spoiled(fault)
            try:
                body = route.handler(self, found, params)
            except Refusal as refusal:
                self._note(route, found, params, refusal=str(refusal))
                return _refused(refusal)
            self._note(route, found, params)
            if fault is not None:
                return self._spoiled(fault)
            return Response(204, b"") if route.status == 204 else Response.of_json(route.status, body)

    def _spoiled(self, fault: Fault | Refusal) -> Response | Awaitable[Response]:
        if isinstance(fault, Refusal):
            return _refused(fault)
        if fault in {Fault.HANG, Fault.HANG_AFTER}:
            never: Awaitable[Response] = self._loop.create_future()
            return never
        if fault is Fault.BAD_GATEWAY:
            return Response(502, b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        return DROP

    def _note(self, route: Route, found: Params, params: Json, refusal: str = "") -> None:
        self.calls.append(
            Call(
                operation=route.operation,
                route=f"{route.method} {found['path']}",
                params=params,
                at=time.monotonic(),
                refusal=refusal,
            )
        )
        self.changing.notify_all()


def _params(request: Request) -> Json:
    if "json" in request.headers.get("content-type", ""):
        return json.loads(request.body)
    pairs = parse_qsl(urlsplit(request.path).query, keep_blank_values=True)
    pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
    return dict(pairs)


def _refused(refusal: Refusal) -> Response:
    return Response.of_json(refusal.status, refusal.answer())
