"""The load generator of webhooks, a process of its own: several callers post what was signed for them beforehand.

`python -m benchmarks.posting` reads an Order as one line of JSON, says `ready`, begins at the next line, and says what
came of it as JSON. It must never post twice, nor count a post that was refused.
"""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from time import perf_counter, sleep
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Order:
    """`posts` are bodies with their signatures. With `a_second` each post has its time, whatever became of others."""

    url: str
    posts: list[tuple[str, str]]
    callers: int
    a_second: float | None = None


class Refused(RuntimeError):
    """An answer that isn't the one a genuine message gets."""


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    sys.stdin.readline()
    turns = count()
    began = perf_counter()
    with ThreadPoolExecutor(order.callers) as pool:
        callers = [pool.submit(_post_on, order, turns, began) for _ in range(order.callers)]
    took = perf_counter() - began
    print(json.dumps({"took": took, "seconds": [one for caller in callers for one in caller.result()]}))


def _post_on(order: Order, turns: Iterator[int], began: float) -> list[float]:
    """Seconds of each post that this caller made, from its time where it had one."""
    address = urlsplit(order.url)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    seconds = []
    # One caller after the other takes the next: `next` of a count is one step to CPython's threads.
    while (turn := next(turns)) < len(order.posts):
        since = perf_counter()
        if order.a_second:
            since = began + turn / order.a_second
            sleep(max(0.0, since - perf_counter()))
        _post(connection, address.path, *order.posts[turn])
        seconds.append(perf_counter() - since)
    return seconds


def _post(connection: HTTPConnection, path: str, body: str, signature: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    connection.request("POST", path, body=body, headers=headers)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise Refused(f"{path}: {response.status}")


if __name__ == "__main__":
    main()
