"""A proxy as it stands before an installation: people reach it by https, and it speaks plain http inside.

It has no certificate, since what it does with one is not what we test: it says what such a proxy says.
"""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# A proxy names the server behind it, passes on what else a client says, and adds what it knows itself.
_OWN = {"host", "x-forwarded-proto", "x-forwarded-for", "connection"}


@contextmanager
def tls_proxy(*, inside: int) -> Iterator[int]:
    """Its port; `inside` is that of the server behind it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            passed = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            added = {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.client_address[0]}
            connection = http.client.HTTPConnection("127.0.0.1", inside, timeout=10)
            connection.request("POST", self.path, body, passed | added)
            answer = connection.getresponse()
            said = answer.read()
            connection.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing of it is anybody's business."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
