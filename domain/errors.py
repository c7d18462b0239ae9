"""The three families of errors. A refusal names a text; it never carries a sentence of its own."""

from dataclasses import dataclass
from enum import Enum


class DomainError(Exception):
    """A rule said no. `key` names a text in every catalogue, `params` are its variables.

    Every channel and page can say it in the person's language, and offers a way on.
    """

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class SendFault(Enum):
    """What became of a message that a provider did not take; each has one consequence in `use_cases.consequences`."""

    LATER = "later"  # nobody's fault, try again with back-off
    THROTTLED = "throttled"  # the provider said when
    STOPPED = "stopped"  # the person opted out: the address is stopped
    BLOCKED = "blocked"  # the channel lets us write no more, until the person writes again
    UNCLEAR = "unclear"  # it may have arrived; once more at most, unless it can be looked for
    UNREACHABLE = "unreachable"  # this address will never take it
    ABSENT = "absent"  # the phone was off or out of reach: once more, while it is still useful
    CLOSED = "closed"  # no conversation is open: once more, in words that the channel has approved
    REFUSED = "refused"  # the provider or a carrier won't carry it: alarm, and another address
    OURS = "ours"  # our credentials, our bug: alarm


@dataclass
class SendError(Exception):
    """Raised by a sender. `retry_after` is in seconds, `code` is the provider's own, kept for staff.

    `told` and `todo` are there where only people can mend it: what is wrong, and what to do, for owners.
    `looked`: the attempts before this one were looked for with the provider, and none of them went.
    """

    fault: SendFault
    code: str = ""
    retry_after: float | None = None
    told: str = ""
    todo: str = ""
    looked: bool = False

    def __str__(self) -> str:
        return f"{self.fault.value} {self.code}".strip()
