"""The console of a queue: choose a counter once, then one button. Every press is a form that can safely be repeated."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.access import requires, the_staff
from admin_web.form_keys import SENT_BEFORE, key_of, new_key
from admin_web.provided import now, transaction
from admin_web.streams import LivePage
from admin_web.words import clock_time, people
from checks.signs_of_life import late_alerts
from domain.people import Role
from domain.ports import UnitOfWork
from domain.use_cases.follow import console
from domain.use_cases.queue import start_queue
from domain.use_cases.walk_in import issue_walk_in
from domain.views import ConsoleView, CounterView, LineView

blueprint = Blueprint("queues", __name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What one counter's console shows: the queue, the counter in front of it, and whom Next would call.

    `form_key` is of the page, `late_alerts` says why people may be told late, where they may.
    """

    queue: ConsoleView
    counter: CounterView | None
    form_key: str | None
    late_alerts: str

    @property
    def works_here(self) -> bool:
        return self.counter is not None and self.counter.queue_id == self.queue.queue_id

    @property
    def next_up(self) -> LineView | None:
        return next((row for row in self.queue.line if row.state == "waiting"), None)

    @property
    def page(self) -> str:
        """Its address, which keeps the counter."""
        counter_id = self.counter.id if self.counter else None
        return url_for("queues.show", queue_id=self.queue.queue_id, counter=counter_id)

    @property
    def live_address(self) -> str:
        counter_id = self.counter.id if self.counter else None
        return url_for("live.queue", queue_id=self.queue.queue_id, counter=counter_id, form_key=self.form_key)

    @property
    def in_short(self) -> str:
        """What a screen reader says when the page has changed."""
        upcoming = f" Next: {self.next_up.token}." if self.next_up else ""
        late = " Alerts may come late." if self.late_alerts else ""
        return f"{people(self.queue.waiting)} waiting.{upcoming}{late}"


def desk_of(queue_id: int, counter_id: int | None, *, form_key: str | None) -> Desk | None:
    with transaction() as uow:
        view = console(uow, queue_id=queue_id, now=now())
        late = late_alerts(uow, at=now())
    if view is None:
        return None
    counter = next((c for c in view.counters if c.id == counter_id), None)
    return Desk(queue=view, counter=counter, form_key=form_key, late_alerts=late)


def live_page(queue_id: int, counter_id: int | None, *, form_key: str | None) -> LivePage | None:
    desk = desk_of(queue_id, counter_id, form_key=form_key)
    if desk is None:
        return None
    return LivePage(
        html=render_template("console_live.html", desk=desk),
        at=clock_time(desk.queue.updated_at, desk.queue.time_zone),
        topics=frozenset({f"queue:{queue_id}"}),
    )


@blueprint.get("/queues/<int:queue_id>")
@requires(Role.OPERATOR, of="queue")
def show(queue_id: int) -> ResponseReturnValue:
    desk = desk_of(queue_id, request.args.get("counter", type=int), form_key=new_key())
    if desk is None:
        abort(404)
    return render_template("console.html", desk=desk)


@blueprint.post("/queues/<int:queue_id>/start")
@requires(Role.OPERATOR, of="queue")
def start(queue_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        counter_id = _counter_of_form(uow, queue_id)
        waiting = start_queue(
            uow, queue_id=queue_id, counter_id=counter_id, actor=the_staff().actor, now=now()
        )
        uow.commit()
    flash(f"Started. {people(waiting)} waiting.")
    return redirect(url_for("queues.show", queue_id=queue_id, counter=counter_id), 303)


@blueprint.post("/queues/<int:queue_id>/walk-ins")
@requires(Role.OPERATOR, of="queue")
def add_walk_in(queue_id: int) -> ResponseReturnValue:
    name = request.form.get("name", "").strip() or None
    with transaction() as uow:
        counter_id = _counter_of_form(uow, queue_id)
        walk_in = issue_walk_in(
            uow,
            queue_id=queue_id,
            counter_id=counter_id,
            name=name,
            request_key=key_of(request.form),
            actor=the_staff().actor,
            now=now(),
        )
        uow.commit()
    if walk_in.repeated:
        flash(SENT_BEFORE, "changed")
    return redirect(url_for("tickets.paper", ticket_id=walk_in.ticket.id, counter=counter_id), 303)


def _counter_of_form(uow: UnitOfWork, queue_id: int) -> int | None:
    """The counter that the form names, where it is one of this queue's: the address only proved the queue's site."""
    queue = uow.queues.get(queue_id)
    named = request.form.get("counter", type=int)
    counters = uow.places.counters_of_service(queue.service_id) if queue else []
    return next((counter.id for counter in counters if counter.id == named), None)
