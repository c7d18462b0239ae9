"""What a site sent on a day, what became of it and what it cost, for managers. Never to whom it went."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.access import requires, the_staff
from admin_web.provided import now, transaction
from admin_web.readable import LARGEST_ID
from admin_web.today import chosen_site, sites_of
from domain.people import Role
from domain.ports import UnitOfWork
from domain.schedule import Site, business_date
from domain.views import MessageTotals, MessageView

blueprint = Blueprint("messages", __name__)

ROWS_SHOWN = 50
DAYS_SHOWN = 14
_PROBLEMS = "problems"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the address asks for. `before` is the last row of the page before."""

    site: Site
    day: date
    only_problems: bool
    before: tuple[datetime, int] | None


@blueprint.get("/messages")
@requires(Role.MANAGER)
def show() -> ResponseReturnValue:
    with transaction() as uow:
        sites = sites_of(uow, the_staff(), role=Role.MANAGER)
        site = chosen_site(sites, request.args.get("site", type=int))
        if site is None:
            return render_template("messages.html", sites=sites, site=None)
        wanted = _wanted(site)
        rows = _rows(uow, wanted)
        # Who turns pages has seen the figures.
        costs = [] if wanted.before else list(_costs(uow, site))
        totals = None if wanted.before else _totals(uow, site, wanted.day)
    return render_template(
        "messages.html",
        sites=sites,
        site=site,
        wanted=wanted,
        today=business_date(now(), site.zone),
        rows=rows[:ROWS_SHOWN],
        totals=totals,
        costs=costs,
        older=_address(wanted, after=rows[ROWS_SHOWN - 1]) if len(rows) > ROWS_SHOWN else None,
        address=_address,
    )


def _wanted(site: Site) -> _Wanted:
    """Raises the 404 of an address that no link of ours has."""
    try:
        day = date.fromisoformat(request.args.get("day") or business_date(now(), site.zone).isoformat())
        before = _place(request.args["before"]) if "before" in request.args else None
        _span(site, day)
    except (ValueError, OverflowError):
        abort(404)
    return _Wanted(site, day, request.args.get("only") == _PROBLEMS, before)


def _place(written: str) -> tuple[datetime, int]:
    """`<instant>~<id>`. Raises ValueError."""
    instant, _, number = written.partition("~")
    at = datetime.fromisoformat(instant)
    if at.tzinfo is None or not 0 < int(number) <= LARGEST_ID:
        raise ValueError(written)
    return at.astimezone(UTC), int(number)


def _address(
    wanted: _Wanted,
    *,
    day: date | None = None,
    only_problems: bool | None = None,
    after: MessageView | None = None,
) -> str:
    """Of the same page but for what is given."""
    problems = wanted.only_problems if only_problems is None else only_problems
    return url_for(
        "messages.show",
        site=wanted.site.id,
        day=(day or wanted.day).isoformat(),
        only=_PROBLEMS if problems else None,
        before=f"{after.at.isoformat()}~{after.id}" if after else None,
    )


def _span(site: Site, day: date) -> tuple[datetime, datetime]:
    """From the day's first instant at the site to the next one's."""
    midnights = (datetime.combine(each, time.min, site.zone) for each in (day, day + timedelta(days=1)))
    since, until = (midnight.astimezone(UTC) for midnight in midnights)
    return since, until


def _rows(uow: UnitOfWork, wanted: _Wanted) -> list[MessageView]:
    """One more than is shown, where there are more."""
    since, until = _span(wanted.site, wanted.day)
    return uow.message_log.page(
        site_id=wanted.site.id,
        since=since,
        until=until,
        before=wanted.before,
        only_problems=wanted.only_problems,
        limit=ROWS_SHOWN + 1,
    )


def _totals(uow: UnitOfWork, site: Site, day: date) -> MessageTotals:
    since, until = _span(site, day)
    return uow.message_log.totals(site_id=site.id, since=since, until=until)


def _costs(uow: UnitOfWork, site: Site) -> Iterator[tuple[date, MessageTotals]]:
    """The latest days, today first."""
    today = business_date(now(), site.zone)
    for back in range(DAYS_SHOWN):
        day = today - timedelta(days=back)
        yield day, _totals(uow, site, day)
