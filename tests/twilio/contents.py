"""Contents as Twilio keeps them, what it and Meta say to a template, and how one is filled."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.twilio.refusals import Refusal, bad_request

Json = dict[str, Any]
BAD_VARIABLES = bad_request(21656, "The ContentVariables Parameter is invalid")
_GAP = re.compile(r"\{\{([^{}]*)\}\}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,16}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_NO_TEMPLATES = {"twilio/list-picker", "twilio/location"}  # in an open conversation only
AUTHENTICATION = "whatsapp/authentication"
AUTHENTICATION_BODY = "{{1}} is your verification code. For your security, do not share this code."
_CATEGORIES = {"UTILITY", "MARKETING", "AUTHENTICATION"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One that a person can tap: a button, or the row of a list."""

    id: str
    title: str
    description: str = ""


@dataclass(slots=True, kw_only=True)
class Approval:
    """`status` is received, pending, approved, rejected, paused or disabled."""

    name: str
    category: str
    content_type: str
    status: str = "received"
    rejection_reason: str = ""
    allow_category_change: bool = True

    def as_json(self) -> Json:
        return {
            "type": "whatsapp",
            "name": self.name,
            "category": self.category,
            "content_type": self.content_type,
            "status": self.status,
            "rejection_reason": self.rejection_reason,
            "allow_category_change": self.allow_category_change,
        }


@dataclass(slots=True, kw_only=True)
class Content:
    sid: str
    account: str
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: Json
    created: datetime
    approval: Approval | None = None

    @property
    def kind(self) -> str:
        """The richest type: what WhatsApp shows."""
        return next((kind for kind in self.types if kind != "twilio/text"), "twilio/text")

    @property
    def body(self) -> str:
        return AUTHENTICATION_BODY if self.kind == AUTHENTICATION else self.types[self.kind]["body"]

    @property
    def may_open(self) -> bool:
        """Whether WhatsApp takes it outside an open conversation."""
        return self.approval is not None and self.approval.status == "approved"

    def as_json(self) -> Json:
        url = f"https://content.twilio.com/v1/Content/{self.sid}"
        at = self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "friendly_name": self.friendly_name,
            "language": self.language,
            "variables": self.variables,
            "types": self.types,
            "date_created": at,
            "date_updated": at,
            "url": url,
            "links": {
                "approval_create": f"{url}/ApprovalRequests/whatsapp",
                "approval_fetch": f"{url}/ApprovalRequests",
            },
        }

    def approval_as_json(self) -> Json:
        shown = {"type": "whatsapp", "name": "", "category": "", "content_type": "", "status": "unsubmitted"}
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "whatsapp": self.approval.as_json() if self.approval else shown | {"rejection_reason": ""},
            "url": f"https://content.twilio.com/v1/Content/{self.sid}/ApprovalRequests",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the reader sees. `button` opens the list."""

    kind: str
    body: str
    choices: list[Choice] = field(default_factory=list)
    button: str = ""


def content_of(given: Json, *, sid: str, account: str, now: datetime) -> Content:
    """Raises what the Content API says to one that it doesn't take."""
    types, variables = given.get("types"), given.get("variables") or {}
    if not given.get("language"):
        raise _wrong("language is required")
    if not isinstance(types, dict) or not types:
        raise _wrong("types is required")
    for kind, shown in types.items():
        _check_type(kind, shown)
    gaps = {name for text in _texts(types) for name in _GAP.findall(text)}
    for name in gaps:
        if not _NAME.fullmatch(name):
            raise _wrong(f"variable {{{{{name}}}}} is malformed")
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise _wrong("variables must map names to texts")
    return Content(
        sid=sid,
        account=account,
        friendly_name=given.get("friendly_name") or "",
        language=given["language"],
        variables=variables,
        types=types,
        created=now,
    )


def approval_of(content: Content, given: Json) -> Approval:
    """Raises what Twilio and Meta say to a template at once; a reviewer's word comes later, as a test decides."""
    name, category = given.get("name") or "", given.get("category") or ""
    if not _TEMPLATE_NAME.fullmatch(name):
        raise _wrong("name may only hold lower-case letters, digits and underscores")
    if category not in _CATEGORIES:
        raise _wrong(f"category must be one of {sorted(_CATEGORIES)}")
    if content.approval is not None and content.approval.status != "rejected":
        raise Refusal(409, 20409, "The content was submitted already")
    if content.kind in _NO_TEMPLATES:
        raise _wrong(f"{content.kind} can't be submitted to WhatsApp")
    if (content.kind == AUTHENTICATION) != (category == "AUTHENTICATION"):
        raise _wrong(f"{content.kind} can't be submitted as {category}")
    if content.kind != AUTHENTICATION:
        _check_template(content)
    return Approval(name=name, category=category, content_type=content.kind)


