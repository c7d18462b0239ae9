"""What processes cost, in seconds of a core, as Linux's /proc tells. Never a process's own opinion of it."""

import os
from collections.abc import Collection
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT = 1  # counted from the field after the name, which may itself hold spaces
_TIMES = slice(11, 15)  # user and system time, then those of children that have ended


def cpu_seconds(roots: Collection[int]) -> float:
    """Of these processes and all below them; what a child used that has ended is kept by its parent."""
    fields = {pid: found for pid in _all_pids() if (found := _fields(pid))}
    wanted = set(roots)
    while below := {pid for pid, found in fields.items() if int(found[_PARENT]) in wanted} - wanted:
        wanted |= below
    return sum(sum(map(int, fields[pid][_TIMES])) for pid in wanted if pid in fields) / _TICKS


def _all_pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
