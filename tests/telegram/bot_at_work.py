"""An installation's processes for tests that kill them: the bot, the inbox worker, the clock; and what became of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select

from persistence.engine import make_engine
from persistence.tables import inbox, outbox
from tests.repo.documents import ROOT
from tests.telegram.bot_api import TOKEN


class BotAtWork:
    """Processes on one database, all against the same Bot API server."""

    def __init__(self, *, folder: Path, database_url: str, api_root: str, redis_url: str = "") -> None:
        self._said = folder / "said"
        self._engine: Engine = make_engine(database_url)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "k" * 40,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": api_root,
        }

    def start(self, *command: str, **env: str) -> subprocess.Popen[bytes]:
        with self._said.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.env | env, stdout=out, stderr=subprocess.STDOUT
            )
        self._processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8") if self._said.exists() else ""

    def texts(self) -> dict[str, list[str]]:
        """What people wrote, chat by chat, in the order of the inbox."""
        found: dict[str, list[str]] = {}
        with self._engine.connect() as connection:
            for handle, payload in connection.execute(
                select(inbox.c.handle, inbox.c.payload).order_by(inbox.c.id)
            ):
                found.setdefault(handle, []).append(payload.get("message", {}).get("text", ""))
        return found

    def unprocessed(self) -> int:
        with self._engine.connect() as connection:
            wanted = select(func.count()).select_from(inbox).where(inbox.c.processed_at.is_(None))
            return connection.execute(wanted).scalar_one()

    def failed(self) -> list[str]:
        with self._engine.connect() as connection:
            return list(connection.execute(select(inbox.c.error).where(inbox.c.error.is_not(None))).scalars())

    def answers(self) -> list[str]:
        """The keys of what was put into the outbox: one for each message that was answered."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(outbox.c.dedupe_key).order_by(outbox.c.id)).scalars())

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                self.kill(process)
        self._engine.dispose()


@contextmanager
def bot_at_work(
    *, folder: Path, database_url: str, api_root: str, redis_url: str = ""
) -> Iterator[BotAtWork]:
    at_work = BotAtWork(folder=folder, database_url=database_url, api_root=api_root, redis_url=redis_url)
    try:
        yield at_work
    finally:
        at_work.close()
