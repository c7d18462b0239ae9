"""What only people can mend, as long as it goes on: for the owner's self-check, and for managers' day.

Nobody has to end an alarm: one that has been quiet for a day is told no more.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from checks.examination import Finding
from domain.ports import Alarm, UnitOfWork

QUIET_AFTER = timedelta(hours=24)


def ringing(uow: UnitOfWork, *, at: datetime) -> list[Alarm]:
    """The latest first."""
    return uow.alarms.ringing(since=at - QUIET_AFTER)


def how_often(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"


def findings(uow: UnitOfWork, *, at: datetime) -> Iterator[Finding]:
    alarms = ringing(uow, at=at)
    if not alarms:
        yield Finding(name="Alarms", ok=True, told="None rang within a day.")
    for alarm in alarms:
        since = f"{alarm.first_at:%Y-%m-%d %H:%M} UTC"
        last = "" if alarm.count == 1 else f", last at {alarm.last_at:%Y-%m-%d %H:%M} UTC"
        yield Finding(
            name="Alarm",
            ok=False,
            told=f"{alarm.told} {how_often(alarm.count)} since {since}{last}.",
            todo=alarm.todo,
        )
