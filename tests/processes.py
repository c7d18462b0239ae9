"""Watching processes from outside, for tests that kill them."""

import os
import time
from collections.abc import Callable
from pathlib import Path


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
