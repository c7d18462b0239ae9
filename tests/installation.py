"""An installation of its own, started as `make run` starts it: for tests that play the whole thing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import demo
from jobs.announcer import NullAnnouncer
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.processes import eventually, marked_with
from tests.repo.documents import ROOT

OWNER, PASSWORD = "owner@example.org", "three unrelated words"


def fill_with_demo(database_url: str) -> None:
    """For an installation that has a PUBLIC_URL, and so fills nothing by itself."""
    engine = make_engine(database_url)
    with SqlUnitOfWork(engine, announcer=NullAnnouncer(), clock=WallClock()) as uow:
        demo.seed_demo(uow, email=OWNER, password_hash="x", now=datetime.now(UTC))
        uow.commit()
    engine.dispose()


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Installation:
    """An installation under a folder of its own, started as `make run` starts it."""

    def __init__(self, folder: Path, port: int, **env: str) -> None:
        self.mark = f"THREEAWAY_TEST={uuid4()}"
        self.said_to = folder / "said"
        self.port = port
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder}/var/threeaway.db",
            "PORT": str(port),
            "OWNER_PASSWORD": PASSWORD,
            **dict([self.mark.split("=")]),
            **env,
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.said_to.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "app.py", "run"],
                cwd=ROOT,
                env=self._env,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def check(self) -> str:
        """What `app.py check` says of it in another terminal."""
        command = [sys.executable, "app.py", "check"]
        checked = subprocess.run(
            command, cwd=ROOT, env=self._env, capture_output=True, text=True, check=False
        )
        return checked.stdout + checked.stderr

    @property
    def database_url(self) -> str:
        return self._env["DATABASE_URL"]

    @property
    def said(self) -> str:
        return self.said_to.read_text(encoding="utf-8")

    def says(self, text: str) -> None:
        eventually(lambda: text in self.said, otherwise=lambda: f"no {text!r} in:\n{self.said}", within=30)

    def leaves_nothing(self) -> None:
        eventually(
            lambda: not marked_with(self.mark), otherwise=lambda: f"still there: {marked_with(self.mark)}"
        )
