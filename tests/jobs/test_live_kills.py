"""Who keeps messages up to date is killed while it sends: nobody goes without one, and a kill doubles one at most."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import demo
from domain.events import SYSTEM
from domain.ports import Services
from domain.queue import QueueState
from domain.schedule import business_date
from domain.use_cases.live import waits_since
from domain.use_cases.walk_in import issue_walk_in
from embedded.process import die_with_parent
from persistence.engine import make_engine
from tests.jobs.live_process import make_services
from tests.processes import eventually

ROOT = Path(__file__).parent.parent.parent
PEOPLE, KILLS = 30, 2


def test_a_kill_doubles_one_message_at_most_and_loses_none(postgres_url: str, tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    environ = {
        "DATABASE_URL": postgres_url,
        "VAR_DIR": str(tmp_path),
        "HANDED": str(handed),
        "SPEED": "20",  # a lease of 30 s runs out while the test waits
    }
    engine = make_engine(postgres_url)
    try:
        _is_shown_to_all(make_services(environ, engine), environ)
    finally:
        engine.dispose()
    assert _times(handed).total() - PEOPLE <= KILLS


def _is_shown_to_all(services: Services, environ: dict[str, str]) -> None:
    handed = Path(environ["HANDED"])
    _a_line(services)
    for kill in range(1, KILLS + 1):
        refresher = _start(environ)
        eventually(
            lambda wanted=10 * kill: _times(handed).total() >= wanted,  # type: ignore[misc]
            otherwise=lambda: str(_times(handed)),
            within=30,
        )
        refresher.kill()
        refresher.wait()
    refresher = _start(environ)
    try:
        eventually(
            lambda: len(_times(handed)) == PEOPLE and waits_since(services) is None,
            otherwise=lambda: str(_times(handed)),
            within=30,
        )
    finally:
        refresher.kill()
        refresher.wait()


def _a_line(services: Services) -> None:
    """People who follow their printed token; nothing moves in this line, and no time passes for it."""
    now = services.clock.now()
    with services.uow() as uow:
        demo.seed_demo(uow, email="owner@example.org", password_hash="x", now=now)
        site = uow.places.sites()[0]
        service = uow.places.services(site.id)[0]
        queue = uow.queues.ensure(service=service, day=business_date(now, site.zone))
        uow.queues.set_state(queue.id, state=QueueState.PAUSED, started_at=now)
        for number in range(PEOPLE):
            issued = issue_walk_in(uow, queue_id=queue.id, counter_id=None, name=None, actor=SYSTEM, now=now)
            address = uow.people.address(channel="sim-telegram", handle=f"p{number}", now=now)
            uow.tickets.follow(issued.visit.id, address_id=address.id)
        uow.commit()


def _start(environ: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.live_process"],
        cwd=ROOT,
        env={**os.environ, **environ},
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - started from the main thread
    )


def _times(handed: Path) -> Counter[str]:
    return Counter(handed.read_text(encoding="ascii").split()) if handed.exists() else Counter()
