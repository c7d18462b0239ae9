"""The product's own processes, as the Procfile names them, around one database and one Valkey. Never a stand-in."""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.process import LOOPBACK, Server, answers_http, die_with_parent, free_port, wait_for
from embedded.procfile import path_with_our_programs, read_procfile
from embedded.valkey import start_valkey

ROOT = Path(__file__).parent.parent


class DidNotStart(RuntimeError):
    """A process of ours ended, or never answered; the message is the end of what it logged."""


@dataclass(frozen=True, slots=True)
class Installation:
    environ: Mapping[str, str]
    redis_url: str
    valkey_pid: int
    folder: Path

    @contextmanager
    def web(self) -> Iterator[Server]:
        port = free_port()
        url = f"http://{LOOPBACK}:{port}"
        with self.process("web", url=url, PORT=str(port)) as server:
            if not wait_for(server.process, ready=lambda: answers_http(f"{url}/healthz"), within=20):
                raise DidNotStart(self.said("web"))
            yield server

    @contextmanager
    def process(self, name: str, *, url: str = "", **more: str) -> Iterator[Server]:
        """The process of that line of the Procfile."""
        with self.command(name, read_procfile()[name], url=url, **more) as server:
            yield server

    @contextmanager
    def command(self, name: str, arguments: Sequence[str], *, url: str = "", **more: str) -> Iterator[Server]:
        """Something beside the product's own, in the same surroundings."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                arguments,
                cwd=ROOT,
                env={**self.environ, **more},  # nothing of ours: a developer's own settings are not measured
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - started from the main thread
            )
        with Server(url=url, process=process) as server:
            yield server

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]


@contextmanager
def told(module: str, order: Mapping[str, object]) -> Iterator[subprocess.Popen[str]]:
    """A process of the benchmark itself, once it has read its order, a line of JSON, and said that it is ready."""
    arguments = [sys.executable, "-m", module]
    with subprocess.Popen(
        arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        yield process


@contextmanager
def installation(database_url: str) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="threeaway-bench-") as folder, start_valkey() as valkey:
        environ = {
            "PATH": path_with_our_programs(),
            "DATABASE_URL": database_url,
            "REDIS_URL": valkey.url,
            "VAR_DIR": folder,
            "PUBLIC_URL": "",
            "HOST": LOOPBACK,
        }
        yield Installation(environ, valkey.url, valkey.process.pid, Path(folder))
