"""HTTP/1.1 as far as the doubles of providers need it: a server, and a client that delivers webhooks.

Small rather than complete: benchmarks run through it, and it must not be what they measure.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    content_type: str = "application/json"

    @classmethod
    def of_json(cls, status: int, body: object) -> "Response":
        return cls(status, json.dumps(body).encode())


DROP = Response(0, b"")  # not an answer: the connection is closed without one
Handler = Callable[[Request], "Response | Awaitable[Response]"]


class ServerConnection(asyncio.Protocol):
    """One connection of a client; answers its requests one after the other."""

    def __init__(self, handler: Handler, connections: "set[ServerConnection]") -> None:
        self._handler = handler
        self._connections = connections
        self._unread = b""
        self._answering: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._answering is not None:
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._read_on()

    def close(self) -> None:
        self._transport.abort()

    def _read_on(self) -> None:
        while self._answering is None and (request := self._next_request()) is not None:
            answer = self._handler(request)
            if isinstance(answer, Response):
                self._send(answer)
            else:
                self._answering = asyncio.ensure_future(self._answer_later(answer))

    async def _answer_later(self, answer: Awaitable[Response]) -> None:
        response = await answer
        self._answering = None
        self._send(response)
        self._read_on()

    def _send(self, response: Response) -> None:
        if response is DROP:
            self._transport.abort()
            return
        head = (
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
            f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + response.body)

    def _next_request(self) -> Request | None:
        head, found, rest = self._unread.partition(b"\r\n\r\n")
        if not found:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = _headers(lines)
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self._unread = rest[length:]
        method, path, _ = first.split(" ")
        return Request(method=method, path=path, headers=headers, body=rest[:length])


class Client:
    """Posts JSON over connections that it keeps; plain HTTP only."""

    def __init__(self) -> None:
        self._idle: dict[str, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises OSError, or asyncio.IncompleteReadError when the other side hung up."""
        parts = urlsplit(url)
        lines = [
            f"POST {parts.path or '/'} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        sent = "\r\n".join([*lines, "", ""]).encode() + body
        idle = self._idle.setdefault(parts.netloc, [])
        while idle:
            connection = idle.pop()
            try:
                return await self._exchange(parts.netloc, connection, sent)
            except asyncio.IncompleteReadError as end:
                # A server may close a kept connection at any time; what it did not begin to answer goes again.
                if end.partial:
                    raise
            except ConnectionError:
                continue
        opened = await asyncio.open_connection(parts.hostname, parts.port or 80)
        return await self._exchange(parts.netloc, opened, sent)

    async def _exchange(
        self, netloc: str, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], sent: bytes
    ) -> tuple[int, bytes]:
        reader, writer = connection
        try:
            writer.write(sent)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = _headers(head[1:-2])
            body = await _body(reader, headers)
        except BaseException:
            writer.close()
            raise
        if headers.get("connection", "").lower() == "close" or "content-length" not in headers:
            writer.close()
        else:
            self._idle[netloc].append(connection)
        return int(head[0].split(" ")[1]), body

    def close(self) -> None:
        for _, writer in (kept for idle in self._idle.values() for kept in idle):
            writer.close()
        self._idle.clear()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding", "") != "chunked":
        return await reader.read()
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    return body


def _headers(lines: list[str]) -> dict[str, str]:
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
