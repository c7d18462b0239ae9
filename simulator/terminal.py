"""A phone in the terminal: a line in, the answers out. Serves channels named `sim-…` only, on this machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from domain.conversation.inbox import work_inbox
from domain.ports import PhoneMessage, Services
from domain.use_cases.deliver import work_outbox
from domain.use_cases.live import look_for_changes, refresh
from domain.use_cases.receive import receive
from simulator import handset
from simulator.record import Said, Step, as_test

SCREEN = 30  # messages looked back at
MOST_SENT = 200  # rows of the outbox worked after a line


def terminal_chat(
    services: Services,
    channel: str,
    handle: str,
    lines_in: Iterable[str],
    out: TextIO,
    *,
    record: Path | None,
) -> None:
    """Plays one person until the lines end. An empty line only looks; the number or label of a button taps it.

    `record` names a file to which the session is written as a transcript test.
    """
    phone = _Phone(services, channel, handle)
    phone.look()
    steps = []
    for line in lines_in:
        did = phone.do(line.strip())
        shown = phone.look()
        for message in shown:
            _print(message, out)
        steps.append(Step(did, tuple(message.payload for message in shown)))
    if record is not None:
        record.write_text(as_test(channel, steps), encoding="utf-8")


@dataclass(slots=True)
class _Phone:
    services: Services
    channel: str
    handle: str
    seen: dict[int, Mapping[str, object]] = field(default_factory=dict)
    newest: list[PhoneMessage] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)

    def do(self, line: str) -> Said:
        """Sends the line, as a tap where it names a button of the newest message, and has it answered."""
        if not line:
            self._deliver()
            return Said("looks")
        message, button = self._button(line)
        if message is None or button is None:
            self._send(handset.written(self.channel, self.handle, line, at=self._now()), shows=line)
            return Said("says", line)
        tap = handset.tapped(self.channel, self.handle, button, shown_in=message.id, at=self._now())
        self._send(tap, shows=button.label)
        return Said("picks", button.label, button.mark)

    def look(self) -> list[PhoneMessage]:
        """The messages that are new or were edited since the last look."""
        with self.services.uow() as uow:
            screen = uow.phones.screen(channel=self.channel, handle=self.handle, limit=SCREEN)
        theirs = [message for message in screen if not message.mine]
        fresh = [message for message in theirs if self._is_news(message)]
        self.seen.update({message.id: message.payload for message in theirs})
        self.newest = fresh or self.newest
        return fresh

    def _is_news(self, message: PhoneMessage) -> bool:
        """Not what has only lost its buttons."""
        seen = self.seen.get(message.id)
        without_buttons = {name: part for name, part in (seen or {}).items() if name != "reply_markup"}
        return seen is None or message.payload not in (seen, without_buttons)

    def _button(self, line: str) -> tuple[PhoneMessage, handset.Button] | tuple[None, None]:
        """The one that the line names below the messages of the last look, the latest first."""
        wanted = line.casefold()
        for message in reversed(self.newest):
            for button in handset.buttons(message.payload):
                if wanted in {button.mark, button.label.casefold()}:
                    return message, button
        return None, None

    def _now(self) -> datetime:
        return self.services.clock.now()

    def _send(self, payload: dict[str, object], *, shows: str) -> None:
        now = self._now()
        with self.services.uow() as uow:
            uow.phones.show(
                channel=self.channel, handle=self.handle, payload={"text": shows}, mine=True, now=now
            )
            receive(
                uow,
                channel=self.channel,
                handle=self.handle,
                provider_id=handset.provider_id(payload),
                payload=payload,
                now=now,
            )
            uow.commit()
        work_inbox(self.services, self.channel, self.handle)
        self._deliver()

    def _deliver(self) -> None:
        """Whatever is due now: nobody else may be there to send it."""
        now = self._now()
        with self.services.uow() as uow:
            due = uow.outbox.due(now=now, hinted_before=now, limit=MOST_SENT)
        work_outbox(self.services, [outbox_id for outbox_id, _ in due])
        self.marks = look_for_changes(self.services, self.marks)
        while refresh(self.services):
            pass


def _print(message: PhoneMessage, out: TextIO) -> None:
    for line in handset.lines(message.payload):
        print(line, file=out)
    print(file=out, flush=True)
