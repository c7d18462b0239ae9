"""Composition root and command line: the only file that knows everyone; it must hold no rule of its own."""

import secrets
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import admin_web
import bot.channel
import bot.render
import bot.webhook
import demo
import whatsapp.channel
import whatsapp.read
import whatsapp.render
import whatsapp.status
import whatsapp.webhook
from admin_web import passwords
from admin_web.live import RedisLiveFeed
from checks import alarms, installation
from checks.examination import Check, Examiner, Finding, examine, in_background
from domain.conversation.messages import Text
from domain.errors import DomainError, SendError
from domain.people import Role
from domain.ports import Announcer, Channel, Clock, Pace, Services, UnitOfWork
from domain.schedule import Site
from domain.texts import catalogue
from domain.use_cases.found import add_member, add_owner, found_site
from embedded.process import LOOPBACK, ServerDidNotStart, answers_http, free_port, next_free_port
from embedded.procfile import path_with_our_programs, read_procfile
from embedded.supervisor import Command, Supervisor
from embedded.valkey import valkey_command
from jobs.announcer import NullAnnouncer, RedisAnnouncer
from jobs.aside import Aside
from jobs.clock import Step
from jobs.pace import RedisPace
from persistence.engine import make_engine
from persistence.migrate import database_exists, is_at_head, upgrade
from persistence.unit_of_work import SqlUnitOfWork
from settings import Settings, SettingsError
from simulator.sender import SimulatorSender
from simulator.terminal import terminal_chat
from whatsapp import look_back
from whatsapp.client import TwilioClient
from whatsapp.countries import sms_findings
from whatsapp.look_back import LookBack

