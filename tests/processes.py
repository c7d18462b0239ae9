"""Processes for tests that race or kill them, and a look at them from outside."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

Result = TypeVar("Result")
_start_line: Barrier


def eventually(truth: Callable[[], bool], *, otherwise: Callable[[], str], within: float = 10) -> None:
    deadline = time.monotonic() + within
    while not truth():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie doesn't."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


def dies(pid: int) -> None:
    eventually(lambda: not is_alive(pid), otherwise=lambda: f"process {pid} is still there")


def marked_with(mark: str) -> list[int]:
    """Every running process whose environment holds the mark, whoever its parent is by now."""
    return [pid for pid in _all_pids() if mark.encode() in _environment(pid) and is_alive(pid)]


def _all_pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def at_once(function: Callable[..., Result], *arguments: Any, runners: int) -> list[Result]:
    """What the function returned in each of several processes, all past their imports when they began.

    The function must be importable; an error in any of them is raised here.
    """
    spawning = get_context("spawn")
    line = spawning.Barrier(runners)
    with ProcessPoolExecutor(runners, mp_context=spawning, initializer=_walk_up_to, initargs=(line,)) as pool:
        running = [pool.submit(_run_from_the_line, function, *arguments) for _ in range(runners)]
        return [run.result() for run in running]


def _walk_up_to(line: Barrier) -> None:
    global _start_line  # noqa: PLW0603 - a pool hands a barrier to its processes in no other way
    _start_line = line


def _run_from_the_line(function: Callable[..., Result], *arguments: Any) -> Result:
    _start_line.wait(timeout=30)
    return function(*arguments)
