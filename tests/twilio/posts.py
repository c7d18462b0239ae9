"""What Twilio posts to us: signed as it signs, and tried again as the webhook's address asks for.

See https://www.twilio.com/docs/usage/security and https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlsplit
from uuid import uuid4

import requests
from twilio.request_validator import RequestValidator

Form = dict[str, str]
Headers = dict[str, str]
# Takes path, form and headers in place of a server; returns the status, or raises OSError as a lost connection would.
Takes = Callable[[str, Form, Headers], int]


@dataclass(frozen=True, slots=True)
class Post:
    """One form, ready to be posted. `url` has no fragment: that is for Twilio itself, and not signed."""

    url: str
    form: Form
    headers: Headers

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def signed(url: str, form: Form, *, token: str) -> Post:
    address = urldefrag(url).url
    return Post(
        address,
        form,
        {
            "X-Twilio-Signature": RequestValidator(token).compute_signature(address, form),
            "I-Twilio-Idempotency-Token": str(uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        },
    )


def delivered(url: str, form: Form, *, token: str, takes: Takes | None) -> int:
    """The status that came last, 0 where nobody answered. Once more where the connection failed, unless `#rc=…` and
    `#rp=…` say otherwise.
    """
    overrides = parse_qs(urlsplit(url).fragment)
    tries = 1 + int(overrides.get("rc", ["1"])[0])
    policy = set(overrides.get("rp", ["ct"])[0].split(","))
    post = signed(url, form, token=token)
    status = 0
    for _ in range(tries):
        status = _posted(post, takes)
        if not _is_tried_again(status, policy):
            break
    return status


def _posted(post: Post, takes: Takes | None) -> int:
    try:
        if takes is not None:
            return takes(post.path, post.form, post.headers)
        return requests.post(post.url, data=post.form, headers=post.headers, timeout=15).status_code
    except OSError:  # requests' errors are
        return 0


def _is_tried_again(status: int, policy: set[str]) -> bool:
    if status == 0:
        return bool(policy & {"ct", "rt", "all"})
    return status >= 400 and ("all" in policy or f"{status // 100}xx" in policy)
