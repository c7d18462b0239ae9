"""What every installation needs, with or without a channel: address, database, Redis, processes, a first site."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from checks.examination import Check, Finding
from checks.signs_of_life import STALE_AFTER, silent_processes, what_they_do
from domain.ports import UnitOfWork
from settings import Settings

Look = Callable[[UnitOfWork], Iterable[Finding]]

_LATE_AFTER = timedelta(minutes=2)


def address_check(settings: Settings) -> Check:
    return Check("Address", lambda: [_address(settings.public_url)])


def database_check(
    *, database: Callable[[], Finding], uow: Callable[[], UnitOfWork], looks: Sequence[Look]
) -> Check:
    """The database, and where that can be used, what is to be read in it."""

    def look() -> Iterator[Finding]:
        found = database()
        yield found
        if found.ok:
            with uow() as reading:
                for further in looks:
                    yield from further(reading)

    return Check("Database", look)


def redis_check(settings: Settings) -> Check:
    return Check("Redis", lambda: [_redis(settings.redis_url)])


def sites(uow: UnitOfWork) -> Iterator[Finding]:
    names = [site.name for site in uow.places.sites()]
    yield Finding(
        name="Sites",
        ok=bool(names),
        told=f"{', '.join(names)}." if names else "There is no site yet.",
        todo="" if names else "Make the first one: python app.py setup --help tells how.",
    )


def processes(uow: UnitOfWork, *, settings: Settings, at: datetime) -> Iterator[Finding]:
    seconds = int(STALE_AFTER.total_seconds())
    silent = silent_processes(uow, at=at)
    if not silent:
        yield Finding(name="Processes", ok=True, told="The workers and the clock are alive.")
        return
    lines = ", ".join(kind.removeprefix("worker:") for kind in silent)
    yield Finding(
        name="Processes",
        ok=False,
        told=f"No sign of life within {seconds} seconds from {what_they_do(silent)}.",
        todo=f"Start these lines of the Procfile: {lines}." if settings.public_url else "Start make run.",
    )


def messages(uow: UnitOfWork, *, at: datetime) -> Iterator[Finding]:
    late = bool(uow.outbox.due(now=at - _LATE_AFTER, hinted_before=at, limit=1))
    minutes = int(_LATE_AFTER.total_seconds()) // 60
    yield Finding(
        name="Messages",
        ok=not late,
        told=f"A message has been due for over {minutes} minutes." if late else "None is late.",
        todo="Look at the log of the worker alerts, and whether it keeps up." if late else "",
    )


def _address(public_url: str) -> Finding:
    if not public_url:
        return Finding(
            name="Address",
            ok=True,
            told="A trial on this machine: the simulator plays people's phones.",
            todo="To go live, set PUBLIC_URL to the https address where people reach this installation.",
        )
    https = public_url.startswith("https://")
    return Finding(
        name="Address",
        ok=https,
        told=f"{public_url}{'' if https else ' works on this machine alone.'}",
        todo="" if https else "Set PUBLIC_URL to the https address where people reach this installation.",
    )


def _redis(url: str) -> Finding:
    if not url:
        return Finding(name="Redis", ok=True, told="make run starts one of its own.")
    client = redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return Finding(
            name="Redis",
            ok=False,
            told=f"It can't be used ({type(error).__name__}); messages come seconds later.",
            todo="Look at REDIS_URL, and whether it runs.",
        )
    finally:
        client.close()
    return Finding(name="Redis", ok=True, told="It answers.")
