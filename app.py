"""Composition root and command line: the only file that knows everyone; it must hold no rule of its own."""

import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

import click
from flask import Flask

from embedded.process import LOOPBACK, ServerDidNotStart, answers_http, free_port, next_free_port
from embedded.procfile import path_with_our_programs, read_procfile
from embedded.supervisor import Command, Supervisor
from embedded.valkey import valkey_command
from persistence.migrate import upgrade
from settings import Settings, SettingsError

# What fills a new database at `run`; each returns the lines that the person at the terminal must read.
SEEDS: tuple[Callable[[Settings], list[str]], ...] = ()

# `run` migrates itself, and has no Telegram bot to run.
_NOT_IN_RUN = {"release", "bot"}


def create_app(settings: Settings | None = None) -> Flask:
    """The web application; gunicorn calls it without settings."""
    settings = settings or Settings.load()
    app = Flask("admin_web", root_path="admin_web")
    app.secret_key = settings.secret_key

    @app.get("/healthz")
    def healthz() -> str:
        return "ok\n"

    return app


@click.group()
def cli() -> None:
    """ThreeAway: appointments and a live queue by chat."""


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    upgrade(_settings().database_url)
    click.echo("The database is at the newest revision.")


@cli.command()
def run() -> None:
    """Start everything on this machine, until Ctrl-C."""
    settings = _settings()
    port = next_free_port(settings.host, settings.port)
    if port != settings.port:
        click.echo(f"Port {settings.port} is taken by another program; using {port} instead.")
    upgrade(settings.database_url)
    told = [line for seed in SEEDS for line in seed(settings)]
    commands = _commands(settings, port=port)
    announcement = _Announcement(settings, port=port, lines=told)
    Supervisor(commands, out=sys.stdout.buffer).run(announce=announcement)
    click.echo("Everything has stopped.")


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
    return [*redis, *_processes(env)]


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


def _processes(env: Mapping[str, str]) -> list[Command]:
    return [
        Command(name=name, argv=argv, env=env)
        for name, argv in read_procfile().items()
        if name not in _NOT_IN_RUN
    ]


class _Announcement:
    """Says where to look, once the web process answers."""

    def __init__(self, settings: Settings, *, port: int, lines: list[str]) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self._address = f"http://{host}:{port}"
        self._lines = [
            f"ThreeAway runs at {settings.public_url or self._address}/",
            *lines,
            "Ctrl-C stops it.",
        ]

    def __call__(self) -> bool:
        if not answers_http(f"{self._address}/healthz"):
            return False
        rule = "-" * max(map(len, self._lines))
        click.echo("\n".join(["", rule, *self._lines, rule, ""]))
        return True


if __name__ == "__main__":
    cli()
