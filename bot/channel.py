"""Telegram as the core sees it. The client's library is loaded when the first message goes, and not before: half of
all processes never send one.
"""

from dataclasses import dataclass
from functools import cached_property

from bot.read import read
from bot.render import CAPABILITIES, render
from domain.ports import Channel, Outgoing, Pace, Sender


def telegram_channel(*, token: str, api_url: str, pace: Pace) -> Channel:
    return Channel(
        name="telegram",
        capabilities=CAPABILITIES,
        read=read,
        render=render,
        sender=SenderAtNeed(token=token, api_url=api_url, pace=pace),
    )


@dataclass(frozen=True)
class SenderAtNeed:
    """Makes the real sender at the first message."""

    token: str
    api_url: str
    pace: Pace

    def send(self, outgoing: Outgoing) -> str:
        return self._sender.send(outgoing)

    @cached_property
    def _sender(self) -> Sender:
        from bot.client import TelegramClient
        from bot.sender import TelegramSender

        client = TelegramClient(self.token, api_url=self.api_url)
        return TelegramSender(client, self.pace, render)
