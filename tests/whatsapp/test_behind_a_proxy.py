"""gunicorn behind a proxy where TLS ends: Twilio signs the https address, and nobody else's word of it counts."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from embedded.process import answers_http, die_with_parent, free_port
from persistence import tables
from persistence.engine import make_engine
from tests.processes import eventually
from tests.repo.documents import ROOT
from tests.twilio.posts import Form, signed
from tests.whatsapp.posting import ACCOUNT, TOKEN, URL, whatsapp_form
from tests.whatsapp.tls_proxy import tls_proxy
from whatsapp.webhook import PATH


@pytest.fixture
def proxy(sqlite_url: str, tmp_path: Path) -> Iterator[int]:
    """The port of the proxy, with an installation behind it that Twilio posts to."""
    port, log = free_port(), tmp_path / "log"
    environ = {
        **os.environ,
        "PUBLIC_URL": URL,
        "DATABASE_URL": sqlite_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "k" * 40,
        "VAR_DIR": str(tmp_path),
        "PORT": str(port),
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": "+14155238886",
    }
    with log.open("wb") as file:
        web = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "app:create_app()"],
            cwd=ROOT,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - started from the main thread
        )
    try:
        eventually(
            lambda: answers_http(f"http://127.0.0.1:{port}/healthz"), otherwise=log.read_text, within=20
        )
        with tls_proxy(inside=port) as outside:
            yield outside
    finally:
        web.terminate()
        web.wait(10)


def post(port: int, form: Form, *, signed_for: str, token: str = TOKEN, **headers: str) -> tuple[int, bytes]:
    told = signed(signed_for, form, token=token).headers | {"Host": "queue.example.org"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", PATH, urlencode(form), told | named)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, said


def taken_in(sqlite_url: str) -> list[str]:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        found = list(connection.execute(select(tables.inbox.c.provider_id)).scalars())
    engine.dispose()
    return found


def test_twilio_is_believed_by_the_public_address_and_nobody_by_another(proxy: int, sqlite_url: str) -> None:
    genuine, form = URL + PATH, whatsapp_form("hi 😀")
    assert post(proxy, form, signed_for=f"{genuine}#rc=3&rp=all") == (200, b"<Response/>")
    forged = {"Host": "evil.example", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}
    again = whatsapp_form(sid="SM2")
    assert post(proxy, again, signed_for=f"https://evil.example{PATH}", **forged)[0] == 403
    assert (
        post(proxy, again, signed_for=f"http://queue.example.org{PATH}", X_Forwarded_Proto="http")[0] == 403
    )
    assert post(proxy, again, signed_for=f"http://127.0.0.1{PATH}", Host="127.0.0.1")[0] == 403
    assert post(proxy, again, signed_for=genuine, token="x" * 32)[0] == 403
    assert taken_in(sqlite_url) == ["SM1"]
    # What a request says of its address changes nothing where Twilio signed the right one.
    assert post(proxy, again, signed_for=genuine, **forged)[0] == 200
    assert taken_in(sqlite_url) == ["SM1", "SM2"]
