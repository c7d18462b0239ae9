"""Waiting for what a double will have seen. It must never wait where what is wanted is there already."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(
    changing: threading.Condition,
    truth: Callable[[], Found | None],
    *,
    within: float,
    otherwise: Callable[[], str],
) -> Found:
    """What `truth` returned as soon as that was something; `changing` tells of each change. Raises AssertionError."""
    deadline = time.monotonic() + within
    with changing:
        while not (found := truth()):
            left = deadline - time.monotonic()
            assert left > 0, otherwise()
            # Looked at again now and then: it may depend on more than the double.
            changing.wait(min(left, 0.1))
        return found
