"""One booking, as staff see it, and what they do to it: move it, or call it off once they were asked. Looking never
changes it.

No cut-off binds staff. Whether the person is told by a notice, or has to be told by staff, stands on the page before
and after.
"""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.access import requires, the_staff
from admin_web.forms import Form
from admin_web.free_times import day_asked, offer_of, slot_chosen
from admin_web.own_pages import own_page
from admin_web.provided import now, transaction
from admin_web.words import clock_time, long_day, refused
from domain.booking import Appointment, AppointmentStatus, Visit
from domain.errors import DomainError
from domain.people import Role
from domain.ports import UnitOfWork
from domain.queue import Ticket
from domain.schedule import Service, Site
from domain.use_cases import change

blueprint = Blueprint("appointment", __name__, url_prefix="/appointments/<int:appointment_id>")

_ASKS = "call-off"
_BY_MESSAGE = "They are told by message."


@dataclass(frozen=True, slots=True)
class AppointmentPage:
    """`live` is its place in a line, `told` how the person hears of a change, `fixed` why there can be none."""

    appointment: Appointment
    visit: Visit
    service: Service
    site: Site
    name: str | None
    live: Ticket | None
    moved_to: Ticket | None
    told: str
    fixed: str | None

    @property
    def state(self) -> str:
        return self.live.state.value if self.live else self.appointment.status.value

    @property
    def when(self) -> str:
        at = clock_time(self.appointment.starts_at, self.site.time_zone)
        return f"{long_day(self.appointment.business_date)}, {at}"


@blueprint.get("")
@requires(Role.OPERATOR, of="appointment")
def show(appointment_id: int) -> ResponseReturnValue:
    form = Form({"page": request.args.get("page", "")})
    return _shown(
        appointment_id,
        form,
        asked=day_asked(request.args.get("day", "")),
        asks=request.args.get("ask") == _ASKS,
    )


@blueprint.post("/move")
@requires(Role.OPERATOR, of="appointment")
def move(appointment_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    slot_id = slot_chosen(form)
    moved = None if form.errors else _move(appointment_id, form, slot_id)
    if moved is None:
        return _shown(appointment_id, form, asked=day_asked(form.text("day"))), 422
    _say(f"Moved to {moved.when}. The new token is {moved.appointment.token}.", moved)
    return _to(moved.appointment.id, form)


@blueprint.post("/call-off")
@requires(Role.OPERATOR, of="appointment")
def call_off(appointment_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    if form.text("sure") != "yes":
        return _to(appointment_id, form, ask=_ASKS)
    called_off = _call_off(appointment_id, form)
    if called_off is None:
        return _shown(appointment_id, form), 422
    _say(f"{called_off.appointment.token} is called off.", called_off)
    return _to(appointment_id, form)


def _move(appointment_id: int, form: Form, slot_id: int) -> AppointmentPage | None:
    try:
        with transaction() as uow:
            booked = change.move(
                uow,
                appointment_id=appointment_id,
                slot_id=slot_id,
                actor=the_staff().actor,
                now=now(),
            )
            uow.commit()
    except DomainError as error:
        form.refuse(error)
        return None
    return _page_of(booked.appointment.id)


def _call_off(appointment_id: int, form: Form) -> AppointmentPage | None:
    try:
        with transaction() as uow:
            change.call_off(uow, appointment_id=appointment_id, actor=the_staff().actor, now=now())
            uow.commit()
    except DomainError as error:
        form.refuse(error)
        return None
    return _page_of(appointment_id)


def _say(what: str, page: AppointmentPage) -> None:
    flash(f"{what} {page.told}", "message" if page.told == _BY_MESSAGE else "changed")


def _to(appointment_id: int, form: Form, *, ask: str | None = None) -> ResponseReturnValue:
    page = own_page(form.text("page"))
    return redirect(url_for("appointment.show", appointment_id=appointment_id, page=page, ask=ask), 303)


def _shown(appointment_id: int, form: Form, *, asked: date | None = None, asks: bool = False) -> str:
    page = _page_of(appointment_id)
    offer = None if page.fixed or asks else offer_of(page.service.id, asked=asked)
    queue = url_for("queues.show", queue_id=page.appointment.queue_id)
    back = own_page(form.text("page"))
    return render_template(
        "appointment.html",
        page=page,
        offer=offer,
        form=form,
        asks=asks,
        back=back or queue,
        carried={"appointment_id": appointment_id, "page": back},
    )


def _page_of(appointment_id: int) -> AppointmentPage:
    with transaction() as uow:
        appointment = uow.appointments.get(appointment_id)
        visit = uow.appointments.visit(appointment.visit_id) if appointment else None
        service = uow.places.service(appointment.service_id) if appointment else None
        site = uow.places.site(appointment.site_id) if appointment else None
        if appointment is None or visit is None or service is None or site is None:
            abort(404)
        person = uow.people.user(appointment.patient_id)
        live = uow.tickets.live_of(appointment_id)
        return AppointmentPage(
            appointment=appointment,
            visit=visit,
            service=service,
            site=site,
            name=person.name if person else None,
            live=live,
            moved_to=_moved_to(uow, appointment),
            told=_told(uow, visit),
            fixed=_fixed(appointment, live),
        )


def _told(uow: UnitOfWork, visit: Visit) -> str:
    address = uow.people.address_by_id(visit.address_id) if visit.address_id is not None else None
    if address is None:
        return "They have no phone: tell them yourself."
    if address.stopped_at is not None:
        return "They have stopped our messages: tell them yourself."
    if address.blocked_at is not None:
        return "Their chat takes no messages from us: tell them yourself."
    return _BY_MESSAGE


def _moved_to(uow: UnitOfWork, appointment: Appointment) -> Ticket | None:
    """Where the same visit stands now, if this booking was given up for another."""
    latest = uow.tickets.latest_of_visit(appointment.visit_id)
    if appointment.status is not AppointmentStatus.CANCELLED or latest is None:
        return None
    return None if latest.appointment_id in {None, appointment.id} else latest


def _fixed(appointment: Appointment, live: Ticket | None) -> str | None:
    try:
        change.refuse_fixed(appointment, live)
    except DomainError as error:
        return refused(error)
    return None
