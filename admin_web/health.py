"""For machines that watch: alive, and ready with all that readiness needs. Reasons name parts, never values."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from admin_web import request_log
from admin_web.access import public
from admin_web.provided import now, transaction
from checks.signs_of_life import STALE_AFTER, silent_processes
from domain.ports import UnitOfWork

blueprint = Blueprint("health", __name__)

READY = "threeaway-ready"
_LATE_AFTER = timedelta(minutes=2)


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return "ok\n", 200, {"Content-Type": "text/plain"}


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    reasons = _reasons()
    return jsonify(ready=not reasons, reasons=reasons), 503 if reasons else 200


def _reasons() -> list[str]:
    asked: Callable[[], list[str]] = current_app.extensions[READY]
    reasons = asked()
    if reasons:
        return reasons
    try:
        with transaction() as uow:
            return _stale_processes(uow, now()) + _late_notices(uow, now())
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "not ready"
        request_log.fault(error)
        return ["the database can't be read"]


def _stale_processes(uow: UnitOfWork, at: datetime) -> list[str]:
    seconds = int(STALE_AFTER.total_seconds())
    return [f"{kind}: no sign of life within {seconds} seconds" for kind in silent_processes(uow, at=at)]


def _late_notices(uow: UnitOfWork, at: datetime) -> list[str]:
    late = uow.outbox.due(now=at - _LATE_AFTER, hinted_before=at, limit=1)
    return [f"a notice has been due for over {int(_LATE_AFTER.total_seconds())} seconds"] if late else []
