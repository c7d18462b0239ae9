"""Reading the Procfile, so that `make run` starts what production starts; it must never start anything."""

import os
import shlex
import sys
from pathlib import Path

PROCFILE = Path(__file__).parent.parent / "Procfile"


def read_procfile(path: Path = PROCFILE) -> dict[str, list[str]]:
    """Each process's name and its command line, in the file's order."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {name.strip(): shlex.split(command) for name, _, command in pairs}


def path_with_our_programs() -> str:
    """A PATH on which `python` and `gunicorn` are this environment's."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
