"""The embedded PostgreSQL starts for any user, keeps its data, and never outlives us."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded.postgres import start_postgres
from embedded.process import ServerDidNotStart
from tests.processes import dies

START_AND_WAIT = """
import sys, time
from pathlib import Path
from embedded.{module} import {function}
server = {function}(data=Path(sys.argv[1]))
print(server.process.pid, flush=True)
time.sleep(60)
"""
ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only the Linux kernel ends children with their parent"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach, unlike pytest's when we are root."""
    path = Path(tempfile.mkdtemp(prefix="threeaway-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_what_it_holds_survives_a_restart(folder: Path) -> None:
    with (
        start_postgres(data=folder / "data", durable=True) as server,
        psycopg.connect(server.url) as connection,
    ):
        connection.execute("CREATE TABLE kept (token text)")
    with (
        start_postgres(data=folder / "data", durable=True) as server,
        psycopg.connect(server.url) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files that PostgreSQL's user can't reach")
def test_root_may_keep_its_data_where_nobody_else_can_look(folder: Path) -> None:
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    with start_postgres(data=hidden / "data") as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with start_postgres(data=folder / "data"), pytest.raises(ServerDidNotStart, match="lock file"):
        start_postgres(data=folder / "data")


@ON_LINUX
@pytest.mark.parametrize(("module", "function"), [("postgres", "start_postgres"), ("valkey", "start_valkey")])
def test_nothing_is_left_of_a_server_when_its_starter_is_killed(
    folder: Path, module: str, function: str
) -> None:
    program = START_AND_WAIT.format(module=module, function=function)
    arguments = [sys.executable, "-c", program, str(folder / "data")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        os.kill(server, 0)
        starter.send_signal(signal.SIGKILL)
    dies(server)
