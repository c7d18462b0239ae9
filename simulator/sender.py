"""The sender of the simulator's channels: what a real phone would show, kept where the browser can see it.

It must never send anything off this machine, and serves channels named `sim-…` only. The page is told by the unit of
work, after the commit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.conversation.messages import Message
from domain.errors import SendError, SendFault
from domain.ports import Clock, Outgoing, Sent, UnitOfWork

_SCREEN = 60  # messages looked back at

Render = Callable[[Message], list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class SimulatorSender:
    """The `Sender` of one simulated channel; `render` is the real channel's own."""

    channel: str
    render: Render
    uow: Callable[[], UnitOfWork]
    clock: Clock

    def send(self, outgoing: Outgoing) -> Sent:
        if not self.channel.startswith("sim-"):
            raise SendError(SendFault.OURS, code="not-simulated")
        shown = 0
        with self.uow() as uow:
            for message in outgoing.messages:
                shown = self._show(uow, outgoing.handle, message)
            self._take_buttons(uow, outgoing)
            outdated = _number(outgoing.supersedes)
            if outdated and outdated != shown:
                uow.phones.remove(outdated, channel=self.channel, handle=outgoing.handle)
            uow.commit()
        return Sent(str(shown))

    def _show(self, uow: UnitOfWork, handle: str, message: Message) -> int:
        """In place of the message that it replaces, or anew where that one can't be found any more."""
        shown = 0
        edited = _number(message.replaces)
        for payload in self.render(message):
            may_edit = edited and payload.get("method") != "sendMessage"
            if may_edit and uow.phones.edit(edited, channel=self.channel, handle=handle, payload=payload):
                shown, edited = edited, 0
                continue
            shown = uow.phones.show(
                channel=self.channel, handle=handle, payload=payload, mine=False, now=self.clock.now()
            )
        return shown

    def _take_buttons(self, uow: UnitOfWork, outgoing: Outgoing) -> None:
        closed = _number(outgoing.closes)
        if not closed:
            return
        for message in uow.phones.screen(channel=self.channel, handle=outgoing.handle, limit=_SCREEN):
            if message.id == closed:
                left = {name: part for name, part in message.payload.items() if name != "reply_markup"}
                uow.phones.edit(closed, channel=self.channel, handle=outgoing.handle, payload=left)


def _number(provider_id: str | None) -> int:
    """Ours are numbers; 0 for none, and for what never was one of ours."""
    return int(provider_id) if provider_id is not None and provider_id.isdecimal() else 0
