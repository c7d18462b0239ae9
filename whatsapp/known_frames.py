"""Which frames of choices have been made at Twilio, as the database knows them; looked up once a minute at most."""

import time
from collections.abc import Callable
from threading import Lock

from domain.ports import Content, UnitOfWork
from whatsapp.frames import FRAMES

LOOKED_UP_EVERY = 60.0  # seconds
GONE = "gone"  # our word for the state of what was made and is at Twilio no more


class KnownFrames:
    """Threads may share it."""

    def __init__(
        self,
        uow: Callable[[], UnitOfWork],
        *,
        channel: str,
        account: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._uow, self._channel, self._account, self._now = uow, channel, account, now
        self._lock = Lock()
        self._known: dict[str, str] = {}
        self._due = float("-inf")

    def content_id(self, name: str) -> str | None:
        """What Twilio calls the frame of this name; None where it was not made yet."""
        with self._lock:
            if self._now() >= self._due:
                self._known = self._look_up()
                self._due = self._now() + LOOKED_UP_EVERY
            return self._known.get(name)

    def _look_up(self) -> dict[str, str]:
        with self._uow() as uow:
            contents = uow.contents.of(channel=self._channel, account=self._account)
        return {content.name: content.content_id for content in contents if is_of_today(content)}


def is_of_today(content: Content) -> bool:
    """Whether it is a frame with the gaps that we fill, and still there."""
    frame = FRAMES.get(content.name)
    return frame is not None and content.fingerprint == frame.fingerprint and content.state != GONE
