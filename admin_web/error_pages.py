"""What people see when something isn't there, isn't theirs, or broke; each page offers a way on."""

from dataclasses import dataclass

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from admin_web import request_log, words
from admin_web.csrf import ForgedForm
from admin_web.own_pages import own_page
from domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Trouble:
    title: str
    way_on: str


_TROUBLES = {
    400: Trouble("The form could not be read", "Go back, load the page anew and send it once more."),
    401: Trouble("You are logged out", "Log in to go on."),
    403: Trouble("This is for others", "Your role doesn't include this page. Ask the owner if you need it."),
    404: Trouble(
        "Nothing is here", "The address may be cut short or too old. Ask at the desk, or begin anew."
    ),
    405: Trouble("This address takes forms only", "Go back and use the button on the page."),
    413: Trouble("That was too much", "Send a shorter text. Nothing was changed."),
    500: Trouble(
        "Something broke on our side", "Nothing was changed. Try once more; if it stays, tell the owner."
    ),
}
_FORGED = Trouble(
    "This page was too old",
    "Nothing was changed. Load the page anew, log in again where it asks, and repeat it.",
)
_UNAVAILABLE = Trouble(
    "The database can't be reached",
    "Nothing is lost: what people sent is kept and answered later. This page tries again by itself.",
)
# The database may have gone while it kept the press, so that nobody here knows which of the two it was.
_UNAVAILABLE_TO_A_PRESS = Trouble(
    "The database can't be reached",
    "What you pressed is probably not done. Go back in a moment and see how things stand before you press again.",
)


def register(app: Flask, *, unavailable_errors: tuple[type[Exception], ...]) -> None:
    app.register_error_handler(ForgedForm, _forged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DomainError, _refused)
    for kind in unavailable_errors:
        app.register_error_handler(kind, _unavailable)
    app.register_error_handler(Exception, _broken)


def _forged(_: HTTPException) -> ResponseReturnValue:
    return _page(_FORGED, 400)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None:
        return error.response
    return _page(_TROUBLES.get(code) or Trouble(error.name, "Go back and try another way."), code)


def _refused(error: DomainError) -> ResponseReturnValue:
    """A rule said no to a button: back to where it was pressed, with the reason and the truth of now."""
    flash(words.refused(error), "refusal")
    return redirect(_pressed_on(), 303)


def _unavailable(error: Exception) -> ResponseReturnValue:
    request_log.fault(error)
    if request.method == "POST":
        return *_page(_UNAVAILABLE_TO_A_PRESS, 503), {"Retry-After": "5"}
    return *_page(_UNAVAILABLE, 503), {"Retry-After": "5", "Refresh": "5"}


def _broken(error: Exception) -> ResponseReturnValue:
    request_log.fault(error)
    return _page(_TROUBLES[500], 500)


def _page(trouble: Trouble, status: int) -> tuple[str, int]:
    page = render_template("error.html", trouble=trouble, request_id=request_log.request_id())
    return page, status


def _pressed_on() -> str:
    """The page that the form names as its own."""
    return own_page(request.form.get("page")) or url_for("today.show")
