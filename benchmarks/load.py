"""The load generator, a process of its own: a member of staff who logs in, with the console of every counter, or the
desk's booking form, open in a browser that keeps its connection.

`python -m benchmarks.load` reads an Order as one line of JSON, logs in, says `ready`, begins at the next line, and says
what came of it as JSON. It must never press twice for one answer, nor count a press that was refused.
"""

import json
import re
import secrets
import sys
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from time import perf_counter
from urllib.parse import urlencode, urlsplit

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Work(StrEnum):
    """What a caller does again and again. LOOK is a press followed by the page it leads to, as in a browser."""

    NEXT = "next"
    LOOK = "look"
    BOOK = "book"


@dataclass(frozen=True, slots=True)
class Order:
    url: str
    email: str
    password: str
    work: Work
    times: int  # of each caller
    queue_id: int
    counters: list[int]  # a caller at each
    service_id: int
    slots: list[int]  # to be booked, in turn


class Refused(RuntimeError):
    """An answer that isn't the one a press of Next gets."""


@dataclass(slots=True)
class Browser:
    """One connection and its cookies."""

    connection: HTTPConnection
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> str:
        return self._ask("GET", path, {}, expected=200)[1]

    def post(self, path: str, form: dict[str, str | int], *, keep_cookies: bool = True) -> str:
        """Where it leads to."""
        response, _ = self._ask("POST", path, form, expected=303, keep_cookies=keep_cookies)
        return response.headers["Location"]

    def _ask(
        self, method: str, path: str, form: dict[str, str | int], *, expected: int, keep_cookies: bool = True
    ) -> tuple[HTTPResponse, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body=urlencode(form) if form else None, headers=headers)
        response = self.connection.getresponse()
        body = response.read().decode()
        if response.status != expected:
            raise Refused(f"{method} {path}: {response.status}")
        if keep_cookies:
            for line in response.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return response, body


@dataclass(slots=True)
class Caller(ABC):
    """Works at one counter; `number` is its place among the callers."""

    browser: Browser
    order: Order
    number: int
    form: dict[str, str | int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def log_in(self) -> None:
        token = _hidden(self.browser.get("/login"))["csrf_token"]
        who = {"email": self.order.email, "password": self.order.password, "csrf_token": token}
        self.browser.post("/login", {**who})

    def work_on(self) -> None:
        # While the others opened theirs, the server may have hung up; the first press opens a new connection.
        self.browser.connection.close()
        for time in range(self.order.times):
            began = perf_counter()
            self.work(time)
            self.seconds.append(perf_counter() - began)

    @abstractmethod
    def open_page(self) -> None: ...

    @abstractmethod
    def work(self, time: int) -> None:
        """For the `time`th time, from 0."""


class AtConsole(Caller):
    """Presses Next."""

    @property
    def counter_id(self) -> int:
        return self.order.counters[self.number]

    def open_page(self) -> None:
        page = self.browser.get(f"/queues/{self.order.queue_id}?counter={self.counter_id}")
        shown = _hidden(page)
        self.form = {
            "csrf_token": shown["csrf_token"],
            "queue": self.order.queue_id,
            "version": int(shown["version"]),
        }

    def work(self, time: int) -> None:  # noqa: ARG002 - every press is alike
        """Whoever doesn't look drops the message for the next page too, or its cookie would grow at each press."""
        looks = self.order.work is Work.LOOK
        leads_to = self.browser.post(f"/counters/{self.counter_id}/next", self.form, keep_cookies=looks)
        self.form["version"] = int(self.form["version"]) + 1
        if looks:
            self.browser.get(leads_to)


class AtDesk(Caller):
    """Books somebody without a phone, the slots in turn; each form has a key of its own, as each load of the page."""

    @property
    def path(self) -> str:
        return f"/services/{self.order.service_id}/appointments"

    def open_page(self) -> None:
        self.form = {"csrf_token": _hidden(self.browser.get(f"{self.path}/new"))["csrf_token"]}

    def work(self, time: int) -> None:
        number = time * len(self.order.counters) + self.number
        typed: dict[str, str | int] = {
            "slot_id": self.order.slots[number % len(self.order.slots)],
            "name": f"Newcomer {number}",
            "form_key": secrets.token_urlsafe(16),
        }
        leads_to = self.browser.post(self.path, self.form | typed)
        if not leads_to.startswith("/tickets/"):
            raise Refused(f"a booking led to {leads_to}")


def main() -> None:
    sent = json.loads(sys.stdin.readline())
    order = Order(**sent | {"work": Work(sent["work"])})
    callers = _callers(order)
    callers[0].log_in()
    for caller in callers:
        caller.browser.cookies |= callers[0].browser.cookies
        caller.open_page()
    print("ready", flush=True)
    sys.stdin.readline()
    began = perf_counter()
    with ThreadPoolExecutor(len(callers)) as pool:
        for done in [pool.submit(caller.work_on) for caller in callers]:
            done.result()
    took = perf_counter() - began
    print(json.dumps({"took": took, "seconds": [one for caller in callers for one in caller.seconds]}))


def _callers(order: Order) -> list[Caller]:
    address = urlsplit(order.url)
    kind = AtDesk if order.work is Work.BOOK else AtConsole
    return [
        kind(Browser(HTTPConnection(str(address.hostname), address.port, timeout=30)), order, number)
        for number in range(len(order.counters))
    ]


def _hidden(page: str) -> dict[str, str]:
    return dict(_HIDDEN.findall(page))


if __name__ == "__main__":
    main()