# Where a process is started by hand, without the variable that `run` sets.
_USUAL_REDIS = "redis://127.0.0.1:6379/0"
_TEMPLATES_LOOKED_AT_EVERY = 3600.0  # seconds
_DATABASE_IS_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class SystemClock:
    """The only teller of time in a running installation."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def make_services(settings: Settings | None = None, *, announcer: Announcer | None = None) -> Services:
    """Everything an edge needs, made once for its process."""
    settings = settings or Settings.load()
    redis_url = settings.redis_url or _USUAL_REDIS
    engine = make_engine(settings.database_url)
    clock = SystemClock()
    announcer = announcer or RedisAnnouncer(redis_url)
    uow = partial(SqlUnitOfWork, engine, announcer=announcer, clock=clock)
    return Services(
        uow=uow,
        clock=clock,
        catalogue=catalogue.load(),
        channels={
            **_real_channels(settings, RedisPace(redis_url), uow),
            **(_simulated_channels(uow, clock) if settings.simulator_allowed else {}),
        },
        announcer=announcer,
        live=RedisLiveFeed(redis_url),
        settings=settings,
    )


def create_app(settings: Settings | None = None) -> Flask:
    """The web application; gunicorn calls it without settings."""
    settings = settings or Settings.load()
    engine = make_engine(settings.database_url, pool_size=3)
    services = make_services(settings)
    return admin_web.create_app(
        services,
        ready=partial(_database_faults, engine),
        examiner=Examiner(make_checks(services, engine), clock=services.clock),
        unavailable_errors=_DATABASE_IS_AWAY,
        webhooks=_provider_hooks(services),
    )


def _provider_hooks(services: Services) -> dict[str, Callable[..., ResponseReturnValue]]:
    """What providers post to, by path. What Twilio signs is believed by PUBLIC_URL alone."""
    settings = services.settings
    hooks: dict[str, Callable[..., ResponseReturnValue]] = {}
    if settings.telegram_bot_token:
        hooks[bot.webhook.PATH] = bot.webhook.webhook_view(services)
    if settings.public_url and (settings.has_whatsapp or settings.has_sms):
        hooks[whatsapp.webhook.PATH] = whatsapp.webhook.inbound_view(services)
        hooks[whatsapp.status.PATH] = whatsapp.status.status_view(services)
    return hooks


def make_checks(services: Services, engine: Engine) -> list[Check]:
    """What the self-check looks at, in the order in which it is told."""
    settings, now = services.settings, services.clock.now
    looks = (
        installation.sites,
        lambda uow: installation.processes(uow, settings=settings, at=now()),
        lambda uow: installation.messages(uow, at=now()),
        lambda uow: alarms.findings(uow, at=now()),
        lambda uow: _bot_process_findings(uow, settings, at=now()),
        lambda uow: _twilio_s_rows(uow, services, at=now()),
        lambda uow: sms_findings(uow, settings),
    )
    return [
        installation.address_check(settings),
        installation.database_check(
            database=partial(_database_finding, settings, engine), uow=services.uow, looks=looks
        ),
        installation.redis_check(settings),
        _telegram_check(settings, services.clock),
        _twilio_check(settings),
    ]


def provider_steps(services: Services) -> list[Step]:
    """What the clock does besides, for the sake of providers."""
    settings = services.settings
    if not (settings.has_whatsapp or settings.has_sms):
        return []
    client = TwilioClient(settings)
    steps = [Step("messages that were not posted", look_back.every(settings), Aside(LookBack(client)))]
    if settings.has_whatsapp:
        look = Aside(partial(_look_at_templates, client=client))
        steps.append(Step("WhatsApp templates", _TEMPLATES_LOOKED_AT_EVERY, look))
    return steps


# Telegram's client is loaded where it is used: it takes as long as Flask, and half of all processes never need it.
def _bot_process_findings(uow: UnitOfWork, settings: Settings, *, at: datetime) -> Iterable[Finding]:
    from bot.check import bot_process_findings

    return bot_process_findings(uow, settings, at=at)


def _telegram_check(settings: Settings, clock: Clock) -> Check:
    def findings() -> Iterable[Finding]:
        from bot.check import telegram_findings

        return telegram_findings(settings, at=clock.now())

    return Check("Telegram", findings)


def _twilio_s_rows(uow: UnitOfWork, services: Services, *, at: datetime) -> Iterable[Finding]:
    """What our own database says of WhatsApp and SMS."""
    settings = services.settings
    if not settings.twilio_account_sid:
        return
    from whatsapp.check import look_back_findings
    from whatsapp.countries import sms_findings
    from whatsapp.standing import template_findings

    yield from look_back_findings(uow, settings, at=at)
    yield from template_findings(uow, settings=settings, catalogue=services.catalogue)
    yield from sms_findings(uow, settings)


def _twilio_check(settings: Settings) -> Check:
    def findings() -> Iterable[Finding]:
        from whatsapp.check import twilio_findings

        return twilio_findings(settings)

    return Check("Twilio", findings)


def _look_at_templates(services: Services, *, client: TwilioClient) -> None:
    from whatsapp.terminal import look_again

    look_again(services, client)


class _Commands(click.Group):
    """Whoever types a command reads one line when the database is away, and no trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except _DATABASE_IS_AWAY as error:
            told = str(getattr(error, "orig", None) or error).partition("\n")[0]
            _give_up(f"The database can't be used: {told}\nLook at DATABASE_URL, and whether it runs.")


@click.group(cls=_Commands)
def cli() -> None:
    """ThreeAway: appointments and a live queue by chat."""


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    upgrade(_settings().database_url)
    click.echo("The database is at the newest revision.")


@cli.command()
@click.option(
    "--channel", type=click.Choice(["telegram", "whatsapp", "sms"]), default="telegram", show_default=True
)
@click.option("--from", "handle", default="terminal", show_default=True, help="The handle to write from.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the session as a test.",
)
def chat(channel: str, handle: str, record: Path | None) -> None:
    """Play the conversation here: a line in, the answers out; works in a pipe."""
    settings = _settings()
    if not settings.simulator_allowed:
        _give_up(
            "The simulator impersonates people: there is none where PUBLIC_URL is set or HOST is not this machine."
        )
    upgrade(settings.database_url)
    for line in _first_start(settings):
        click.echo(line, err=True)
    services = make_services(settings, announcer=NullAnnouncer())
    terminal_chat(services, f"sim-{channel}", handle, sys.stdin, sys.stdout, record=record)


