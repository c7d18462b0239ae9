"""When a message may go to Twilio: the pace of its sender and of the person, and the peace after a refusal.

Buckets are shared by all processes. Whoever has to wait for longer than a moment is told a turn; nothing is lost. It
must never sleep for one person's pace: a few with quick thumbs would keep every sending thread asleep.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import SendError, SendFault
from domain.ports import Bucket, Pace

MOST_SLEPT = (
    1.0  # seconds; the sender's own turn is near as a rule, and a sleep is cheaper than a row put off
)
ACCOUNT_HELD = 60.0  # seconds in which nobody asks again, after Twilio didn't let us in
SENDER_HELD = 10.0  # at most, after "too many": what was refused waits longer than those who only follow it
TOO_MANY_TO_ONE = "14107"  # a limit between two numbers; others are not concerned
_ACCOUNT_RATE = 1000.0  # no limit of its own: this bucket is there to be held


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens a second and at once, of the sender and of each person; the reserves are kept for urgent words."""

    rate: float
    burst: float
    reserve: float
    person_rate: float
    person_burst: float
    person_reserve: float


def whatsapp_limits() -> Limits:
    """80 messages a second for a sender; to one person a message in six seconds, but bursts of up to 45 that are paid
    back in time (Meta, pair rate limit): somebody who taps through a menu isn't kept waiting.
    """
    return Limits(80, burst=48, reserve=8, person_rate=1 / 6, person_burst=30, person_reserve=6)


def sms_limits(segments_a_second: int) -> Limits:
    """In segments. Twilio would queue what comes faster, but there no urgent word overtakes another. To one person at
    most 15 in 30 seconds (error 14107), which also ends a conversation with an answering machine.
    """
    burst = max(2.0 * segments_a_second, 6)
    return Limits(
        segments_a_second, burst=burst, reserve=3, person_rate=0.5, person_burst=12, person_reserve=4
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """`sender` names the account's sender among all; `limits` are its own."""

    pace: Pace
    account: str
    sender: str
    limits: Limits
    sleep: Callable[[float], object] = time.sleep

    def wait(self, handle: str, *, tokens: int, urgent: bool) -> None:
        """Returns when it may go. Raises SendError THROTTLED, with the seconds until its turn."""
        self._refuse("account", self.pace.take(Bucket(self._account_key, _ACCOUNT_RATE, _ACCOUNT_RATE)))
        self._refuse("person", self.pace.take(self._person(handle, urgent=urgent), tokens=tokens))
        sender, slept = self._sender(urgent=urgent), 0.0
        while wait := self.pace.take(sender, tokens=tokens):
            slept += wait
            if slept > MOST_SLEPT:
                self._refuse("sender", wait)
            self.sleep(wait)

    def obey(self, error: SendError, handle: str) -> None:
        """What a refusal of one message means for those that follow, in every process."""
        if error.fault is SendFault.OURS:
            self.pace.hold(self._account_key, ACCOUNT_HELD)
        elif error.fault is SendFault.THROTTLED and error.code == TOO_MANY_TO_ONE:
            self.pace.hold(self._person_key(handle), error.retry_after or SENDER_HELD)
        elif error.fault is SendFault.THROTTLED:
            self.pace.hold(self._sender_key, min(error.retry_after or SENDER_HELD, SENDER_HELD))

    def _refuse(self, code: str, wait: float) -> None:
        if wait:
            raise SendError(SendFault.THROTTLED, code=code, retry_after=wait)

    def _sender(self, *, urgent: bool) -> Bucket:
        limits = self.limits
        return Bucket(self._sender_key, limits.rate, limits.burst, reserve=0 if urgent else limits.reserve)

    def _person(self, handle: str, *, urgent: bool) -> Bucket:
        limits, reserve = self.limits, 0 if urgent else self.limits.person_reserve
        return Bucket(self._person_key(handle), limits.person_rate, limits.person_burst, reserve=reserve)

    @property
    def _account_key(self) -> str:
        return f"twilio:{self.account}"

    @property
    def _sender_key(self) -> str:
        return f"{self._account_key}:{self.sender}"

    def _person_key(self, handle: str) -> str:
        return f"{self._sender_key}:{handle}"
