"""Starting servers as children that end with us; it must never stop a process that it didn't start."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.request import urlopen

LOOPBACK = "127.0.0.1"
NOBODY = 65534
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: a child between fork and exec must not take the loader's lock.
_LIBC = ctypes.CDLL(None, use_errno=True)


class ServerDidNotStart(RuntimeError):
    """A server's program is missing, ended at once, or never answered; the message is its own last words."""


@dataclass(slots=True)
class Server:
    """A running server and the address under which it answers; as a context manager it stops at the end."""

    url: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals = signal.SIGTERM

    def stop(self, *, patience: float = 10) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago; whoever binds it may still lose it to another."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def next_free_port(host: str, wanted: int) -> int:
    """`wanted`, or the first of the hundred after it that can be bound; raises OSError when none can."""
    for port in range(wanted, min(wanted + 100, 65535) + 1):
        if _may_bind(host, port):
            return port
    raise OSError(f"No port from {wanted} on can be bound at {host}.")


def _may_bind(host: str, port: int) -> bool:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        # As servers do: a port whose last connections are still winding down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


def answers_http(url: str) -> bool:
    """Whether somebody answers a GET with 200, now."""
    try:
        with urlopen(url, timeout=1) as answer:  # noqa: S310 - the URL is our own server's
            return bool(answer.status == 200)
    except OSError:
        return False


def die_with_parent(with_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """For Popen's `preexec_fn`: the kernel sends the signal to the child when we end, even by kill -9.

    Linux only; elsewhere it does nothing. The kernel watches the thread that started the child, so
    start children from the main thread. It forgets at a change of user: change that before.
    """
    parent = os.getpid()

    def in_child() -> None:
        if sys.platform != "linux":
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(with_signal))
        if os.getppid() != parent:  # we were gone before the kernel was asked
            os._exit(1)

    return in_child


def enter_user_namespace() -> None:
    """In a child: be uid 65534 to the program while our root's files stay readable (Linux)."""
    uid, gid = os.getuid(), os.getgid()
    if _LIBC.unshare(0x10000000) != 0:  # CLONE_NEWUSER
        raise OSError(ctypes.get_errno(), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{NOBODY} {uid} 1")
    _write("/proc/self/gid_map", f"{NOBODY} {gid} 1")


def wait_for(process: subprocess.Popen[bytes], *, ready: Callable[[], bool], within: float) -> bool:
    """Whether `ready` came true before the process ended or `within` seconds were over."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return True
        time.sleep(0.01)
    return False


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - between fork and exec, as little as can be
        file.write(text)
