"""Twilio's own OpenAPI description, served by prism: it refuses what the description doesn't allow.

Both come from npm (`tests/twilio/openapi`); without node or the packages there is nothing to run, and `missing()`
says so.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import requests

from embedded.process import free_port

HERE = Path(__file__).parent / "openapi"
PRISM = HERE / "node_modules/.bin/prism"
DESCRIPTIONS = HERE / "node_modules/@twilio/cli-core/src/services/twilio-api"
PARTS = ("twilio_api_v2010", "twilio_content_v1", "twilio_messaging_v1", "twilio_messaging_v2")
# What of it is looked at: prism takes long over the whole.
USED = re.compile(
    r"/2010-04-01/Accounts/\{\w+\}(/Messages(/\{\w+\})?|/IncomingPhoneNumbers)?\.json"
    r"|/v1/Content(/.*)?|/v1/ContentAndApprovals|/v1/Services/\{\w+\}(/PhoneNumbers)?|/v2/Channels/Senders(/.*)?"
)


def missing() -> str:
    """Why there is nothing to run; empty where there is."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not PRISM.exists() or not DESCRIPTIONS.exists():
        return "prism is not installed: npm ci --prefix tests/twilio/openapi"
    return ""


@contextmanager
def prism_before(upstream: str, folder: Path) -> Iterator[str]:
    """The root of a server that lets through to `upstream` what the description allows, and answers 422 to the rest."""
    described = folder / "twilio.json"
    described.write_text(json.dumps(description()))
    port = free_port()
    command = [str(PRISM), "proxy", "--errors", "--host", "127.0.0.1", "--port", str(port)]
    command += [str(described), upstream]
    with (folder / "prism.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    root = f"http://127.0.0.1:{port}"
    try:
        _wait_for(root, process, folder / "prism.log")
        yield root
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@cache
def description() -> dict[str, Any]:
    """The parts that we use, as one. Of requests alone: Twilio's own examples of answers break what it says of them."""
    parts = [json.loads((DESCRIPTIONS / f"{part}.json").read_text()) for part in PARTS]
    whole: dict[str, Any] = parts[0] | {"servers": [], "paths": {}, "components": {}}
    for part in parts:
        whole["paths"] |= {path: item for path, item in part["paths"].items() if USED.fullmatch(path)}
        for kind, named in part["components"].items():
            whole["components"][kind] = whole["components"].get(kind, {}) | named
    for item in whole["paths"].values():
        item.pop("servers", None)
        for method in {"get", "post", "delete"} & item.keys():
            item[method]["responses"] = {"default": {"description": "whatever"}}
    return whole


def named(route: str) -> set[str]:
    """The parameters of a query or form that the description knows; prism lets others pass."""
    method, _, path = route.partition(" ")
    for template, item in description()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in item:
            asked = item[method.lower()]
            names = {parameter["name"] for parameter in asked.get("parameters", [])}
            for content in asked.get("requestBody", {}).get("content", {}).values():
                names |= _properties(content["schema"])
            return names
    raise AssertionError(f"Twilio describes no {route}")


def _properties(schema: dict[str, Any]) -> set[str]:
    if reference := schema.get("$ref", ""):
        schema = description()["components"]["schemas"][reference.rpartition("/")[2]]
    return set(schema["properties"])


def _wait_for(root: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(requests.ConnectionError):
            requests.get(root, timeout=5)
            return
        time.sleep(0.05)
    raise AssertionError(f"prism did not start: {log.read_text()[-2000:]}")
