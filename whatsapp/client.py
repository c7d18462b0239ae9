"""Twilio's own client, one a process, made when it is first needed: its library takes half a second to load.

Whatever is asked of Twilio ends in time, and is asked once: what a silence means is for those who asked to say. It must
never show the account's token: the library's own log, which shows people's numbers too, is kept quiet for that reason.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakSet

from settings import Settings

if TYPE_CHECKING:
    from twilio.rest import Client

WHOLE_SECONDS = 10.0  # a hand-over ends before the lease of its row does, whatever its requests add up to
CONNECT_SECONDS = 3.0
CONNECTIONS = 16  # kept open: for those who send side by side, and those who answer
_LEAST_SECONDS = 0.05  # what is begun with less would only be of unknown end


class OutOfTimeError(Exception):
    """Nothing was asked: there was no time left for it."""


class TwilioClient:
    """Threads may share it. `seconds` is how long one request may take, where nothing else is said."""

    def __init__(self, settings: Settings, *, seconds: float = WHOLE_SECONDS) -> None:
        self.account = settings.twilio_account_sid
        self._token, self._root = settings.twilio_auth_token, settings.twilio_api_url
        self._seconds = seconds
        self._hurry = threading.local()
        self._lock = threading.Lock()
        self._client: Client | None = None
        _MADE.add(self)

    def __repr__(self) -> str:
        return f"<TwilioClient {self.account}>"

    @property
    def rest(self) -> "Client":
        """Whatever is asked of it raises TwilioException, requests.RequestException or OutOfTimeError."""
        client = self._client
        if client is not None:
            return client
        with self._lock:
            if self._client is None:
                self._client = self._make()
            return self._client

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All that this thread asks in here may take so long together."""
        self._hurry.until = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._hurry.until

    def seconds_left(self) -> float:
        """For the next request of this thread. Raises OutOfTimeError."""
        until = getattr(self._hurry, "until", None)
        left = self._seconds if until is None else min(self._seconds, until - time.monotonic())
        if left < _LEAST_SECONDS:
            raise OutOfTimeError
        return left

    def close(self) -> None:
        """Ends its connections; whoever asks again begins anew."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.http_client.session.close()

    def forget(self) -> None:
        """A child that is forked must neither wait for its parent's lock nor speak on its connections."""
        self._lock = threading.Lock()
        self._client = None

    def _make(self) -> "Client":
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        quiet = logging.getLogger(f"{__name__}.library")
        quiet.setLevel(logging.WARNING)
        http = TwilioHttpClient(timeout=self._seconds, logger=quiet)
        adapter = _adapter(self)
        http.session.mount("https://", adapter)
        http.session.mount("http://", adapter)
        # An environment of its own: the library would take a region or an edge from ours.
        client = Client(self.account, self._token, http_client=http, environment={"TWILIO_EDGE": ""})
        client.api.base_url = self._root
        if not _is_twilios(self._root):
            client.content.base_url = client.messaging.base_url = self._root
        assert client.messages is client.api.v2010.account.messages  # all made now, before threads share them
        return client


def _forget_all() -> None:
    for client in _MADE:
        client.forget()


_MADE: WeakSet[TwilioClient] = WeakSet()
os.register_at_fork(after_in_child=_forget_all)


def _adapter(client: TwilioClient) -> Any:
    """Connections that know how much time is left. `requests` would allow it for connecting and reading each."""
    from requests.adapters import HTTPAdapter
    from urllib3 import Timeout

    class InTime(HTTPAdapter):
        def send(self, request: Any, *args: Any, **more: Any) -> Any:
            left = client.seconds_left()
            more["timeout"] = Timeout(total=left, connect=min(left, CONNECT_SECONDS))
            return super().send(request, *args, **more)

    return InTime(pool_connections=4, pool_maxsize=CONNECTIONS, max_retries=0)


def _is_twilios(root: str) -> bool:
    return (urlsplit(root).hostname or "").endswith(".twilio.com")
