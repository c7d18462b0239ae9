"""The web application, composed: blueprints, guards, headers, error pages. It holds no page of its own."""

from collections.abc import Callable, Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from admin_web import (
    access,
    appointment_pages,
    appointments,
    assets,
    boards,
    counters,
    csrf,
    error_pages,
    headers,
    health,
    live_pages,
    login,
    message_log,
    provider_hooks,
    queues,
    readable,
    request_log,
    self_check,
    service_pages,
    simulator,
    tickets,
    today,
    words,
)
from admin_web.provided import provide
from checks.examination import Examiner
from domain.ports import Services

_MOST_BYTES = 64 * 1024
_BLUEPRINTS = (
    appointment_pages.blueprint,
    appointments.blueprint,
    boards.blueprint,
    counters.blueprint,
    health.blueprint,
    live_pages.blueprint,
    login.blueprint,
    message_log.blueprint,
    queues.blueprint,
    self_check.blueprint,
    service_pages.blueprint,
    tickets.blueprint,
    today.blueprint,
)


def create_app(
    services: Services,
    *,
    ready: Callable[[], list[str]] = list,
    examiner: Examiner | None = None,
    unavailable_errors: tuple[type[Exception], ...] = (),
    webhooks: Mapping[str, provider_hooks.Hook] | None = None,
) -> Flask:
    """`ready` lists what is wrong with the database; `unavailable_errors` say that it can't be reached.

    `examiner` looks at the installation for the owner's self-check; `webhooks` are what providers post to, by path.
    """
    app = Flask("admin_web")
    provide(app, services)
    app.extensions[health.READY] = ready
    app.extensions[self_check.EXAMINER] = examiner or Examiner((), clock=services.clock)
    _configure(app, services)
    _guard(app)
    _dress(app)
    error_pages.register(app, unavailable_errors=unavailable_errors)
    app.url_map.converters |= {"date": service_pages.DateConverter, "int": readable.IdConverter}
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    provider_hooks.register(app, webhooks or {})
    if services.settings.simulator_allowed:
        app.register_blueprint(simulator.blueprint)
    return app


def _configure(app: Flask, given: Services) -> None:
    https = given.settings.public_url.startswith("https://")
    app.secret_key = given.settings.secret_key
    app.config.update(
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MOST_BYTES,
        SESSION_COOKIE_NAME="__Host-page" if https else "page",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    if https:
        # TLS ends in exactly one proxy before us; without it a client could claim any address.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]


def _guard(app: Flask) -> None:
    access.public(app.view_functions["static"])
    app.before_request(request_log.begin)
    app.before_request(readable.refuse_unreadable)
    app.before_request(access.enforce)
    app.before_request(csrf.check)
    app.after_request(headers.secure)
    app.after_request(request_log.end)


def _dress(app: Flask) -> None:
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.globals.update(
        asset=assets.address, csrf_field=csrf.field, minutes_range=words.minutes_range
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
