"""Services and their days, for managers. Forms keep what was typed, errors stand at the field."""

from dataclasses import asdict, dataclass
from datetime import date, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter, ValidationError

from admin_web.access import requires, the_staff
from admin_web.chat_links import at_service, at_site, chat_links, has_way_without_link
from admin_web.forms import Form
from admin_web.provided import now, transaction
from admin_web.today import chosen_site, sites_of
from domain.booking import Slot
from domain.errors import DomainError
from domain.people import Role
from domain.ports import UnitOfWork
from domain.schedule import Service, Site, business_date
from domain.use_cases.administer import add_service, change_capacity, make_day, set_available

blueprint = Blueprint("services", __name__)

DAYS_SHOWN = 15


class DateConverter(BaseConverter):
    """`2026-11-22` in an address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: date) -> str:
        return value.isoformat()


@dataclass(frozen=True, slots=True)
class WantedDay:
    day: date
    opens: time
    closes: time
    slot_minutes: int
    capacity: int


@dataclass(frozen=True, slots=True)
class DayOfService:
    day: date
    slots: tuple[Slot, ...]

    @property
    def capacity(self) -> int:
        return sum(slot.capacity for slot in self.slots)

    @property
    def booked(self) -> int:
        return sum(slot.booked for slot in self.slots)


@blueprint.get("/services")
@requires(Role.MANAGER)
def show_all() -> ResponseReturnValue:
    with transaction() as uow:
        sites = sites_of(uow, the_staff(), role=Role.MANAGER)
        site = chosen_site(sites, request.args.get("site", type=int))
        services = uow.places.services(site.id) if site else []
    return render_template("services.html", sites=sites, site=site, services=services)


@blueprint.get("/sites/<int:site_id>/services/new")
@requires(Role.MANAGER, of="site")
def new(site_id: int) -> ResponseReturnValue:
    return _new_form(site_id, Form({"minutes": "15"}))


@blueprint.post("/sites/<int:site_id>/services")
@requires(Role.MANAGER, of="site")
def add(site_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    minutes = form.number("minutes")
    if not form.text("name"):
        form.refuse(DomainError("service-name-needed"))
    service = None if form.errors else _add(site_id, form, minutes)
    if service is None:
        return _new_form(site_id, form), 422
    flash(f"{service.name} is added. Now make its first day.")
    return redirect(url_for("services.show", service_id=service.id), 303)


@blueprint.get("/services/<int:service_id>")
@requires(Role.MANAGER, of="service")
def show(service_id: int) -> ResponseReturnValue:
    with transaction() as uow:
        _, site = _service_and_site(uow, service_id)
    tomorrow = business_date(now(), site.zone) + timedelta(days=1)
    typed = {"opens": "09:00", "closes": "13:00", "slot_minutes": "30", "capacity": "4", "day": f"{tomorrow}"}
    return _service_page(service_id, Form(typed))


@blueprint.post("/services/<int:service_id>/days")
@requires(Role.MANAGER, of="service")
def add_day(service_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    wanted = WantedDay(
        day=form.day("day"),
        opens=form.time("opens"),
        closes=form.time("closes"),
        slot_minutes=form.number("slot_minutes"),
        capacity=form.number("capacity"),
    )
    added = None if form.errors else _make_day(service_id, form, wanted)
    if added is None:
        return _service_page(service_id, form), 422
    flash(f"{added} times are added." if added else "That day has all these times already.")
    return redirect(url_for("services.day", service_id=service_id, day=wanted.day), 303)


@blueprint.get("/services/<int:service_id>/days/<date:day>")
@requires(Role.MANAGER, of="service")
def day(service_id: int, day: date) -> ResponseReturnValue:
    return _day_page(service_id, day, errors={})


@blueprint.get("/services/<int:service_id>/days/<date:day>/list")
@requires(Role.OPERATOR, of="service")
def day_list(service_id: int, day: date) -> ResponseReturnValue:
    """For paper, for when everything is down."""
    with transaction() as uow:
        service, site = _service_and_site(uow, service_id)
        rows = uow.days.rows(service_id=service_id, day=day)
    return render_template("day_list.html", service=service, site=site, day=day, rows=rows, printed_at=now())


@blueprint.post("/services/<int:service_id>/availability")
@requires(Role.MANAGER, of="service")
def set_availability(service_id: int) -> ResponseReturnValue:
    available = request.form.get("available") == "yes"
    with transaction() as uow:
        service = set_available(
            uow, service_id=service_id, available=available, actor=the_staff().actor, now=now()
        )
        uow.commit()
    flash(
        f"{service.name} {'can be booked' if available else 'takes no new bookings; those that exist stay'}."
    )
    return redirect(url_for("services.show", service_id=service_id), 303)


@blueprint.post("/slots/<int:slot_id>/capacity")
@requires(Role.MANAGER, of="slot")
def set_capacity(slot_id: int) -> ResponseReturnValue:
    form = Form(request.form.to_dict())
    capacity = form.number("capacity")
    with transaction() as uow:
        slot = uow.slots.get(slot_id)
        assert slot is not None
    if not form.errors:
        _change_capacity(slot_id, form, capacity)
    if form.errors:
        return _day_page(slot.service_id, slot.day, errors={slot_id: next(iter(form.errors.values()))}), 422
    flash(f"{slot.start_time:%H:%M} now holds {capacity}.")
    return redirect(url_for("services.day", service_id=slot.service_id, day=slot.day), 303)


def _add(site_id: int, form: Form, minutes: int) -> Service | None:
    try:
        with transaction() as uow:
            service = add_service(
                uow,
                site_id=site_id,
                name=form.text("name"),
                department=form.text("department") or None,
                discreet_name=form.text("discreet_name"),
                room=form.text("room") or None,
                minutes=minutes,
                what_to_bring=form.text("what_to_bring") or None,
                fee=form.text("fee") or None,
                actor=the_staff().actor,
                now=now(),
            )
            uow.commit()
    except DomainError as error:
        form.refuse(error)
        return None
    return service


def _make_day(service_id: int, form: Form, wanted: WantedDay) -> int | None:
    try:
        with transaction() as uow:
            added = make_day(uow, service_id=service_id, **asdict(wanted), actor=the_staff().actor, now=now())
            uow.commit()
    except DomainError as error:
        form.refuse(error)
        return None
    return added


def _change_capacity(slot_id: int, form: Form, capacity: int) -> None:
    try:
        with transaction() as uow:
            change_capacity(uow, slot_id=slot_id, capacity=capacity, actor=the_staff().actor, now=now())
            uow.commit()
    except DomainError as error:
        form.refuse(error)


def _new_form(site_id: int, form: Form) -> str:
    with transaction() as uow:
        site = uow.places.site(site_id)
    return render_template("service_new.html", site=site, form=form)


def _service_page(service_id: int, form: Form) -> str:
    with transaction() as uow:
        service, site = _service_and_site(uow, service_id)
        today = business_date(now(), site.zone)
        days = [_day_of(uow, service_id, today + timedelta(days=n)) for n in range(DAYS_SHOWN)]
        counters = uow.places.counters_of_service(service_id)
        links = {aim.title: chat_links(uow, aim, site=site) for aim in (at_service(service), at_site(site))}
    return render_template(
        "service.html",
        service=service,
        site=site,
        days=days,
        counters=counters,
        form=form,
        today=today,
        links=links if any(links.values()) else {},
        sms_without_link=any(has_way_without_link(each) for each in links.values()),
    )


def _day_page(service_id: int, day: date, *, errors: dict[int, str]) -> str:
    with transaction() as uow:
        service, site = _service_and_site(uow, service_id)
        slots = uow.slots.of_day(service_id=service_id, day=day)
        rows = uow.days.rows(service_id=service_id, day=day)
    return render_template(
        "service_day.html", service=service, site=site, day=day, slots=slots, rows=rows, errors=errors
    )


def _day_of(uow: UnitOfWork, service_id: int, day: date) -> DayOfService:
    return DayOfService(day=day, slots=tuple(uow.slots.of_day(service_id=service_id, day=day)))


def _service_and_site(uow: UnitOfWork, service_id: int) -> tuple[Service, Site]:
    service = uow.places.service(service_id)
    site = uow.places.site(service.site_id) if service else None
    if service is None or site is None:
        abort(404)
    return service, site
