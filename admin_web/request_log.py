"""One JSON line a request. The route's pattern, never the address itself: links and handles are secrets of people."""

import json
import logging
import secrets
import time

from flask import Response, g, request

_log = logging.getLogger("threeaway.web")


def begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.began_at = time.monotonic()


def request_id() -> str:
    return str(g.get("request_id", "-"))


def end(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    _log.info(_line("request", status=response.status_code, ms=_milliseconds()))
    return response


def fault(error: BaseException) -> None:
    """A bug or an outage, with its trace. The message of an exception may quote personal data, so it's left out."""
    _log.error(_line("fault", error=type(error).__name__, trace=_places(error)))


def _line(event: str, **more: object) -> str:
    staff = g.get("staff")
    known = {
        "event": event,
        "request_id": request_id(),
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "user_id": staff.user.id if staff else None,
    }
    return json.dumps(known | more)


def _milliseconds() -> float:
    return round((time.monotonic() - g.get("began_at", time.monotonic())) * 1000, 1)


def _places(error: BaseException) -> list[str]:
    places, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
