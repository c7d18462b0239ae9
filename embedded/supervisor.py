"""Runs several processes as one: their lines named, the dead started again, all stopped together.

For `make run` only; in production the platform does this. It must never outlive or be outlived.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from embedded.process import die_with_parent

_LONGEST_LINE = 64 * 1024
_STEADY_AFTER = 10.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A process to keep running. Those that others lean on stop last."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    stops_last: bool = False


def nothing_to_announce() -> bool:
    return True


class Supervisor:
    """Keeps commands running from `run` until SIGINT or SIGTERM. Only the main thread may use it."""

    def __init__(self, commands: Sequence[Command], *, out: BinaryIO, patience: float = 5) -> None:
        width = max((len(command.name) for command in commands), default=0)
        self._out = out
        self._children = [_Child(command, label=f"{command.name:<{width}} | ") for command in commands]
        self._patience = patience
        self._asked_to_stop = False

    def run(self, *, announce: Callable[[], bool] = nothing_to_announce) -> None:
        """Returns when all have stopped. `announce` is called now and then until it says True."""
        before = {
            number: signal.signal(number, self._stop_soon) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            announced = False
            while not self._asked_to_stop:
                self._turn()
                announced = announced or announce()
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _turn(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None and child.due_at <= now:
                child.start()
            elif child.has_ended():
                self._write(child.last_lines())
                self._say(child, child.plan_restart(now=now))
        self._pass_on_output(within=0.1)

    def _pass_on_output(self, *, within: float) -> None:
        with selectors.DefaultSelector() as selector:
            for child in self._children:
                if child.output is not None:
                    selector.register(child.output, selectors.EVENT_READ, child)
            if not selector.get_map():
                time.sleep(within)
            for key, _ in selector.select(within):
                self._write(key.data.new_lines())

    def _stop_soon(self, _number: int, _frame: object) -> None:
        self._asked_to_stop = True

    def _stop_all(self) -> None:
        for last in (False, True):
            self._stop([child for child in self._children if child.command.stops_last is last])

    def _stop(self, children: "list[_Child]") -> None:
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline and any(child.is_running() for child in children):
            self._pass_on_output(within=0.05)
        for child in children:
            if child.is_running():
                self._say(child, f"did not stop within {self._patience:g} s and was killed")
            self._write(child.end())

    def _say(self, child: "_Child", text: str) -> None:
        self._write([child.label + text.encode() + b"\n"])

    def _write(self, lines: list[bytes]) -> None:
        try:
            self._out.writelines(lines)
            self._out.flush()
        except BrokenPipeError:  # nobody reads us any more, as after `| head`
            self._asked_to_stop = True


class _Child:
    """One command's process, or the wait for its next start."""

    def __init__(self, command: Command, *, label: str) -> None:
        self.command = command
        self.label = label.encode()
        self.process: subprocess.Popen[bytes] | None = None
        self.output: int | None = None
        self.due_at = 0.0
        self._started_at = 0.0
        self._pause = _FIRST_PAUSE
        self._unfinished = b""

    def start(self) -> None:
        self._started_at = time.monotonic()
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        try:
            self.process = subprocess.Popen(
                self.command.argv,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.command.env},
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,  # a Ctrl-C in the terminal is for us alone
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - the main thread starts children
            )
        finally:
            os.close(writing)
        self.output = reading

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_end(self) -> None:
        if self.process is not None and self.is_running():
            self.process.terminate()

    def end(self) -> list[bytes]:
        """Leave nothing of it behind; returns its last lines."""
        if self.process is None:
            return []
        self._kill_group()
        self.process.wait()
        self.process = None
        return self.last_lines()

    def plan_restart(self, *, now: float) -> str:
        """To be called when it has ended; returns what there is to say about it."""
        assert self.process is not None
        end = _how_it_ended(self.process.returncode)
        self._kill_group()  # what it had started itself may still hold its port
        self.process = None
        if now - self._started_at >= _STEADY_AFTER:
            self._pause = _FIRST_PAUSE
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        self.due_at = now + pause
        return f"{end}; starting it again in {pause:g} s"

    def new_lines(self) -> list[bytes]:
        """The whole lines that came since, each with its label."""
        text = self._unfinished + self._read()
        whole, separator, self._unfinished = text.rpartition(b"\n")
        if len(self._unfinished) > _LONGEST_LINE:
            whole, separator, self._unfinished = text, b"\n", b""
        return [self.label + line + b"\n" for line in whole.split(b"\n")] if separator else []

    def last_lines(self) -> list[bytes]:
        """All that is left to read; closes the pipe."""
        while text := self._read():
            self._unfinished += text
        self._close()
        if self._unfinished and not self._unfinished.endswith(b"\n"):
            self._unfinished += b"\n"
        return self.new_lines()

    def _read(self) -> bytes:
        """What there is to read now: nothing when there is nothing, or when nobody will write any more."""
        if self.output is None:
            return b""
        try:
            text = os.read(self.output, 65536)
        except BlockingIOError:
            return b""
        if not text:
            self._close()
        return text

    def _close(self) -> None:
        if self.output is not None:
            os.close(self.output)
            self.output = None

    def _kill_group(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError, PermissionError):  # macOS says "permission" for a group of zombies
            os.killpg(self.process.pid, signal.SIGKILL)


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
