"""The way in, and the day of a site in figures."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.access import public, requires, the_staff
from admin_web.provided import now, transaction
from admin_web.staff import Staff, current_staff
from checks.alarms import ringing
from checks.signs_of_life import late_alerts
from domain.people import Role
from domain.ports import UnitOfWork
from domain.schedule import Site, business_date
from domain.use_cases.administer import queue_of_today

blueprint = Blueprint("today", __name__)


@blueprint.get("/")
@public
def enter() -> ResponseReturnValue:
    return redirect(url_for("today.show") if current_staff() else url_for("login.show"), 303)


@blueprint.get("/today")
@requires(Role.OPERATOR)
def show() -> ResponseReturnValue:
    with transaction() as uow:
        sites = sites_of(uow, the_staff())
        site = chosen_site(sites, request.args.get("site", type=int))
        day = business_date(now(), site.zone) if site else None
        counts = uow.days.counts(site_id=site.id, day=day) if site and day else []
        late = late_alerts(uow, at=now())
        alarms = ringing(uow, at=now()) if the_staff().is_manager else []
    return render_template(
        "today.html", sites=sites, site=site, day=day, counts=counts, late_alerts=late, alarms=alarms
    )


@blueprint.post("/services/<int:service_id>/queue")
@requires(Role.OPERATOR, of="service")
def open_console(service_id: int) -> ResponseReturnValue:
    """The console of the service's queue of today; the queue is made where the day has none yet."""
    with transaction() as uow:
        service = uow.places.service(service_id)
        assert service is not None
        queue = queue_of_today(uow, service=service, now=now())
        uow.commit()
    return redirect(url_for("queues.show", queue_id=queue.id), 303)


def sites_of(uow: UnitOfWork, staff: Staff, *, role: Role = Role.OPERATOR) -> list[Site]:
    """Where this member of staff may do what that role may, by name."""
    mine = [
        site
        for site in uow.places.sites()
        if staff.may(role, organisation_id=site.organisation_id, site_id=site.id)
    ]
    return sorted(mine, key=lambda site: site.name)


def chosen_site(sites: list[Site], site_id: int | None) -> Site | None:
    """The one asked for, where it is among them, else the first."""
    return next((site for site in sites if site.id == site_id), sites[0] if sites else None)
