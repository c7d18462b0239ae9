"""Booking at the desk for somebody without a phone: a day, a time, a name, and a token to print.

Never a change to a booking that exists: that is `admin_web.appointment_pages`.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web import form_keys
from admin_web.access import requires, the_staff
from admin_web.form_keys import SENT_BEFORE, key_of, new_key
from admin_web.forms import Form
from admin_web.free_times import Offer, day_asked, offer_of, slot_chosen
from admin_web.own_pages import own_page
from admin_web.provided import now, transaction
from domain.errors import DomainError
from domain.people import Role
from domain.ports import UnitOfWork
from domain.use_cases.book import BookedAtDesk, book_at_desk

blueprint = Blueprint("appointments", __name__)


@blueprint.get("/services/<int:service_id>/appointments/new")
@requires(Role.OPERATOR, of="service")
def new(service_id: int) -> ResponseReturnValue:
    offer = offer_of(service_id, asked=day_asked(request.args.get("day", "")))
    form = Form({form_keys.FIELD: new_key(), "page": request.args.get("page", "")})
    if offer.slots:
        form.values["slot_id"] = str(offer.slots[0].id)
    return _page(offer, form)


@blueprint.post("/services/<int:service_id>/appointments")
@requires(Role.OPERATOR, of="service")
def add(service_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    slot_id = slot_chosen(form)
    if not form.text("name"):
        form.refuse(DomainError("name-needed"))
    booked = None if form.errors else _book(service_id, form, slot_id)
    if booked is None:
        return _page(offer_of(service_id, asked=day_asked(form.text("day"))), form), 422
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


def _page(offer: Offer, form: Form) -> str:
    return render_template("appointment_new.html", offer=offer, form=form, back=_back(form))


def _back(form: Form) -> str:
    return own_page(form.text("page")) or url_for("today.show")
