"""Who may come where: each view says it, one place enforces it. A view that says nothing lets nobody in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.provided import transaction
from admin_web.staff import Staff, current_staff, has_cookie
from domain.ids import OrganisationId, SiteId
from domain.people import Role
from domain.ports import UnitOfWork

View = TypeVar("View", bound=Callable[..., Any])


class OfASite(Protocol):
    """What belongs to one site: a queue, a counter, a service, a slot."""

    @property
    def organisation_id(self) -> OrganisationId: ...
    @property
    def site_id(self) -> SiteId: ...


@dataclass(frozen=True, slots=True)
class Access:
    """`role` None lets everybody in. `of` names whose site the role is needed at; None means any site will do."""

    role: Role | None
    of: str | None = None


def public(view: View) -> View:
    view.access = Access(role=None)  # type: ignore[attr-defined]
    return view


def requires(role: Role, *, of: str | None = None) -> Callable[[View], View]:
    """`of="queue"` resolves the address's `queue_id`."""
    assert of is None or of in _SITE_OF

    def declare(view: View) -> View:
        view.access = Access(role=role, of=of)  # type: ignore[attr-defined]
        return view

    return declare


def declared(view: Callable[..., Any]) -> Access | None:
    return getattr(view, "access", None)


def the_staff() -> Staff:
    """For views that `requires` guards."""
    staff = current_staff()
    assert staff is not None
    return staff


def enforce() -> ResponseReturnValue | None:
    """Before every request. What isn't there and what is somebody else's look the same: 404."""
    if request.endpoint is None:
        return None
    access = declared(current_app.view_functions[request.endpoint])
    if access is None:
        abort(403)
    if access.role is None:
        return None
    if not has_cookie():
        return _to_log_in()
    with transaction() as uow:
        staff = current_staff(uow)
        refusal = None if staff is None else _refusal(uow, staff, access)
    if staff is None:
        return _to_log_in()
    if refusal is not None:
        abort(refusal)
    return None


def _to_log_in() -> ResponseReturnValue:
    if request.blueprint == "live":
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("login.show", next=back), 303)


def _refusal(uow: UnitOfWork, staff: Staff, access: Access) -> int | None:
    """The status to refuse with, or None."""
    assert access.role is not None
    if access.of is None:
        return None if staff.may_somewhere(access.role) else 403
    object_id = (request.view_args or {})[f"{access.of}_id"]
    site = _SITE_OF[access.of](uow, object_id)
    if site is None or not staff.may(Role.OPERATOR, organisation_id=site[0], site_id=site[1]):
        return 404
    return None if staff.may(access.role, organisation_id=site[0], site_id=site[1]) else 403


def _site(uow: UnitOfWork, site_id: int) -> tuple[int, int] | None:
    site = uow.places.site(site_id)
    return (site.organisation_id, site.id) if site else None


def _of(found: OfASite | None) -> tuple[int, int] | None:
    return (found.organisation_id, found.site_id) if found else None


_SITE_OF: dict[str, Callable[[UnitOfWork, int], tuple[int, int] | None]] = {
    "site": _site,
    "service": lambda uow, key: _of(uow.places.service(key)),
    "counter": lambda uow, key: _of(uow.places.counter(key)),
    "queue": lambda uow, key: _of(uow.queues.get(key)),
    "slot": lambda uow, key: _of(uow.slots.get(key)),
    "ticket": lambda uow, key: _of(uow.tickets.get(key)),
    "appointment": lambda uow, key: _of(uow.appointments.get(key)),
}
