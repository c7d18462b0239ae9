"""What can go wrong between a client and a double, on demand."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

Refusal = TypeVar("Refusal", bound=Exception)


class Fault(Enum):
    HANG = auto()  # never answered; nothing done
    HANG_AFTER = auto()  # done, never answered
    DROP = auto()  # the connection ends; nothing done
    DROP_AFTER = auto()  # done, and the connection ends before the answer
    BAD_GATEWAY = auto()  # a proxy's HTML page; nothing done

    @property
    def is_done(self) -> bool:
        return self in {Fault.HANG_AFTER, Fault.DROP_AFTER}


@dataclass(slots=True)
class Faults(Generic[Refusal]):
    """What the next calls of a method meet, in order."""

    _waiting: dict[str, deque[Fault | Refusal | None]] = field(default_factory=lambda: defaultdict(deque))

    def add(self, method: str, fault: Fault | Refusal, *, times: int, after: int = 0) -> None:
        """`after` so many calls that go well."""
        self._waiting[method].extend([None] * after)
        self._waiting[method].extend([fault] * times)

    def next_for(self, method: str) -> Fault | Refusal | None:
        waiting = self._waiting.get(method)
        return waiting.popleft() if waiting else None
