"""How often a log-in may fail, by account and by client address, in a sliding window. Keeps only hashes of both.

An account is limited for each address by itself, so that a stranger can't lock its owner out; and the limit of an
address is far above what a counter full of people behind one router needs.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ports import UnitOfWork

WINDOW = timedelta(minutes=15)
_MOST_FOR_ACCOUNT_AT_ADDRESS = 8
_MOST_FOR_ACCOUNT = 60
_MOST_FOR_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: an account's e-mail and the address it comes from."""

    email: str
    address: str

    def limits(self) -> list[tuple[str, int]]:
        return [
            (self._both, _MOST_FOR_ACCOUNT_AT_ADDRESS),
            (_key("account", self._account), _MOST_FOR_ACCOUNT),
            (_key("address", self.address), _MOST_FOR_ADDRESS),
        ]

    @property
    def _account(self) -> str:
        return self.email.strip().casefold()

    @property
    def _both(self) -> str:
        return _key("account at address", self._account, self.address)

    def forget(self, uow: UnitOfWork) -> None:
        """After a log-in: this person's slips at this address are over."""
        uow.staff_sessions.forget_failures(self._both)


def minutes_to_wait(uow: UnitOfWork, attempt: Attempt, *, at: datetime) -> int:
    """0 where another try is allowed now."""
    return max(_minutes(uow, key, most=most, at=at) for key, most in attempt.limits())


def count(uow: UnitOfWork, attempt: Attempt, *, at: datetime) -> None:
    """Before the password is looked at, so that tries at the same moment can't pass the limit together."""
    for key, _ in attempt.limits():
        uow.staff_sessions.count_failure(key, now=at)


def _minutes(uow: UnitOfWork, key: str, *, most: int, at: datetime) -> int:
    whole = int(WINDOW.total_seconds() // 60)
    if uow.staff_sessions.failures(key, since=at - WINDOW) < most:
        return 0
    waits = range(1, whole)
    # After so many minutes, the failures that still count are those since the window's start of then.
    return next(
        (
            m
            for m in waits
            if uow.staff_sessions.failures(key, since=at - WINDOW + timedelta(minutes=m)) < most
        ),
        whole,
    )


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
