"""`python -m tests.jobs.live_process`: keeps messages up to date until it is killed; its sender writes down each
hand-over.

The environment says DATABASE_URL, VAR_DIR, HANDED (the file) and SPEED (see `tests.jobs.outbox_process`).
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from domain.ports import Outgoing, Sent, Services
from jobs.announcer import NullAnnouncer
from jobs.live import Watch
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.delivery.world import a_channel, services_for, settings_for
from tests.jobs.outbox_process import FastClock

SENDING = 0.02  # seconds; some of the kills fall between a hand-over and its record


@dataclass(frozen=True, slots=True)
class WrittenDown:
    path: Path

    def send(self, outgoing: Outgoing) -> Sent:
        with self.path.open("a", encoding="ascii") as file:
            file.write(f"{outgoing.handle}\n")
        time.sleep(SENDING)
        return Sent(outgoing.messages[0].replaces or str(time.time_ns()))


def make_services(environ: Mapping[str, str], engine: Engine) -> Services:
    fast, announcer = FastClock(float(environ["SPEED"])), NullAnnouncer()
    channel = a_channel("sim-telegram", WrittenDown(Path(environ["HANDED"])), edits_in_place=True)
    return services_for(
        lambda: SqlUnitOfWork(engine, announcer=announcer, clock=fast),
        channels=[replace(channel, capabilities=replace(channel.capabilities, keeps_live=True))],
        announcer=announcer,
        clock=fast,
        settings=settings_for(database_url="", redis_url="", var_dir=Path(environ["VAR_DIR"])),
    )


def main() -> None:
    services, watch = make_services(os.environ, make_engine(os.environ["DATABASE_URL"])), Watch()
    while True:
        watch(services)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
