"""The owner's page of what this installation needs: ok, or what to do. It looks and never changes anything."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from admin_web.access import requires, the_staff
from admin_web.provided import transaction
from admin_web.today import sites_of
from checks.examination import Examiner
from domain.people import Role

blueprint = Blueprint("check", __name__)

EXAMINER = "threeaway-examiner"


@blueprint.get("/check")
@requires(Role.OWNER)
def show() -> ResponseReturnValue:
    examiner: Examiner = current_app.extensions[EXAMINER]
    # Before anything is read here: a transaction must not stand open while providers are asked.
    report = examiner.report()
    with transaction() as uow:
        sites = sites_of(uow, the_staff())
    zone = sites[0].zone.key if sites else "UTC"
    first_to_do = sorted(report.findings, key=lambda finding: finding.ok)
    return render_template("check.html", report=report, findings=first_to_do, zone=zone)
