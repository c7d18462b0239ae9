"""What a counter's buttons do. Each press carries the counter's version as shown, and is told what became of it."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.access import requires, the_staff
from admin_web.provided import now, transaction
from admin_web.readable import number_of_form
from domain.events import EventName
from domain.people import Role
from domain.use_cases import counters as posts
from domain.use_cases import queue as line
from domain.use_cases.undo import Undone, undo_last

blueprint = Blueprint("counters", __name__)

_UNDONE = {
    EventName.QUEUE_STARTED: "The start is undone: everybody is expected again.",
    EventName.TICKET_CALLED: "Undone: {token} waits again at the old place.",
    EventName.TICKET_RECALLED: "The second call of {token} is undone.",
    EventName.TICKET_COMPLETED: "Undone: {token} is at this counter again.",
    EventName.TICKET_NO_SHOW: "Undone: {token} is at this counter again.",
    EventName.WALK_IN_ISSUED: "Undone: token {token} is void.",
}


@blueprint.post("/counters/<int:counter_id>/sign-on")
@requires(Role.OPERATOR, of="counter")
def sign_on(counter_id: int) -> ResponseReturnValue:
    queue_id = number_of_form("queue")
    with transaction() as uow:
        counter = posts.sign_on(
            uow, counter_id=counter_id, queue_id=queue_id, actor=the_staff().actor, now=now()
        )
        uow.commit()
    flash(f"You work at {counter.name} now.")
    return _back(counter_id)


@blueprint.post("/counters/<int:counter_id>/next")
@requires(Role.OPERATOR, of="counter")
def call_next(counter_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        called = line.call_next(
            uow,
            queue_id=number_of_form("queue"),
            counter_id=counter_id,
            counter_version=number_of_form("version"),
            shown_ticket_id=request.form.get("shown", type=int),
            actor=the_staff().actor,
            now=now(),
        )
        uow.commit()
    flash(*_told(called, shown=request.form.get("shown_token", "")))
    return _back(counter_id)


@blueprint.post("/counters/<int:counter_id>/recall")
@requires(Role.OPERATOR, of="counter")
def recall(counter_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        ticket = line.recall(uow, counter_id=counter_id, **_press())
        uow.commit()
    flash(f"{ticket.token} is called again.")
    return _back(counter_id)


@blueprint.post("/counters/<int:counter_id>/complete")
@requires(Role.OPERATOR, of="counter")
def complete(counter_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        ticket = line.complete(uow, counter_id=counter_id, **_press())
        uow.commit()
    flash(f"{ticket.token} is served.")
    return _back(counter_id)


@blueprint.post("/counters/<int:counter_id>/no-show")
@requires(Role.OPERATOR, of="counter")
def no_show(counter_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        ticket = line.no_show(uow, counter_id=counter_id, **_press())
        uow.commit()
    flash(f"{ticket.token} didn't come.")
    return _back(counter_id)


@blueprint.post("/counters/<int:counter_id>/undo")
@requires(Role.OPERATOR, of="counter")
def undo(counter_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        undone = undo_last(uow, counter_id=counter_id, **_press())
        uow.commit()
    flash(_undone(undone))
    return _back(counter_id)


def _press() -> dict:
    return {"counter_version": number_of_form("version"), "actor": the_staff().actor, "now": now()}


def _told(called: line.Called, *, shown: str) -> tuple[str, str]:
    if called.ticket is None:
        finished = f"{called.finished.token} is served. " if called.finished else ""
        return (f"{finished}Nobody is waiting.", "message")
    if not called.as_shown and shown and shown != called.ticket.token:
        return (f"{shown} is no longer next in line: {called.ticket.token} is called instead.", "changed")
    return (f"{called.ticket.token} is called.", "message")


def _undone(undone: Undone) -> str:
    token = undone.ticket.token if undone.ticket else ""
    return _UNDONE.get(undone.name, "Undone.").format(token=token)


def _back(counter_id: int) -> ResponseReturnValue:
    return redirect(url_for("queues.show", queue_id=number_of_form("queue"), counter=counter_id), 303)
