"""`python -m tests.jobs.outbox_process LANE|clock`: a real worker or clock whose sender writes down each hand-over.

The environment says DATABASE_URL, REDIS_URL, VAR_DIR, HANDED (the file), SEND_SECONDS (how long a send takes), THREADS
(how many are sent side by side) and SPEED (how many times faster than the wall the clock goes, so that a lease of 15 s
runs out while a test waits). Where it says TELEGRAM_API_URL, there is Telegram too, with the real sender.
"""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from bot.channel import telegram_channel
from domain.ports import Announcer, Channel, Outgoing, Sent, Services
from domain.use_cases.deliver import sweep_outbox
from jobs import clock, worker
from jobs.announcer import OwnHandsFirst, RedisAnnouncer
from jobs.heartbeat import beat
from jobs.pace import RedisPace
from jobs.process import SENDING_THREADS, sending, start
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.delivery.world import a_channel, services_for, settings_for
from tests.telegram.bot_api import TOKEN

_SPEED_BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FastClock:
    """All processes of a test agree on it: it depends on the wall clock and the speed alone."""

    speed: float = 1.0

    def now(self) -> datetime:
        wall = datetime.now(UTC)
        return wall if self.speed == 1 else _SPEED_BEGAN + (wall - _SPEED_BEGAN) * self.speed


@dataclass(frozen=True, slots=True)
class WrittenDown:
    """A sender whose hand-overs survive the process: a line each, with the wall time, before it returns."""

    path: Path
    seconds: float

    def send(self, outgoing: Outgoing) -> Sent:
        with self.path.open("a", encoding="ascii") as file:
            file.write(f"{outgoing.outbox_id} {time.time():.6f}\n")
        time.sleep(self.seconds)
        return Sent(str(outgoing.outbox_id))


def hand_overs(path: Path) -> list[tuple[int, float]]:
    """(outbox id, wall time) of everything handed over so far."""
    if not path.exists():
        return []
    whole = path.read_text(encoding="ascii").rpartition("\n")[0]
    return [(int(row), float(at)) for row, at in (line.split() for line in whole.splitlines())]


def make_services(
    environ: Mapping[str, str], engine: Engine, *, announcer: Announcer | None = None
) -> Services:
    settings = settings_for(
        database_url=environ["DATABASE_URL"],
        redis_url=environ["REDIS_URL"],
        var_dir=Path(environ["VAR_DIR"]),
    )
    announcer = announcer or RedisAnnouncer(settings.redis_url)
    fast = FastClock(float(environ.get("SPEED", "1")))
    sender = WrittenDown(Path(environ["HANDED"]), float(environ.get("SEND_SECONDS", "0")))
    return services_for(
        lambda: SqlUnitOfWork(engine, announcer=announcer, clock=fast),
        channels=[a_channel("sim-sms", sender), *_telegram(environ)],
        announcer=announcer,
        clock=fast,
        settings=settings,
    )


def _telegram(environ: Mapping[str, str]) -> list[Channel]:
    if "TELEGRAM_API_URL" not in environ:
        return []
    pace = RedisPace(environ["REDIS_URL"])
    return [telegram_channel(token=TOKEN, api_url=environ["TELEGRAM_API_URL"], rate=25, pace=pace)]


def main() -> None:
    engine = make_engine(os.environ["DATABASE_URL"], pool_size=2)
    threads = int(os.environ.get("THREADS", SENDING_THREADS))
    if sys.argv[1] == "clock":
        services = start(make_services(os.environ, engine))
        steps = [
            clock.Step("sweep", 1, sweep_outbox),
            clock.Step("heartbeat", 1, lambda services: beat(services, "clock")),
        ]
        clock.serve(services, steps=steps)
    else:
        announcer = OwnHandsFirst(
            RedisAnnouncer(os.environ["REDIS_URL"]), offer=lambda row: sending().offer(row)
        )
        services = start(make_services(os.environ, engine, announcer=announcer), sending_threads=threads)
        worker.run(sys.argv[1], services=services, redis_url=services.settings.redis_url)


if __name__ == "__main__":
    main()
