"""Pages that move by themselves: the whole page's truth in every event, by stream or by poll. Never a change alone.

A page is read after its listening began, so that nothing can change unseen between the two.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from admin_web import request_log
from admin_web.provided import provided

MOST_STREAMS = 100  # a process; each holds a thread, and gunicorn has 128
_SILENCE = 10.0  # seconds after which a page is read anew, and the line is kept alive
_LEAST_GAP = 0.25  # seconds between two events of one viewer
_LONGEST = 3600.0  # seconds; then the browser comes again by itself
_POLL_AGAIN = 5  # seconds


@dataclass(frozen=True, slots=True)
class LivePage:
    """What a page shows now: its inner HTML, when it was read (site time), and what would change it."""

    html: str
    at: str
    topics: frozenset[str]


Read = Callable[[], LivePage | None]


class StreamPlaces:
    """How many streams this process has room for."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def take(self) -> Callable[[], None] | None:
        """How to give the place back, once; None where there is no room."""
        if not self._free.acquire(blocking=False):
            return None
        given_back = threading.Lock()

        def give_back() -> None:
            if given_back.acquire(blocking=False):
                self._free.release()

        return give_back


def answer(read: Read, *, places: StreamPlaces) -> ResponseReturnValue:
    """The page by poll where the address says so, else as a stream. `read` gives None when the page is no more."""
    page = read()
    if page is None:
        return "", 404
    if "poll" in request.args:
        return _polled(page)
    give_back = places.take()
    if give_back is None:
        return "Every stream of this process is taken; poll instead.", 503, {"Retry-After": str(_POLL_AGAIN)}
    response = Response(
        stream_with_context(_events(read, replace(page, html=""))), mimetype="text/event-stream"
    )
    # nginx would hold events back.
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.call_on_close(give_back)
    return response


def _polled(page: LivePage) -> BaseResponse:
    response = Response(_data(page), mimetype="application/json")
    response.set_etag(hashlib.sha256(page.html.encode()).hexdigest())
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _events(read: Read, page: LivePage | None) -> Iterator[str]:
    yield "retry: 2000\n\n"
    ends_at = time.monotonic() + _LONGEST
    while page is not None and time.monotonic() < ends_at:
        listened_to = page.topics
        with provided().live.listen(listened_to, timeout=_SILENCE) as changes:
            page, event = _look(read, page)
            yield event
            if page is not None and page.topics == listened_to:
                next(changes, None)
        time.sleep(_LEAST_GAP)


def _look(read: Read, before: LivePage) -> tuple[LivePage | None, str]:
    """The page as it is now, and what to send. While the database is away its page says by itself that it is old."""
    try:
        page = read()
    except Exception as error:  # noqa: BLE001 - a stream is an edge of its own: its headers are gone already
        request_log.fault(error)
        return before, ": the page can't be read now\n\n"
    if page is None:
        return None, "event: gone\ndata: {}\n\n"
    return page, _event(page, before)


def _event(page: LivePage, before: LivePage) -> str:
    if page.html == before.html:
        return f"event: alive\ndata: {json.dumps({'at': page.at})}\n\n"
    return f"event: page\ndata: {_data(page)}\n\n"


def _data(page: LivePage) -> str:
    return json.dumps({"html": page.html, "at": page.at})
