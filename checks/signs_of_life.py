"""Which background processes have not been heard of: for `/readyz`, the self-check, and staff, who must not
trust alerts then. It reads and never judges by anything but the last beat.
"""

from datetime import datetime, timedelta

from domain.ports import UnitOfWork

STALE_AFTER = timedelta(minutes=1)
_DOES = {
    "worker:inbox": "answers to messages",
    "worker:alerts": "alerts",
    "worker:bulk": "reminders",
    "clock": "the clock",
}


def silent_processes(uow: UnitOfWork, *, at: datetime) -> list[str]:
    """Kinds of processes of which none has said within STALE_AFTER that it lives."""
    beats = uow.heartbeats.last()
    return [
        kind
        for kind in _DOES
        if not any(name.startswith(kind) and at - last < STALE_AFTER for name, last in beats.items())
    ]


def late_alerts(uow: UnitOfWork, *, at: datetime) -> str:
    """What staff are told, or nothing while all is well. The same words as long as the same are silent."""
    silent = silent_processes(uow, at=at)
    return (
        f"Alerts may come late: no sign of life for a minute from {what_they_do(silent)}." if silent else ""
    )


def what_they_do(kinds: list[str]) -> str:
    return ", ".join(_DOES[kind] for kind in kinds)
