"""Which background processes have not been heard of: for `/readyz`, and for staff, who must not trust alerts then."""

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
    silent = [_DOES[kind] for kind in silent_processes(uow, at=at)]
    if not silent:
        return ""
    return f"Alerts may come late: no sign of life for a minute from {', '.join(silent)}."
