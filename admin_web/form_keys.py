"""One-time keys of forms that make something: the same key again gets what the first made. Never a proof of who sends.

A key is made for each page that is loaded; pages that move by themselves carry theirs in their live address.
"""

import re
import secrets
from collections.abc import Mapping

FIELD = "form_key"
SENT_BEFORE = "This form was sent before: here is the token it gave."
_BYTES = 16
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_key() -> str:
    return secrets.token_urlsafe(_BYTES)


def key_of(sent: Mapping[str, str]) -> str | None:
    """The key that a form or a live address carries, where it is one of ours by its looks."""
    key = sent.get(FIELD, "")
    return key if _KEY.fullmatch(key) else None
