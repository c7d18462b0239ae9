"""The operations of Twilio's REST API that the double knows: path, what is taken, what is answered."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.twilio.account import account_as_json
from tests.twilio.contents import approval_of, content_of, filled
from tests.twilio.messages import WHATSAPP, Json, Message, Params, check_message, listed, new_sid
from tests.twilio.refusals import (
    BAD_CONTENT_SID,
    CONTENT_SID_REQUIRED,
    NO_SUCH_CHANNEL,
    UNSUBSCRIBED,
    Refusal,
    bad_request,
    not_found,
    not_our_number,
)

if TYPE_CHECKING:
    from tests.twilio.twilio_api import TwilioApi


_NAME = re.compile(r"[A-Za-z0-9 ]{1,11}")  # that stands in a number's place; whoever may send may choose one


@dataclass(frozen=True, slots=True)
class Route:
    operation: str
    method: str
    path: re.Pattern[str]
    handler: "Callable[[TwilioApi, Params, Json], Json]"
    status: int = 200


def route_of(method: str, path: str) -> tuple[Route, Params]:
    """The route, and its path with what that names. Raises Refusal."""
    matching = [(route, found) for route in ROUTES if (found := route.path.fullmatch(path))]
    for route, found in matching:
        if route.method == method:
            return route, found.groupdict() | {"path": path}
    raise Refusal(405, 20004, "Method not allowed") if matching else not_found(path)


def _create_message(api: "TwilioApi", _: Params, params: Params) -> Json:
    check_message(params)
    sender, service, to = params.get("From", ""), params.get("MessagingServiceSid", ""), params["To"]
    if service and service not in api.services:
        raise not_found(f"/v1/Services/{service}")
    if sender.startswith(WHATSAPP) and sender not in api.senders:
        raise NO_SUCH_CHANNEL
    is_name = bool(_NAME.fullmatch(sender)) and not sender.isdecimal()
    if sender and not sender.startswith(WHATSAPP) and sender not in api.numbers and not is_name:
        raise not_our_number(sender)
    if to in api.opted_out:
        raise UNSUBSCRIBED
    content = None
    if sid := params.get("ContentSid", ""):
        content = api.contents.get(sid)
        if content is None:
            raise BAD_CONTENT_SID
    elif params.get("ContentVariables"):
        raise CONTENT_SID_REQUIRED
    shown = filled(content, params.get("ContentVariables", "")) if content else None
    message = Message(
        sid=new_sid("MM" if content else "SM"),
        account=api.account,
        sender=sender,
        to=to,
        body=shown.body if shown else params.get("Body", ""),
        direction="outbound-api",
        status="queued" if sender else "accepted",
        created=api.now(),
        params=params,
        service=service,
        shown=shown,
        is_template=content is not None and content.may_open,
    )
    api.takes(message)
    return message.as_json()


def _list_messages(api: "TwilioApi", _: Params, params: Params) -> Json:
    path = f"/2010-04-01/Accounts/{api.account}/Messages.json"
    found = [message.as_json() for message in listed(api.kept, params)]
    return _page_of_2010(path, "messages", found, params)


def _list_numbers(api: "TwilioApi", _: Params, params: Params) -> Json:
    path = f"/2010-04-01/Accounts/{api.account}/IncomingPhoneNumbers.json"
    asked = params.get("PhoneNumber", "")
    found = [number.as_json(api.account) for number in api.numbers.values() if asked in number.phone_number]
    return _page_of_2010(path, "incoming_phone_numbers", found, params)


def _list_short_codes(api: "TwilioApi", _: Params, params: Params) -> Json:
    path = f"/2010-04-01/Accounts/{api.account}/SMS/ShortCodes.json"
    asked = params.get("ShortCode", "")
    found = [code.as_json(api.account) for code in api.short_codes.values() if asked in code.short_code]
    return _page_of_2010(path, "short_codes", found, params)


def _fetch_account(api: "TwilioApi", _: Params, __: Params) -> Json:
    return account_as_json(api.account, status=api.status, kind=api.kind)


def _fetch_service(api: "TwilioApi", found: Params, _: Params) -> Json:
    if found["sid"] not in api.services:
        raise not_found(f"/v1/Services/{found['sid']}")
    return api.services[found["sid"]].as_json(api.account)


def _list_numbers_of_service(api: "TwilioApi", found: Params, params: Params) -> Json:
    service = api.services.get(found["sid"])
    if service is None:
        raise not_found(f"/v1/Services/{found['sid']}")
    shown = [
        {
            "sid": number.sid,
            "account_sid": api.account,
            "service_sid": service.sid,
            "phone_number": number.phone_number,
            "country_code": "US",
            "capabilities": ["SMS", "Voice"],
            "date_created": "2026-01-05T08:00:00Z",
            "date_updated": "2026-01-05T08:00:00Z",
            "url": f"https://messaging.twilio.com/v1/Services/{service.sid}/PhoneNumbers/{number.sid}",
        }
        for number in api.numbers.values()
        if number.phone_number == service.number
    ]
    return _page_by_meta(f"{api.root}/v1/Services/{service.sid}/PhoneNumbers", "phone_numbers", shown, params)


def _list_short_codes_of_service(api: "TwilioApi", found: Params, params: Params) -> Json:
    return _page_by_meta(f"{api.root}/v1/Services/{found['sid']}/ShortCodes", "short_codes", [], params)


def _list_names_of_service(api: "TwilioApi", found: Params, params: Params) -> Json:
    service = api.services.get(found["sid"])
    if service is None:
        raise not_found(f"/v1/Services/{found['sid']}")
    shown = [
        {
            "sid": f"AI{number:032x}",
            "account_sid": api.account,
            "service_sid": service.sid,
            "alpha_sender": name,
            "capabilities": ["SMS"],
            "date_created": "2026-01-05T08:00:00Z",
            "date_updated": "2026-01-05T08:00:00Z",
            "url": f"https://messaging.twilio.com/v1/Services/{service.sid}/AlphaSenders/AI{number:032x}",
        }
        for number, name in enumerate(service.names)
    ]
    return _page_by_meta(f"{api.root}/v1/Services/{service.sid}/AlphaSenders", "alpha_senders", shown, params)


def _list_senders(api: "TwilioApi", _: Params, params: Params) -> Json:
    if params.get("Channel") != "whatsapp":
        raise bad_request(20001, "Invalid Channel")
    found = [sender.as_json() for sender in api.senders.values()]
    return _page_by_meta(f"{api.root}/v2/Channels/Senders", "senders", found, params)


def _fetch_sender(api: "TwilioApi", found: Params, _: Params) -> Json:
    for sender in api.senders.values():
        if sender.sid == found["sid"]:
            return sender.as_json()
    raise not_found(f"/v2/Channels/Senders/{found['sid']}")


def _create_content(api: "TwilioApi", _: Params, given: Json) -> Json:
    content = content_of(given, sid=new_sid("HX"), account=api.account, now=api.now())
    api.contents[content.sid] = content
    return content.as_json()


def _list_contents(api: "TwilioApi", _: Params, params: Params) -> Json:
    found = [content.as_json() for content in reversed(api.contents.values())]
    return _page_by_meta(f"{api.root}/v1/Content", "contents", found, params)


def _list_contents_and_approvals(api: "TwilioApi", _: Params, params: Params) -> Json:
    found = []
    for content in reversed(api.contents.values()):
        shown = content.as_json()
        del shown["url"], shown["links"]
        found.append(shown | {"approval_requests": content.approval_as_json()["whatsapp"]})
    return _page_by_meta(f"{api.root}/v1/ContentAndApprovals", "contents", found, params)


def _delete_content(api: "TwilioApi", found: Params, _: Params) -> Json:
    del api.contents[api.content(found["sid"]).sid]
    return {}


def _submit(api: "TwilioApi", found: Params, given: Json) -> Json:
    content = api.content(found["sid"])
    content.approval = approval_of(content, given)
    return content.approval.as_json()


def _page_of_2010(path: str, key: str, found: Sequence[Json], params: Params) -> Json:
    """One page as the oldest part of the API has it."""
    size, page, shown = _page(found, params)

    def uri(number: int) -> str:
        token = {"PageToken": f"PA{shown[-1]['sid']}"} if number else {}
        return f"{path}?{urlencode(params | {'PageSize': size, 'Page': number} | token)}"

    return {
        "end": page * size + len(shown) - 1,
        "first_page_uri": uri(0),
        key: shown,
        "next_page_uri": uri(page + 1) if len(found) > (page + 1) * size else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": uri(page - 1) if page else None,
        "start": page * size,
        "uri": uri(page),
    }


def _page_by_meta(url: str, key: str, found: Sequence[Json], params: Params) -> Json:
    """One page as the younger parts have it; Twilio's addresses are whole here."""
    size, page, shown = _page(found, params)

    def at(number: int) -> str:
        return f"{url}?{urlencode(params | {'PageSize': size, 'Page': number})}"

    meta = {
        "key": key,
        "page": page,
        "page_size": size,
        "first_page_url": at(0),
        "previous_page_url": at(page - 1) if page else None,
        "next_page_url": at(page + 1) if len(found) > (page + 1) * size else None,
        "url": at(page),
    }
    return {key: shown, "meta": meta}


