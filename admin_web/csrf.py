"""Forms that only our own pages can send. One token for a whole log-in, so that live fragments compare equal."""

import hashlib
import hmac
import secrets

from flask import current_app, request, session
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from admin_web import provider_hooks
from admin_web.staff import current_staff

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_SEED = "csrf"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ForgedForm(BadRequest):
    """The form carries no token of this browser: another site's page, or ours from before a new log-in."""


def token() -> str:
    """Bound to this browser's signed cookie and to the log-in."""
    seed = session.setdefault(_SEED, secrets.token_urlsafe(32))
    staff = current_staff()
    message = f"{seed}:{staff.token_hash if staff else ''}"
    key = str(current_app.secret_key).encode()
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def check() -> None:
    """Before every request. Raises ForgedForm."""
    if request.method in _SAFE_METHODS or provider_hooks.is_asked():
        return
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        raise ForgedForm
    sent = request.form.get(FIELD) or request.headers.get(HEADER, "")
    if _SEED not in session or not hmac.compare_digest(sent.encode(), token().encode()):
        raise ForgedForm
