"""`python app.py run`, as a person starts and stops it: real processes, real ports, nothing left over."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest

from embedded.process import free_port
from tests.processes import eventually, marked_with
from tests.repo.documents import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are watched through /proc")


class Installation:
    """An installation under a folder of its own, started as `make run` starts it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.mark = f"THREEAWAY_TEST={uuid4()}"
        self.said_to = folder / "said"
        self.port = port
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder}/var/threeaway.db",
            "PORT": str(port),
            **dict([self.mark.split("=")]),
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

    @property
    def said(self) -> str:
        return self.said_to.read_text(encoding="utf-8")

    def says(self, text: str) -> None:
        eventually(lambda: text in self.said, otherwise=lambda: f"no {text!r} in:\n{self.said}", within=30)

    def leaves_nothing(self) -> None:
        eventually(
            lambda: not marked_with(self.mark), otherwise=lambda: f"still there: {marked_with(self.mark)}"
        )


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path, free_port())


def test_it_says_where_to_look_and_answers_there(installation: Installation) -> None:
    with installation.running():
        installation.says(f"ThreeAway runs at http://127.0.0.1:{installation.port}/")
        with urlopen(f"http://127.0.0.1:{installation.port}/healthz") as answer:
            assert answer.status == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_orderly_and_leaves_nothing_running(
    installation: Installation, how: signal.Signals
) -> None:
    with installation.running() as process:
        installation.says("ThreeAway runs at")
        assert len(marked_with(installation.mark)) >= 7
        process.send_signal(how)
        assert process.wait(15) == 0
        assert installation.said.endswith("Everything has stopped.\n")
        assert "was killed" not in installation.said
        installation.leaves_nothing()


def test_nothing_is_left_running_when_it_is_killed(installation: Installation) -> None:
    with installation.running() as process:
        installation.says("ThreeAway runs at")
        process.kill()
        process.wait()
        installation.leaves_nothing()


def test_a_taken_port_is_said_and_the_next_one_used(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)), installation.running():
        installation.says(f"Port {installation.port} is taken by another program; using")
        installation.says("ThreeAway runs at")


def test_a_wrong_environment_is_said_in_plain_words() -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "run"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": "http", "LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 3
    assert "PORT must be" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrating_makes_the_database(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "migrate"],
        cwd=ROOT,
        env={"VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/new/threeaway.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "threeaway.db").exists()