@cli.command()
@click.argument("email")
def reset_password(email: str) -> None:
    """Give a member of staff a new password, and end their sessions."""
    services = make_services(_settings(), announcer=NullAnnouncer())
    with services.uow() as uow:
        user = uow.people.user_by_email(email)
        if user is None:
            _give_up("Nobody logs in with this e-mail.")
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        _refuse_password(password)
        uow.people.set_password_hash(user.id, passwords.hashed(password))
        uow.staff_sessions.end_all(user.id)
        uow.commit()
    click.echo("The password is changed and all sessions of this account have ended.")


@cli.command()
@click.argument("email")
@click.option("--name", required=True, help="As colleagues call them.")
@click.option("--site", "slug", required=True, help="The site's name in addresses, as in /board/<site>.")
@click.option(
    "--role", type=click.Choice([role.name.lower() for role in Role]), default="operator", show_default=True
)
def add_staff(email: str, name: str, slug: str, role: str) -> None:
    """Let somebody log in at a site; the password made for them is shown once."""
    services = make_services(_settings(), announcer=NullAnnouncer())
    password = secrets.token_urlsafe(12)
    with services.uow() as uow:
        site = uow.places.site_by_slug(slug)
        if site is None:
            _give_up(f"There is no site named {slug}.")
        if uow.people.user_by_email(email) is not None:
            _give_up("Somebody logs in with this e-mail already.")
        add_member(
            uow,
            site=site,
            role=Role[role.upper()],
            name=name,
            email=email,
            password_hash=passwords.hashed(password),
        )
        uow.commit()
    click.echo(f"{name} logs in as {email}. Password, shown this once: {password}")


@cli.command()
@click.option("--organisation", required=True, help="A hospital group, a city council.")
@click.option("--site", "name", required=True, help="The building's name.")
@click.option("--zone", "time_zone", required=True, help="Its time zone, such as Asia/Kolkata.")
@click.option(
    "--language", default="en", show_default=True, help="The language of whoever hasn't chosen one."
)
@click.option("--country", help="Its country, such as IN, for phone numbers. Else the time zone's.")
def setup(organisation: str, name: str, time_zone: str, language: str, country: str | None) -> None:
    """Make the first site of an empty installation, and its owner (OWNER_EMAIL, OWNER_PASSWORD)."""
    settings = _settings()
    services = make_services(settings, announcer=NullAnnouncer())
    password = settings.owner_password or secrets.token_urlsafe(12)
    _refuse_password(password)
    with services.uow() as uow:
        if uow.places.sites():
            _give_up("There is a site already; `setup` is for an empty installation.")
        try:
            site = found_site(
                uow,
                organisation=organisation,
                name=name,
                time_zone=time_zone,
                language=language,
                country=country,
            )
        except DomainError as refusal:
            _give_up(
                services.catalogue.render(Text(refusal.key, refusal.params), language="en", variant="web")
            )
        add_owner(uow, sites=[site], email=settings.owner_email, password_hash=passwords.hashed(password))
        uow.commit()
    click.echo(f"{site.name} is at /board/{site.slug}. Log in as {settings.owner_email}.")
    if not settings.owner_password:
        click.echo(f"Password, shown this once: {password}")


@cli.command()
def check() -> None:
    """For each thing that is needed, ok or what to do; ends with 1 where there is something to do."""
    settings = _settings()
    services = make_services(settings, announcer=NullAnnouncer())
    checks = make_checks(services, make_engine(settings.database_url, pool_size=3))
    report = examine(checks, clock=services.clock)
    for finding in report.findings:
        click.echo(f"{'ok   ' if finding.ok else 'TO DO'}  {finding.name}: {finding.told}")
        if finding.todo:
            click.echo(f"       {finding.todo}")
    click.echo(f"\n{report.summary}")
    raise SystemExit(1 if report.todos else 0)


@cli.group()
def whatsapp_templates() -> None:
    """Buttons, lists and notices as WhatsApp wants to know them beforehand."""


@whatsapp_templates.command("create")
def create_templates() -> None:
    """Make at Twilio what isn't there, and submit the notices to WhatsApp; may be repeated."""
    from whatsapp.terminal import create

    _tell_of_templates(create)


