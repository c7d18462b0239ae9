"""An outbox with real processes around it: workers and clocks that can be killed, and rows to send."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from domain.conversation.messages import Reply, Text
from domain.notices import Notice, NoticeKind
from domain.ports import Services, UnitOfWork
from domain.texts.compose import replies_as_data
from embedded.process import die_with_parent
from jobs.process import SENDING_THREADS
from persistence.engine import make_engine
from tests.jobs.outbox_process import hand_overs, make_services

ROOT = Path(__file__).parent.parent.parent
HELLO = replies_as_data([Reply(Text("hello"))], revision=1, first=1)


@dataclass(slots=True)
class OutboxAtWork:
    environ: dict[str, str]
    services: Services
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def handed(self) -> Path:
        return Path(self.environ["HANDED"])

    def start(self, what: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.outbox_process", what],
            cwd=ROOT,
            env={**os.environ, **self.environ},
            stdout=self._log(what),
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - started from the main thread
        )
        self.children.append(child)
        return child

    def add(self, count: int, *, handle: str = "a", first: int = 0) -> list[int]:
        """That many answers, each to a person of its own, in one transaction."""
        with self.services.uow() as uow:
            notices = [
                self._answer(uow, f"{handle}{n}", f"{handle}:{n}") for n in range(first, first + count)
            ]
            ids: list[int] = [*uow.outbox.add(notices)]
            uow.commit()
        return ids

    def answer(self, handle: str, number: int) -> int:
        """One more answer to this person."""
        with self.services.uow() as uow:
            (outbox_id,) = uow.outbox.add([self._answer(uow, handle, f"{handle}:{number}")])
            uow.commit()
        return outbox_id

    def _answer(self, uow: UnitOfWork, handle: str, key: str) -> Notice:
        now = self.services.clock.now()
        return Notice(
            kind=NoticeKind.REPLY,
            address_id=uow.people.address(channel="sim-sms", handle=handle, now=now).id,
            dedupe_key=key,
            due_at=now,
            not_after=now + timedelta(hours=1),
            data=HELLO,
        )

    def times_handed(self) -> Counter[int]:
        return Counter(outbox_id for outbox_id, _ in hand_overs(self.handed))

    def unsent(self) -> int:
        """Rows that wait or are being sent."""
        far = self.services.clock.now() + timedelta(minutes=30)
        with self.services.uow() as uow:
            return len(uow.outbox.due(now=far, hinted_before=far, limit=10_000))

    def said(self) -> str:
        """What the processes logged, for the message of a failing test."""
        return "\n".join(log.read_text() for log in sorted(self.handed.parent.glob("*.log")))[-5000:]

    def end(self) -> None:
        for child in self.children:
            child.kill()
            child.wait()

    def _log(self, what: str) -> int:
        path = self.handed.parent / f"{what}-{len(self.children)}.log"
        return os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)


@contextmanager
def outbox_at_work(
    *,
    database_url: str,
    redis_url: str,
    folder: Path,
    send_seconds: float = 0,
    speed: float = 1,
    threads: int = SENDING_THREADS,
) -> Iterator[OutboxAtWork]:
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "VAR_DIR": str(folder),
        "HANDED": str(folder / "handed"),
        "SEND_SECONDS": str(send_seconds),
        "SPEED": str(speed),
        "THREADS": str(threads),
    }
    engine = make_engine(database_url)
    outbox = OutboxAtWork(environ, make_services(environ, engine))
    try:
        yield outbox
    finally:
        outbox.end()
        engine.dispose()
