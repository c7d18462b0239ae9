"""Telegram as the core sees it. The client's library is loaded when the first message is read or goes, and not before:
half of all processes never see one.
"""

from collections.abc import Mapping
from threading import Lock

from bot import CHANNEL
from bot.render import CAPABILITIES, render
from domain.conversation.messages import Incoming
from domain.ports import Channel, Outgoing, Pace, Sender, Sent


def telegram_channel(*, token: str, api_url: str, rate: float, pace: Pace) -> Channel:
    return Channel(
        name=CHANNEL,
        capabilities=CAPABILITIES,
        read=read,
        render=render,
        sender=SenderAtNeed(token=token, api_url=api_url, rate=rate, pace=pace),
    )


def read(payload: Mapping[str, object], *, channel: str = CHANNEL) -> Incoming:
    """See `bot.read`."""
    from bot.read import read

    return read(payload, channel=channel)


class SenderAtNeed:
    """Makes the real sender at the first message. Threads may share it."""

    def __init__(self, *, token: str, api_url: str, rate: float, pace: Pace) -> None:
        self._token, self._api_url, self._rate, self._pace = token, api_url, rate, pace
        self._lock = Lock()
        self._sender: Sender | None = None

    def send(self, outgoing: Outgoing) -> Sent:
        return self._at_hand().send(outgoing)

    def _at_hand(self) -> Sender:
        with self._lock:
            if self._sender is None:
                self._sender = self._make()
            return self._sender

    def _make(self) -> Sender:
        from bot.client import TelegramClient
        from bot.sender import TelegramSender

        client = TelegramClient(self._token, api_url=self._api_url)
        return TelegramSender(client, self._pace, render, self._rate)