@whatsapp_templates.command("status")
def template_status() -> None:
    """What WhatsApp says of each; ends with 1 where one can't be sent."""
    from whatsapp.terminal import status

    _tell_of_templates(status)


@cli.command()
def run() -> None:
    """Start everything on this machine, until Ctrl-C."""
    settings = _settings()
    port = next_free_port(settings.host, settings.port)
    if port != settings.port:
        click.echo(f"Port {settings.port} is taken by another program; using {port} instead.")
    upgrade(settings.database_url)
    told = _first_start(settings)
    look_back.begin(make_services(settings, announcer=NullAnnouncer()))
    commands = _commands(settings, port=port)
    announcement = _Announcement(settings, port=port, lines=told)
    Supervisor(commands, out=sys.stdout.buffer).run(announce=announcement)
    click.echo("Everything has stopped.")


def _tell_of_templates(ask: Callable[[Services, TwilioClient], tuple[list[str], bool]]) -> None:
    """What was asked of Twilio, or in a sentence why it can't be; ends with 1 where something is left to do."""
    settings = _settings()
    if not settings.has_whatsapp:
        _give_up(
            "There is no WhatsApp here: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_FROM."
        )
    try:
        lines, is_well = ask(make_services(settings, announcer=NullAnnouncer()), TwilioClient(settings))
    except SendError as error:
        _give_up(f"{error.told}\n{error.todo}")
    click.echo("\n".join(lines))
    raise SystemExit(0 if is_well else 1)


def _settings() -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        _give_up(str(error))


def _give_up(reason: str) -> NoReturn:
    click.echo(reason, err=True)
    raise SystemExit(2)


def _commands(settings: Settings, *, port: int) -> list[Command]:
    env = {"PATH": path_with_our_programs(), "PORT": str(port), "DATABASE_URL": settings.database_url}
    redis = _redis(settings)
    env["REDIS_URL"] = settings.redis_url or redis[0].env["REDIS_URL"]
    # `run` has migrated by then, and has no bot to run where there is no token.
    unneeded = {"release"} if settings.telegram_bot_token else {"release", "bot"}
    return [*redis, *_processes(env, unneeded=unneeded)]


def _redis(settings: Settings) -> list[Command]:
    """Nothing where a Redis is named; else one of our own, which stops when its users have stopped."""
    if settings.redis_url:
        return []
    port = free_port()
    try:
        argv = valkey_command(port=port, data=settings.var_dir / "valkey")
    except ServerDidNotStart as error:
        _give_up(str(error))
    env = {"REDIS_URL": f"redis://{LOOPBACK}:{port}/0"}
    return [Command(name="valkey", argv=[*argv, "--loglevel", "nothing"], env=env, stops_last=True)]


def _processes(env: Mapping[str, str], *, unneeded: Collection[str]) -> list[Command]:
    return [
        Command(name=name, argv=argv, env=env)
        for name, argv in read_procfile().items()
        if name not in unneeded
    ]


class _Announcement:
    """Says where to look, once the web process answers."""

    def __init__(self, settings: Settings, *, port: int, lines: list[str]) -> None:
        self._providers = in_background(partial(_what_providers_say, settings))
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self._address = f"http://{host}:{port}"
        self._lines = [f"ThreeAway runs at {settings.public_url or self._address}/", *lines]

    def __call__(self) -> bool:
        if not (self._providers.done() and answers_http(f"{self._address}/healthz")):
            return False
        lines = [*self._lines, *self._providers.result(), "Ctrl-C stops it."]
        rule = "-" * max(map(len, lines))
        click.echo("\n".join(["", rule, *lines, rule, ""]))
        return True


def _real_channels(settings: Settings, pace: Pace, uow: Callable[[], UnitOfWork]) -> dict[str, Channel]:
    """Those that the settings have what it takes for."""
    twilio = whatsapp.channel.twilio_channels(settings, pace=pace, uow=uow)
    if not settings.telegram_bot_token:
        return twilio
    telegram = bot.channel.telegram_channel(
        token=settings.telegram_bot_token,
        api_url=settings.telegram_api_url,
        rate=settings.telegram_messages_per_second,
        pace=pace,
    )
    return {telegram.name: telegram, **twilio}


