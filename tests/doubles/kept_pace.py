"""A pace for tests of senders."""

from dataclasses import dataclass, field

from domain.ports import Bucket


@dataclass(slots=True)
class KeptPace:
    """Lets everybody go after `waits`, and keeps what it was asked."""

    waits: list[float] = field(default_factory=list)
    asked: list[tuple[Bucket, int]] = field(default_factory=list)
    holds: list[tuple[str, float]] = field(default_factory=list)

    def take(self, bucket: Bucket, *, tokens: int = 1) -> float:
        self.asked.append((bucket, tokens))
        return self.waits.pop(0) if self.waits else 0

    def hold(self, key: str, seconds: float) -> None:
        self.holds.append((key, seconds))
