"""Addresses of our own files, which change whenever the file does, so that no browser keeps an old one."""

import hashlib
from functools import cache
from pathlib import Path

from flask import url_for

_STATIC = Path(__file__).parent / "static"


def address(name: str) -> str:
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
