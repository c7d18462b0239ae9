"""Booking at the desk for somebody without a phone: a day, a time, a name, and a token to print.

The times shown are fresh at every answer; whether one is still free is decided where its seat is claimed.
"""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web import form_keys
from admin_web.access import requires, the_staff
from admin_web.form_keys import SENT_BEFORE, key_of, new_key
from admin_web.forms import Form
from admin_web.own_pages import own_page
from admin_web.provided import now, transaction
from domain.booking import Slot
from domain.errors import DomainError
from domain.people import Role
from domain.ports import UnitOfWork
from domain.schedule import Service, Site, business_date
from domain.use_cases.book import BookedAtDesk, book_at_desk
from domain.use_cases.times import FreeDay, earliest_free, free_days, free_slots

blueprint = Blueprint("appointments", __name__)

_DAYS_AT_ONCE = 7
_LONGEST_ID = 18  # digits; more are in no database


@dataclass(frozen=True, slots=True)
class Offer:
    """What is free at a service: its days, and the times of the `day` shown. `asked` had none where the two differ."""

    service: Service
    site: Site
    today: date
    days: list[FreeDay]
    asked: date | None
    day: date | None
    slots: list[Slot]
    earliest: Slot | None

    @property
    def soon(self) -> list[FreeDay]:
        return self.days[:_DAYS_AT_ONCE]

    @property
    def later(self) -> list[FreeDay]:
        return self.days[_DAYS_AT_ONCE:]


@blueprint.get("/services/<int:service_id>/appointments/new")
@requires(Role.OPERATOR, of="service")
def new(service_id: int) -> ResponseReturnValue:
    offer = _offer(service_id, asked=_day(request.args.get("day", "")))
    form = Form({form_keys.FIELD: new_key(), "page": request.args.get("page", "")})
    if offer.slots:
        form.values["slot_id"] = str(offer.slots[0].id)
    return _page(offer, form)


@blueprint.post("/services/<int:service_id>/appointments")
@requires(Role.OPERATOR, of="service")
def add(service_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    slot_id = _slot_id(form)
    if not form.text("name"):
        form.refuse(DomainError("name-needed"))
    booked = None if form.errors else _book(service_id, form, slot_id)
    if booked is None:
        return _page(_offer(service_id, asked=_day(form.text("day"))), form), 422
    if booked.repeated:
        flash(SENT_BEFORE, "changed")
    return redirect(url_for("tickets.paper", ticket_id=booked.ticket.id, page=_back(form)), 303)


def _book(service_id: int, form: Form, slot_id: int) -> BookedAtDesk | None:
    try:
        with transaction() as uow:
            _refuse_other_service(uow, slot_id, service_id)
            booked = book_at_desk(
                uow,
                slot_id=slot_id,
                name=form.text("name"),
                request_key=key_of(form.values),
                actor=the_staff().actor,
                now=now(),
            )
            uow.commit()
    except DomainError as error:
        form.refuse(error)
        return None
    return booked


def _refuse_other_service(uow: UnitOfWork, slot_id: int, service_id: int) -> None:
    """The address only proved the service's site."""
    slot = uow.slots.get(slot_id)
    if slot is None or slot.service_id != service_id:
        raise DomainError("slot-unknown")


def _offer(service_id: int, *, asked: date | None) -> Offer:
    """The times of the day asked for, or of the earliest free day where that has none."""
    at = now()
    with transaction() as uow:
        service = uow.places.service(service_id)
        assert service is not None
        site = uow.places.site(service.site_id)
        assert site is not None
        days = free_days(uow, service=service, site=site, now=at)
        earliest = earliest_free(uow, service=service, site=site, now=at)
        day = _day_shown(asked, days=days, earliest=earliest)
        slots = free_slots(uow, service=service, day=day, now=at) if day else []
    return Offer(
        service=service,
        site=site,
        today=business_date(at, site.zone),
        days=days,
        asked=asked,
        day=day,
        slots=slots,
        earliest=earliest,
    )


def _day_shown(asked: date | None, *, days: list[FreeDay], earliest: Slot | None) -> date | None:
    if any(free.day == asked for free in days):
        return asked
    return earliest.day if earliest else None


def _page(offer: Offer, form: Form) -> str:
    return render_template("appointment_new.html", offer=offer, form=form, back=_back(form))


def _back(form: Form) -> str:
    return own_page(form.text("page")) or url_for("today.show")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _slot_id(form: Form) -> int:
    text = form.text("slot_id")
    if text.isdecimal() and len(text) <= _LONGEST_ID:
        return int(text)
    form.errors["slot_id"] = "Choose a time."
    return 0
