"""A Valkey that can be killed and come back at the same address, with nothing left of what it held."""

import signal
import socket
import subprocess
import time
from types import TracebackType
from typing import Self

from embedded.process import LOOPBACK, die_with_parent, free_port
from embedded.valkey import valkey_command


class MortalValkey:
    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://{LOOPBACK}:{self._port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            valkey_command(port=self._port, data=None),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - tests start servers from the main thread
        )
        deadline = time.monotonic() + 10
        while not self._listens():
            assert time.monotonic() < deadline, "Valkey did not come up"
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.kill()

    def _listens(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=0.2):
                return True
        except OSError:
            return False