def _what_providers_say(settings: Settings) -> list[str]:
    """Where people write to us, or why they can't; within some seconds."""
    clock = SystemClock()
    on = {
        "Telegram": bool(settings.telegram_bot_token),
        "WhatsApp": settings.has_whatsapp,
        "SMS": settings.has_sms,
    }
    telegram = [_telegram_check(settings, clock)] if on["Telegram"] else []
    twilio = [_twilio_check(settings)] if settings.twilio_account_sid else []
    news = [
        finding
        for finding in examine([*telegram, *twilio], clock=clock).findings
        if on.get(finding.name) or (finding.name == "Twilio" and not finding.ok)
    ]
    return [
        line
        for finding in news
        for line in (f"{finding.name}: {finding.told}", *([] if finding.ok else [finding.todo]))
    ]


def _simulated_channels(uow: Callable[[], UnitOfWork], clock: SystemClock) -> dict[str, Channel]:
    """The three channels on simulated phones, each read and rendered by the real channel's own code."""
    shapes = (
        ("sim-telegram", bot.render.CAPABILITIES, bot.channel.read, bot.render.render),
        (
            "sim-whatsapp",
            whatsapp.render.WHATSAPP_CAPABILITIES,
            whatsapp.read.read,
            whatsapp.render.render_whatsapp,
        ),
        ("sim-sms", whatsapp.render.SMS_CAPABILITIES, whatsapp.read.read, whatsapp.render.render_sms),
    )
    return {
        name: Channel(
            name=name,
            capabilities=capabilities,
            read=partial(read, channel=name),
            render=render,
            sender=SimulatorSender(name, render, uow, clock),
        )
        for name, capabilities, read, render in shapes
    }


def _database_faults(engine: Engine) -> list[str]:
    """What `/readyz` says of the database: nothing when it can be read and has the newest revision."""
    try:
        return [] if is_at_head(engine) else ["the database is not at the newest revision"]
    except _DATABASE_IS_AWAY:
        return ["the database can't be reached"]


def _database_finding(settings: Settings, engine: Engine) -> Finding:
    told, todo = _database_told(settings, engine)
    return Finding(name="Database", ok=not todo, told=told, todo=todo)


def _database_told(settings: Settings, engine: Engine) -> tuple[str, str]:
    """How it is, and what to do, if anything."""
    if not database_exists(settings.database_url):
        return "There is none yet.", "python app.py migrate makes it; make run does so by itself."
    try:
        newest = is_at_head(engine)
    except _DATABASE_IS_AWAY:
        return "It can't be reached.", "Look at DATABASE_URL, and whether it runs."
    if not newest:
        return "It is not at the newest revision.", "Run python app.py migrate."
    return "It can be read and is at the newest revision.", ""


def _first_start(settings: Settings) -> list[str]:
    """Fills an empty database with the demo, and returns what the person at the terminal must read."""
    if settings.public_url:
        return []
    services = make_services(settings, announcer=NullAnnouncer())
    with services.uow() as uow:
        sites = uow.places.sites()
        if sites:
            return _where_to_look(sites)
        password = settings.owner_password or secrets.token_urlsafe(12)
        _refuse_password(password)
        demo.seed_demo(
            uow,
            email=settings.owner_email,
            password_hash=passwords.hashed(password),
            now=services.clock.now(),
        )
        uow.commit()
        sites = uow.places.sites()
    shown = "the one in OWNER_PASSWORD" if settings.owner_password else f"{password}  (shown this once)"
    return [*_where_to_look(sites), f"Log in as {settings.owner_email}, password: {shown}"]


def _where_to_look(sites: Sequence[Site]) -> list[str]:
    boards = " · ".join(f"/board/{site.slug}" for site in sites)
    return [f"Phones: /simulator · Staff: / · Boards: {boards}"]


def _refuse_password(password: str) -> None:
    reason = passwords.refusal(password)
    if reason is not None:
        _give_up(reason)


if __name__ == "__main__":
    cli()