def filled(content: Content, variables: str) -> Filled:
    """Raises 21656 where the values aren't what Twilio takes."""
    values = content.variables | _values(variables)
    texts = list(_texts(content.types))
    if any(name not in values for text in texts for name in _GAP.findall(text)):
        raise BAD_VARIABLES
    for name in _GAP.findall(content.body):
        # Meta takes none of these in a body; Twilio says so with the code of all that is wrong with variables.
        if re.search(r"[\n\t]| {5}", values[name]):
            raise BAD_VARIABLES

    def fill(text: str) -> str:
        return _GAP.sub(lambda gap: values[gap[1]], text)

    shown = content.types[content.kind]
    made = Filled(
        kind=content.kind,
        body=fill(content.body),
        button=fill(shown.get("button", "")),
        choices=[
            Choice(
                fill(item["id"]), fill(item.get("item") or item["title"]), fill(item.get("description") or "")
            )
            for item in shown.get("items") or shown.get("actions") or []
            if content.kind != AUTHENTICATION
        ],
    )
    if too_long := _too_long(made):
        raise bad_request(21656, f"The ContentVariables Parameter is invalid: {too_long}")
    return made


def _values(variables: str) -> dict[str, str]:
    if not variables:
        return {}
    try:
        values = json.loads(variables)
    except ValueError:
        raise BAD_VARIABLES from None
    if not isinstance(values, dict) or not all(isinstance(value, str) and value for value in values.values()):
        raise BAD_VARIABLES
    return values


def _check_type(kind: str, shown: Json) -> None:
    if kind == AUTHENTICATION:
        _check_authentication(shown)
        return
    if kind not in {"twilio/text", "twilio/list-picker", "twilio/quick-reply", "twilio/call-to-action"}:
        raise _wrong(f"unknown type {kind}")
    if not shown.get("body"):
        raise _wrong(f"{kind}.body is required")
    if kind == "twilio/list-picker":
        _check_list(shown)
    if kind == "twilio/quick-reply" and not 1 <= len(shown.get("actions") or []) <= 3:
        raise _wrong("twilio/quick-reply.actions: 1 to 3 where a conversation is open")
    choices = [
        Choice(
            item.get("id") or "", item.get("item") or item.get("title") or "", item.get("description") or ""
        )
        for item in shown.get("items") or shown.get("actions") or []
    ]
    if not all(choice.title for choice in choices):
        raise _wrong(f"{kind}: each choice needs a title")
    made = Filled(kind=kind, body=shown["body"], choices=choices, button=shown.get("button", ""))
    if too_long := _too_long(made):
        raise _wrong(too_long)


def _check_authentication(shown: Json) -> None:
    """Its words are WhatsApp's own; https://www.twilio.com/docs/content/whatsappauthentication."""
    minutes, actions = shown.get("code_expiration_minutes", 1), shown.get("actions") or []
    if not 1 <= minutes <= 90:
        raise _wrong("code_expiration_minutes: 1 to 90")
    if [action.get("type") for action in actions] != ["COPY_CODE"]:
        raise _wrong(f"{AUTHENTICATION}.actions: one, of type COPY_CODE")


def _check_list(shown: Json) -> None:
    if not shown.get("button"):
        raise _wrong("twilio/list-picker.button is required")
    items = shown.get("items") or []
    if not 1 <= len(items) <= 10:
        raise _wrong("twilio/list-picker.items: 1 to 10")
    if not all(item.get("id") for item in items) or len({item["id"] for item in items}) < len(items):
        raise _wrong("twilio/list-picker.items: each needs an id of its own")


def _too_long(shown: Filled) -> str:
    """What of it is longer than WhatsApp shows, or stands there twice."""
    is_list = shown.kind == "twilio/list-picker"
    limits = [
        ("body", shown.body, 1600 if shown.kind == "twilio/text" else 1024),
        ("button", shown.button, 20),
    ]
    for choice in shown.choices:
        limits += [
            ("title", choice.title, 24 if is_list else 20),
            ("description", choice.description, 72),
            ("id", choice.id, 200),
        ]
    over = [f"{name} has more than {limit} characters" for name, text, limit in limits if len(text) > limit]
    ids = [choice.id for choice in shown.choices if choice.id]
    return over[0] if over else "" if len(set(ids)) == len(ids) else "an id stands there twice"


def _check_template(content: Content) -> None:
    body = content.body.strip()
    gaps = list(_GAP.finditer(body))
    if gaps and (gaps[0].start() == 0 or gaps[-1].end() == len(body)):
        raise _wrong("the body of a template neither begins nor ends with a variable")
    if any(not body[one.end() : other.start()].strip() for one, other in pairwise(gaps)):
        raise _wrong("two variables stand next to each other")
    numbers = {gap[1] for gap in gaps}
    if numbers != {str(number) for number in range(1, len(numbers) + 1)}:
        raise _wrong("the variables of a template are numbered from 1 without a gap")
    if any(not content.variables.get(number) for number in numbers):
        raise _wrong("each variable of a template needs a sample")
    if len(body) > 1024:
        raise _wrong("the body of a template has at most 1024 characters")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _wrong(what: str) -> Refusal:
    return bad_request(20001, f"Invalid request: {what}")
