"""The supervisor, over real processes: nothing is lost in the output, nothing is left running."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import dies, eventually, is_alive

SUPERVISE = """
import json, sys
from embedded.supervisor import Command, Supervisor
commands = [
    Command(name=name, argv=[sys.executable, "-c", program], stops_last=name.startswith("base"))
    for name, program in json.loads(sys.argv[1]).items()
]
Supervisor(commands, out=sys.stdout.buffer, patience=1).run()
print("all stopped")
"""
STAYS = "import time; print('up', flush=True); time.sleep(60)"
SAYS_GOODBYE = """
import signal, sys, time
def leave(*_):
    print("goodbye", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("up", flush=True)
time.sleep(60)
"""
IGNORES_US = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{STAYS}"


class Supervised:
    """A supervisor in a process of its own, and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._said.read_text().splitlines()]

    def hears(self, line: str, *, times: int = 1) -> None:
        eventually(lambda: self.lines.count(line) >= times, otherwise=lambda: f"no {line!r} in {self.lines}")

    def stops(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0
        assert self.lines[-1] == "all stopped"


@contextmanager
def supervising(folder: Path, **programs: str) -> Iterator[Supervised]:
    said = folder / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, json.dumps(programs)], stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield Supervised(process, said)
    finally:
        process.kill()
        process.wait()


def writes_its_pid(path: Path, then: str = STAYS) -> str:
    return f"import os, pathlib; pathlib.Path({str(path)!r}).write_text(str(os.getpid()))\n{then}"


def pid_in(path: Path) -> int:
    eventually(lambda: path.exists() and path.read_text() != "", otherwise=lambda: f"nothing in {path}")
    return int(path.read_text())


def test_each_line_carries_the_name_of_its_process(tmp_path: Path) -> None:
    with supervising(tmp_path, web=STAYS, worker=STAYS) as supervised:
        supervised.hears("web    | up")
        supervised.hears("worker | up")


def test_an_unfinished_last_line_is_not_lost(tmp_path: Path) -> None:
    with supervising(tmp_path, web="import sys; sys.stdout.write('first\\nno newline')") as supervised:
        supervised.hears("web | first")
        supervised.hears("web | no newline")


def test_a_large_output_comes_through_whole(tmp_path: Path) -> None:
    program = (
        "import time\nfor n in range(20000): print(n, 'x' * 20)\nprint('end', flush=True); time.sleep(60)"
    )
    with supervising(tmp_path, web=program) as supervised:
        supervised.hears("web | end")
        assert supervised.lines[:-1] == [f"web | {n} {'x' * 20}" for n in range(20000)]


def test_one_that_dies_is_started_again_and_later_each_time(tmp_path: Path) -> None:
    with supervising(tmp_path, web=STAYS, worker="raise SystemExit(3)") as supervised:
        supervised.hears("worker | ended with exit code 3; starting it again in 0.5 s")
        supervised.hears("worker | ended with exit code 3; starting it again in 1 s")
        assert supervised.lines.count("web    | up") == 1


def test_one_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with supervising(tmp_path, web=writes_its_pid(tmp_path / "pid")) as supervised:
        supervised.hears("web | up")
        os.kill(pid_in(tmp_path / "pid"), signal.SIGKILL)
        supervised.hears("web | was ended by SIGKILL; starting it again in 0.5 s")
        supervised.hears("web | up", times=2)


def test_a_stop_lets_each_say_goodbye_and_the_base_last(tmp_path: Path) -> None:
    with supervising(tmp_path, base=SAYS_GOODBYE, web=SAYS_GOODBYE) as supervised:
        supervised.hears("base | up")
        supervised.hears("web  | up")
        supervised.stops()
        assert [line for line in supervised.lines if "goodbye" in line] == [
            "web  | goodbye",
            "base | goodbye",
        ]


def test_one_that_ignores_a_stop_is_killed(tmp_path: Path) -> None:
    with supervising(tmp_path, web=writes_its_pid(tmp_path / "pid", IGNORES_US)) as supervised:
        supervised.hears("web | up")
        supervised.stops()
        assert "web | did not stop within 1 s and was killed" in supervised.lines
        assert not is_alive(pid_in(tmp_path / "pid"))


def test_a_stop_during_a_pause_ends_at_once(tmp_path: Path) -> None:
    with supervising(tmp_path, web="raise SystemExit(3)") as supervised:
        supervised.hears("web | ended with exit code 3; starting it again in 0.5 s")
        before = time.monotonic()
        supervised.stops()
        assert time.monotonic() - before < 0.9


def test_what_a_dead_process_had_started_is_gone_before_it_starts_again(tmp_path: Path) -> None:
    grandchild = writes_its_pid(tmp_path / "pid")
    program = textwrap.dedent(f"""
        import pathlib, subprocess, sys, time
        if pathlib.Path({str(tmp_path / "pid")!r}).exists():
            time.sleep(60)
        subprocess.Popen([sys.executable, "-c", {grandchild!r}])
        while not pathlib.Path({str(tmp_path / "pid")!r}).exists():
            time.sleep(0.01)
        raise SystemExit(4)
    """)
    with supervising(tmp_path, web=program) as supervised:
        supervised.hears("web | ended with exit code 4; starting it again in 0.5 s")
        dies(pid_in(tmp_path / "pid"))


def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with supervising(tmp_path, web=writes_its_pid(tmp_path / "pid")) as supervised:
        child = pid_in(tmp_path / "pid")
        supervised.hears("web | up")
        supervised.process.kill()
        dies(child)
