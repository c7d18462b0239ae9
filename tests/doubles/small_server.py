"""A double's server, on a loop and a thread of its own: what all doubles of providers have in common."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from tests.doubles.small_http import Request, Response, ServerConnection
from tests.doubles.waiting import Found, wait_for


class SmallServer:
    """A context manager; `changing` guards what a double knows, and tells whoever waits of each change.

    A double says in `_handle` what it answers, and in `_end` what has to end before its connections do.
    """

    def __init__(self, *, name: str, port: int) -> None:
        self.changing = threading.Condition(threading.RLock())
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._connections: set[ServerConnection] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._on_the_loop(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._on_the_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(
        self,
        truth: Callable[[], Found | None],
        *,
        within: float = 10,
        otherwise: Callable[[], str] = lambda: "never",
    ) -> Found:
        """What `truth` returned as soon as that was something. Raises AssertionError."""
        return wait_for(self.changing, truth, within=within, otherwise=otherwise)

    def is_left_alone(self) -> bool:
        """Whether nobody is connected, so that no question waits for its answer."""
        return not self._connections

    def drop_connections(self) -> None:
        """End every connection, as a restart of the server would."""
        self._loop.call_soon_threadsafe(self._drop_connections)

    def _handle(self, request: Request) -> Response | Awaitable[Response]:
        raise NotImplementedError

    def _end(self) -> None:
        """Nothing, as a rule."""

    def _drop_connections(self) -> None:
        for connection in set(self._connections):
            connection.close()

    def _on_the_loop(self, what: Any) -> Any:
        started: Future[Any] = asyncio.run_coroutine_threadsafe(what, self._loop)
        return started.result(timeout=10)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: ServerConnection(self._handle, self._connections), "127.0.0.1", self.port, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._end()
        self._drop_connections()
        mine = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not mine]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # once more round the loop: that is when connections learn of their end
