"""The floor of sending: Twilio's own client, as many threads as a worker has, and nothing else.

`python -m benchmarks.bare_client` reads an Order as a line of JSON, says `ready`, sends at the next line, says `done`.
"""

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


@dataclass(frozen=True, slots=True)
class Order:
    root: str
    account: str
    token: str
    sender: str
    body: str
    people: Sequence[str]
    threads: int


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    client = Client(order.account, order.token, http_client=TwilioHttpClient(timeout=10))
    client.api.base_url = order.root
    messages = client.messages  # made before threads share it

    def send(person: str) -> None:
        messages.create(
            to=person,
            from_=order.sender,
            body=order.body,
            validity_period=14_400,
            status_callback="https://queue.example.org/twilio/status/1",
        )

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(order.threads) as pool:
        for sent in [pool.submit(send, person) for person in order.people]:
            sent.result()
    print("done", flush=True)


if __name__ == "__main__":
    main()
