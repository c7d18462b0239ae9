"""Who is logged in: server-side sessions behind a random cookie. The database holds only a cookie's SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, g, request

from admin_web.provided import now, provided, transaction
from domain.events import Actor
from domain.people import Membership, Role, User, has_role
from domain.ports import StaffSession, UnitOfWork

LASTS = timedelta(hours=12)  # one shift, however long


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff in this request."""

    user: User
    memberships: tuple[Membership, ...]
    token_hash: str

    @property
    def actor(self) -> Actor:
        return Actor(user_id=self.user.id)

    def may(self, role: Role, *, organisation_id: int, site_id: int | None) -> bool:
        return has_role(self.memberships, role=role, organisation_id=organisation_id, site_id=site_id)

    @property
    def is_manager(self) -> bool:
        """At one site at least: whether the managers' pages are worth a link."""
        return self.may_somewhere(Role.MANAGER)

    @property
    def is_owner(self) -> bool:
        """The same for the owners' pages."""
        return self.may_somewhere(Role.OWNER)

    def may_somewhere(self, role: Role) -> bool:
        return any(m.role >= role for m in self.memberships)


def current_staff(uow: UnitOfWork | None = None) -> Staff | None:
    """Looked up once a request, and only where the browser has a cookie; in this unit, or in one of its own."""
    if "staff" not in g:
        cookie = request.cookies.get(cookie_name())
        g.staff = _find(hash_of(cookie), uow) if cookie else None
    found: Staff | None = g.staff
    return found


def has_cookie() -> bool:
    """Whether the browser may be logged in; without one nobody asks the database."""
    return bool(request.cookies.get(cookie_name()))


def is_still_logged_in(staff: Staff) -> bool:
    """For streams, which outlive the check at their start."""
    with transaction() as uow:
        return _staff_of(uow, staff.token_hash) == staff


def begin_session(uow: UnitOfWork, user: User) -> str:
    """A new session of this user; the result is for the cookie."""
    token = secrets.token_urlsafe(32)
    at = now()
    uow.staff_sessions.add(
        StaffSession(token_hash=hash_of(token), user_id=user.id, created_at=at, expires_at=at + LASTS)
    )
    return token


def set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LASTS.total_seconds()),
        secure=is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def drop_cookie(response: Response) -> None:
    response.delete_cookie(cookie_name(), secure=is_https(), httponly=True, samesite="Lax", path="/")


def cookie_name() -> str:
    return "__Host-staff" if is_https() else "staff"


def is_https() -> bool:
    return provided().settings.public_url.startswith("https://")


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _find(token_hash: str, uow: UnitOfWork | None) -> Staff | None:
    if uow is not None:
        return _staff_of(uow, token_hash)
    with transaction() as own:
        return _staff_of(own, token_hash)


def _staff_of(uow: UnitOfWork, token_hash: str) -> Staff | None:
    found = uow.staff_sessions.find(token_hash, now=now())
    if found is None:
        return None
    return Staff(user=found.user, memberships=found.memberships, token_hash=token_hash)
