"""Logging in and out, and changing one's own password."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from admin_web import passwords, throttle
from admin_web.access import public, requires, the_staff
from admin_web.forms import Form
from admin_web.own_pages import own_page
from admin_web.provided import now, provided, transaction
from admin_web.staff import begin_session, current_staff, drop_cookie, set_cookie
from domain.events import Actor, Event, EventName
from domain.people import Role, User
from domain.ports import UnitOfWork

blueprint = Blueprint("login", __name__)

WRONG = "That e-mail and password don't belong together. Check both, or ask the owner for a new password."


@blueprint.get("/login")
@public
def show() -> ResponseReturnValue:
    if current_staff() is not None:
        return redirect(_way_on(request.args.get("next")), 303)
    return _form(next_page=request.args.get("next"))


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    next_page = request.form.get("next")
    attempt = throttle.Attempt(email=email, address=request.remote_addr or "")
    wait = _count(attempt)
    if wait:
        return _form(email=email, next_page=next_page, error=_too_often(wait), status=429, retry_minutes=wait)
    user, password_hash = _account(email)
    if not passwords.matches(password, password_hash) or user is None:
        return _form(email=email, next_page=next_page, error=WRONG, status=401)
    return _welcome(user, attempt, next_page)


@blueprint.post("/logout")
@public
def log_out() -> ResponseReturnValue:
    staff = current_staff()
    if staff is not None:
        with transaction() as uow:
            uow.staff_sessions.end(staff.token_hash)
            uow.commit()
    session.clear()
    flash("You are logged out.")
    response = make_response(redirect(url_for("login.show"), 303))
    drop_cookie(response)
    return response


@blueprint.get("/password")
@requires(Role.OPERATOR)
def password_form() -> ResponseReturnValue:
    return render_template("password.html", form=Form({}))


@blueprint.post("/password")
@requires(Role.OPERATOR)
def change_password() -> ResponseReturnValue:
    """Ends every session of this account and begins a new one here."""
    staff = the_staff()
    errors = _password_errors(staff.user)
    if errors:
        return render_template("password.html", form=Form({}, errors)), 422
    new_hash = passwords.hashed(request.form["new"])
    with transaction() as uow:
        uow.people.set_password_hash(staff.user.id, new_hash)
        uow.staff_sessions.end_all(staff.user.id)
        token = begin_session(uow, staff.user)
        _record(uow, EventName.STAFF_CHANGED, staff.user)
        uow.commit()
    return _logged_in(
        token, url_for("today.show"), "Your password is changed. Every other browser is logged out."
    )


def _form(
    *,
    next_page: str | None,
    email: str = "",
    error: str | None = None,
    status: int = 200,
    retry_minutes: int = 0,
) -> ResponseReturnValue:
    simulator = url_for("simulator.show") if provided().settings.simulator_allowed else None
    page = render_template("login.html", next_page=next_page, email=email, error=error, simulator=simulator)
    response = make_response(page, status)
    if retry_minutes:
        response.headers["Retry-After"] = str(retry_minutes * 60)
    return response


def _count(attempt: throttle.Attempt) -> int:
    """Minutes to wait; where there are none, the attempt counts as a failure until it succeeds."""
    with transaction() as uow:
        wait = throttle.minutes_to_wait(uow, attempt, at=now())
        if not wait:
            throttle.count(uow, attempt, at=now())
            uow.commit()
    return wait


def _too_often(minutes: int) -> str:
    return f"Too many tries. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."


def _account(email: str) -> tuple[User | None, str | None]:
    """Who works here under that e-mail, and their hash."""
    with transaction() as uow:
        user = uow.people.user_by_email(email.strip())
        if user is None or not uow.people.memberships(user.id):
            return None, None
        return user, uow.people.password_hash(user.id)


def _welcome(user: User, attempt: throttle.Attempt, next_page: str | None) -> ResponseReturnValue:
    with transaction() as uow:
        attempt.forget(uow)
        token = begin_session(uow, user)
        _record(uow, EventName.STAFF_SIGNED_IN, user)
        uow.commit()
    return _logged_in(token, _way_on(next_page))


def _record(uow: UnitOfWork, name: EventName, user: User) -> None:
    uow.events.add(
        Event(
            name=name,
            at=now(),
            organisation_id=user.organisation_id,
            site_id=None,
            actor=Actor(user_id=user.id),
        )
    )


def _logged_in(token: str, way_on: str, notice: str | None = None) -> ResponseReturnValue:
    # What was signed before the log-in is worth nothing after it.
    session.clear()
    if notice:
        flash(notice)
    response = make_response(redirect(way_on, 303))
    set_cookie(response, token)
    return response


def _way_on(next_page: str | None) -> str:
    """The page asked for, where it is one of ours."""
    page = own_page(next_page)
    return page if page and not page.startswith("/login") else url_for("today.show")


def _password_errors(user: User) -> dict[str, str]:
    """By field. The current password counts as a log-in that may fail only so often."""
    new, again = request.form.get("new", ""), request.form.get("again", "")
    errors = {}
    current_error = _current_password_error(user, request.form.get("current", ""))
    if current_error:
        errors["current"] = current_error
    new_error = passwords.refusal(new)
    if new_error:
        errors["new"] = new_error
    if again != new:
        errors["again"] = "This is not the same as the new password."
    return errors


def _current_password_error(user: User, current: str) -> str | None:
    attempt = throttle.Attempt(email=user.email or "", address=request.remote_addr or "")
    wait = _count(attempt)
    if wait:
        return _too_often(wait)
    with transaction() as uow:
        password_hash = uow.people.password_hash(user.id)
    if not passwords.matches(current, password_hash):
        return "This is not your current password."
    with transaction() as uow:
        attempt.forget(uow)
        uow.commit()
    return None
