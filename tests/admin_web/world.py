"""A clinic of ours, a clinic of strangers, staff of every role, and browsers that log in as them."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, Table, select
from werkzeug.test import TestResponse

from admin_web import create_app
from admin_web.passwords import hashed
from bot.webhook import PATH as WEBHOOK
from bot.webhook import webhook_view
from domain.ids import SiteId, UserId
from domain.people import Membership, Role, User
from domain.ports import Services, UnitOfWork
from domain.schedule import Site
from domain.texts.catalogue import load
from persistence.tables import metadata
from persistence.unit_of_work import SqlUnitOfWork
from settings import Settings
from tests.transcripts.wire import NoPace
from tests.use_cases.clinic import MORNING, SITE, Clinic, SilentAnnouncer, open_clinic
from whatsapp.channel import twilio_channels
from whatsapp.status import PATH as STATUS
from whatsapp.status import status_view

PASSWORD = "lantern orchard seventeen"


@cache
def cheap_hash(password: str) -> str:
    return hashed(password, cost=4)


@dataclass
class SteppingClock:
    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class RunningClock(SteppingClock):
    """Begins in the clinic's morning and goes on from there, for what waits and retries."""

    began: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.began)


class SilentFeed:
    """A live feed on which nothing ever happens, at once."""

    @contextmanager
    def listen(self, topics: Collection[str], *, timeout: float) -> Iterator[Iterator[str | None]]:
        yield iter([None])


@dataclass
class Page:
    """A browser at work: its client, and the token that its forms carry."""

    client: Any
    kept_token: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def post(self, path: str, form: Mapping[str, object] | None = None, **more: Any) -> TestResponse:
        answer: TestResponse = self.client.post(
            path, data={"csrf_token": self.kept_token or self.token(), **(form or {})}, **more
        )
        # A log-in, log-out or new password ends the token.
        self.kept_token = "" if path in {"/login", "/logout", "/password"} else self.kept_token
        return answer

    def token(self) -> str:
        """From the log-out form of staff, or the log-in form of others."""
        for path in ("/password", "/login"):
            found = re.search(r'name="csrf_token" value="(\w+)"', self.get(path).text)
            if found:
                self.kept_token = found[1]
                return self.kept_token
        raise AssertionError("no form has a token")

    def says(self, path: str) -> str:
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status}"
        return text_of(response)


@dataclass
class World:
    make_uow: Callable[[], UnitOfWork]
    clock: SteppingClock
    services: Services
    app: Flask
    ours: Clinic
    theirs: Clinic
    engine: Engine
    staff: dict[str, UserId] = field(default_factory=dict)

    def browser(self) -> Page:
        return Page(self.app.test_client())

    def logged_in(self, role: Role, *, clinic: Clinic | None = None) -> Page:
        page = self.browser()
        answer = page.post(
            "/login", {"email": self.email_of(role, clinic or self.ours), "password": PASSWORD}
        )
        assert answer.status_code == 303, answer.text
        return page

    def email_of(self, role: Role, clinic: Clinic) -> str:
        """Somebody of that role at that clinic's site, added on first need."""
        email = f"{role.name.lower()}@{clinic.site.slug}.example"
        if email not in self.staff:
            with self.make_uow() as uow:
                site = clinic.site
                user_id = uow.people.add_user(
                    User(id=UserId(0), organisation_id=site.organisation_id, name=role.name, email=email)
                )
                uow.people.set_password_hash(user_id, cheap_hash(PASSWORD))
                at = None if role is Role.OWNER else site.id
                uow.people.add_membership(
                    Membership(
                        user_id=user_id,
                        organisation_id=site.organisation_id,
                        site_id=SiteId(at) if at else None,
                        role=role,
                    )
                )
                uow.commit()
            self.staff[email] = user_id
        return email

    def everything(self, *, but: Collection[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        tables: list[Table] = [table for table in metadata.sorted_tables if table.name not in but]
        with self.engine.connect() as connection:
            return {
                table.name: [
                    tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
                ]
                for table in tables
            }


def build_world(
    engine: Engine, settings: Settings, *, clock: SteppingClock | None = None, **options: Any
) -> World:
    clock = clock or SteppingClock()
    make_uow = partial(SqlUnitOfWork, engine, announcer=SilentAnnouncer(), clock=clock)
    services = Services(
        uow=make_uow,
        clock=clock,
        catalogue=load(),
        channels=twilio_channels(settings, pace=NoPace(), uow=make_uow),
        announcer=SilentAnnouncer(),
        live=SilentFeed(),
        settings=settings,
    )
    webhooks: dict[str, Callable[..., ResponseReturnValue]] = {
        WEBHOOK: webhook_view(services),
        STATUS: status_view(services),
    }
    app = create_app(services, webhooks=webhooks, **options)
    return World(
        make_uow=make_uow,
        clock=clock,
        services=services,
        app=app,
        ours=open_clinic(make_uow),
        theirs=open_clinic(make_uow, site=_theirs()),
        engine=engine,
    )


def text_of(response: TestResponse) -> str:
    """What a page says: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).replace("&#39;", "'").split())


def _theirs() -> Site:
    return replace(SITE, slug="elsewhere", name="Elsewhere")
