"""What the application was given at its start, as a view finds it. Never a place to register things in."""

from datetime import datetime
from typing import cast

from flask import Flask, current_app

from domain.ports import Services, UnitOfWork

_KEY = "threeaway"


def provide(app: Flask, services: Services) -> None:
    app.extensions[_KEY] = services


def provided() -> Services:
    return cast(Services, current_app.extensions[_KEY])


def transaction() -> UnitOfWork:
    """A transaction of its own; whoever asks commits it."""
    return provided().uow()


def now() -> datetime:
    return provided().clock.now()