def _page(found: Sequence[Json], params: Params) -> tuple[int, int, Sequence[Json]]:
    size = _number(params, "PageSize", otherwise=50, most=1000)
    page = _number(params, "Page", otherwise=0, most=10**6)
    return size, page, found[page * size : (page + 1) * size]


def _number(params: Params, name: str, *, otherwise: int, most: int) -> int:
    given = params.get(name, str(otherwise))
    if not given.isdecimal() or int(given) > most:
        raise bad_request(20001, f"Invalid {name}: {given}")
    return int(given)


def _routes() -> list[Route]:
    account = r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})"
    known: list[tuple[Any, ...]] = [
        ("messages.create", "POST", rf"{account}/Messages\.json", _create_message, 201),
        ("messages.list", "GET", rf"{account}/Messages\.json", _list_messages),
        (
            "messages.fetch",
            "GET",
            rf"{account}/Messages/(?P<sid>(SM|MM)[0-9a-f]{{32}})\.json",
            lambda api, found, _: api.message(found["sid"]).as_json(),
        ),
        ("account.fetch", "GET", rf"{account}\.json", _fetch_account),
        ("numbers.list", "GET", rf"{account}/IncomingPhoneNumbers\.json", _list_numbers),
        ("short_codes.list", "GET", rf"{account}/SMS/ShortCodes\.json", _list_short_codes),
        ("services.fetch", "GET", r"/v1/Services/(?P<sid>MG[0-9a-f]{32})", _fetch_service),
        (
            "services.numbers.list",
            "GET",
            r"/v1/Services/(?P<sid>MG[0-9a-f]{32})/PhoneNumbers",
            _list_numbers_of_service,
        ),
        (
            "services.short_codes.list",
            "GET",
            r"/v1/Services/(?P<sid>MG[0-9a-f]{32})/ShortCodes",
            _list_short_codes_of_service,
        ),
        (
            "services.names.list",
            "GET",
            r"/v1/Services/(?P<sid>MG[0-9a-f]{32})/AlphaSenders",
            _list_names_of_service,
        ),
        ("senders.list", "GET", r"/v2/Channels/Senders", _list_senders),
        ("senders.fetch", "GET", r"/v2/Channels/Senders/(?P<sid>XE[0-9a-f]{32})", _fetch_sender),
        ("contents.create", "POST", r"/v1/Content", _create_content, 201),
        ("contents.list", "GET", r"/v1/Content", _list_contents),
        ("contents_and_approvals.list", "GET", r"/v1/ContentAndApprovals", _list_contents_and_approvals),
        (
            "contents.fetch",
            "GET",
            r"/v1/Content/(?P<sid>HX[0-9a-f]{32})",
            lambda api, found, _: api.content(found["sid"]).as_json(),
        ),
        ("contents.delete", "DELETE", r"/v1/Content/(?P<sid>HX[0-9a-f]{32})", _delete_content, 204),
        (
            "approvals.create",
            "POST",
            r"/v1/Content/(?P<sid>HX[0-9a-f]{32})/ApprovalRequests/whatsapp",
            _submit,
            201,
        ),
        (
            "approvals.fetch",
            "GET",
            r"/v1/Content/(?P<sid>HX[0-9a-f]{32})/ApprovalRequests",
            lambda api, found, _: api.content(found["sid"]).approval_as_json(),
        ),
    ]
    return [Route(operation, method, re.compile(path), *rest) for operation, method, path, *rest in known]


ROUTES = _routes()
