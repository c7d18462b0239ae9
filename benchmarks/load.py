"""The load generator, a process of its own: a member of staff who logs in, with the console of every counter open in
a browser that keeps its connection.

`python -m benchmarks.load` reads an Order as one line of JSON, logs in, says `ready`, begins at the next line, and says
what came of it as JSON. It must never press twice for one answer, nor count a press that was refused.
"""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from time import perf_counter
from urllib.parse import urlencode, urlsplit

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Order:
    url: str
    email: str
    password: str
    queue_id: int
    counters: list[int]  # a caller at each
    presses: int  # of each caller
    look: bool  # whether each press is followed by the page it leads to, as in a browser


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
class Caller:
    """Presses at one counter."""

    browser: Browser
    order: Order
    counter_id: int
    form: dict[str, str | int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def log_in(self) -> None:
        token = _hidden(self.browser.get("/login"))["csrf_token"]
        who = {"email": self.order.email, "password": self.order.password, "csrf_token": token}
        self.browser.post("/login", {**who})

    def open_console(self) -> None:
        page = self.browser.get(f"/queues/{self.order.queue_id}?counter={self.counter_id}")
        shown = _hidden(page)
        self.form = {
            "csrf_token": shown["csrf_token"],
            "queue": self.order.queue_id,
            "version": int(shown["version"]),
        }

    def press_on(self) -> None:
        # While the others opened theirs, the server may have hung up; the first press opens a new connection.
        self.browser.connection.close()
        for _ in range(self.order.presses):
            began = perf_counter()
            self._press()
            self.seconds.append(perf_counter() - began)

    def _press(self) -> None:
        """Whoever doesn't look drops the message for the next page too, or its cookie would grow at each press."""
        path = f"/counters/{self.counter_id}/next"
        leads_to = self.browser.post(path, self.form, keep_cookies=self.order.look)
        self.form["version"] = int(self.form["version"]) + 1
        if self.order.look:
            self.browser.get(leads_to)


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    address = urlsplit(order.url)
    callers = [
        Caller(Browser(HTTPConnection(str(address.hostname), address.port, timeout=30)), order, counter_id)
        for counter_id in order.counters
    ]
    callers[0].log_in()
    for caller in callers:
        caller.browser.cookies |= callers[0].browser.cookies
        caller.open_console()
    print("ready", flush=True)
    sys.stdin.readline()
    began = perf_counter()
    with ThreadPoolExecutor(len(callers)) as pool:
        for done in [pool.submit(caller.press_on) for caller in callers]:
            done.result()
    took = perf_counter() - began
    print(json.dumps({"took": took, "seconds": [one for caller in callers for one in caller.seconds]}))


def _hidden(page: str) -> dict[str, str]:
    return dict(_HIDDEN.findall(page))


if __name__ == "__main__":
    main()
