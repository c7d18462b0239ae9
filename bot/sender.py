"""The `Sender` of Telegram: hands over what `bot.render` made, at the pace that Telegram allows, and says what became
of it. It must never pick words, touch the database, nor take longer than the lease of the row that it sends.
"""

import logging
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.client import TelegramClient
from bot.faults import Remedy, fault_of, remedy_for, seconds_of
from bot.render import CAPABILITIES, CUT
from domain.conversation.messages import Message
from domain.errors import SendError, SendFault
from domain.ports import Bucket, Outgoing, Pace, Sent

# In one chat Telegram allows a message a second with short bursts.
CHAT_RATE, CHAT_BURST = 1.0, 3.0
BOT_RESERVE, CHAT_RESERVE = 5.0, 1.0  # tokens that are kept for urgent words
# What a rested bot may say at once, in seconds of its rate: words that were spaced may arrive in a bunch, and Telegram
# counts them where they arrive.
BOT_BURST_SECONDS = 0.6
# The bot's own turn is near as a rule, and a sleep is cheaper than a row put off. A chat that is spoken to too fast is
# never waited for: a few people with quick thumbs would keep every sending thread asleep.
MOST_SLEPT = 1.0
TIDYING_SECONDS = 1.0  # after a message was handed over, for each old one that it outdates

Payload = dict[str, Any]
Render = Callable[[Message], list[dict[str, object]]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TelegramSender:
    client: TelegramClient
    pace: Pace
    render: Render
    rate: float  # messages a second, of all processes together
    sleep: Callable[[float], object] = time.sleep

    def send(self, outgoing: Outgoing) -> Sent:
        """Hands the messages over; the id is that of the last, new or edited. Raises SendError."""
        self._wait_for_our_turn(outgoing)
        delivery = _Delivery(self.client, self.render, chat_id=int(outgoing.handle))
        try:
            sent = self.client.wait_for(delivery.deliver(outgoing))
        except (TelegramError, TimeoutError) as error:
            self._obey(error)
            raise delivery.fault(error) from error
        if outgoing.supersedes not in (None, sent):
            self._tidy(delivery.remove(str(outgoing.supersedes)))
        if outgoing.closes not in (None, sent) and self._has_time_to_tidy(outgoing):
            self._tidy(delivery.take_buttons(str(outgoing.closes)))
        return Sent(sent)

    def _tidy(self, work: Coroutine[Any, Any, None]) -> None:
        """What is left over harms nobody. That the new message were taken for unsent, and sent again, would."""
        try:
            self.client.wait_for(work, within=TIDYING_SECONDS)
        except (TelegramError, TimeoutError, ValueError) as error:
            self._obey(error)
            logger.debug("an old message can't be tidied up: %s", error)

    def _obey(self, error: Exception) -> None:
        """A flood is the whole bot's, in every process."""
        if isinstance(error, RetryAfter):
            self.pace.hold(self._bot_key, seconds_of(error))

    @property
    def _bot_key(self) -> str:
        return f"telegram:{self.client.bot_id}"

    def _bot_bucket(self, *, reserve: float) -> Bucket:
        burst = max(self.rate * BOT_BURST_SECONDS, BOT_RESERVE + 1)
        return Bucket(self._bot_key, self.rate, burst, reserve=reserve)

    def _wait_for_our_turn(self, outgoing: Outgoing) -> None:
        tokens = len(outgoing.messages)
        reserve = 0 if outgoing.urgent else CHAT_RESERVE
        chat = Bucket(f"{self._bot_key}:{outgoing.handle}", CHAT_RATE, CHAT_BURST, reserve=reserve)
        wait = self.pace.take(chat, tokens=tokens)
        if wait:
            raise SendError(SendFault.THROTTLED, code="chat", retry_after=wait)
        bot = self._bot_bucket(reserve=0 if outgoing.urgent else BOT_RESERVE)
        slept = 0.0
        while wait := self.pace.take(bot, tokens=tokens):
            slept += wait
            if slept > MOST_SLEPT:
                raise SendError(SendFault.THROTTLED, code="bot", retry_after=wait)
            self.sleep(wait)

    def _has_time_to_tidy(self, outgoing: Outgoing) -> bool:
        """Old buttons do nothing, so that they are taken away only where that keeps no message waiting."""
        chat = Bucket(f"{self._bot_key}:{outgoing.handle}", CHAT_RATE, CHAT_BURST, reserve=1)
        bot = self._bot_bucket(reserve=BOT_RESERVE)
        return not self.pace.take(chat) and not self.pace.take(bot)


class _Delivery:
    """One outgoing on its way, in the client's loop."""

    def __init__(self, client: TelegramClient, render: Render, *, chat_id: int) -> None:
        self._client, self._render, self._chat_id = client, render, chat_id
        self._handed_a_part = False
        self._may_repeat = False

    async def deliver(self, outgoing: Outgoing) -> str:
        sent = ""
        for message in outgoing.messages:
            sent = await self._message(message)
        return sent

    async def remove(self, provider_id: str) -> None:
        """The alert that the new one takes the place of."""
        await self._client.call("deleteMessage", self._place_of(provider_id))

    async def take_buttons(self, provider_id: str) -> None:
        """Of a question that was answered in words."""
        await self._client.call("editMessageReplyMarkup", self._place_of(provider_id))

    def _place_of(self, provider_id: str) -> dict[str, object]:
        return {"chat_id": self._chat_id, "message_id": int(provider_id)}

    def fault(self, error: TelegramError | TimeoutError) -> SendError:
        fault = fault_of(error, may_repeat=self._may_repeat)
        if self._handed_a_part and fault.fault in (SendFault.LATER, SendFault.THROTTLED):
            # All of it goes again, and what has arrived is doubled: that may happen once, not at every try.
            return replace(fault, fault=SendFault.UNCLEAR)
        return fault

    async def _message(self, message: Message) -> str:
        sent = ""
        for payload in self._render(message):
            self._may_repeat = payload["method"] != "sendMessage"
            try:
                sent = await self._hand(payload)
            except _CannotBeEdited:
                return await self._message(replace(message, replaces=None))
            self._handed_a_part = self._handed_a_part or not self._may_repeat
        return sent

    async def _hand(self, payload: Payload) -> str:
        """The payload, or what can be made of it when Telegram refuses it for a reason that we know to mend."""
        try:
            return await self._call(payload)
        except TelegramError as error:
            remedy = remedy_for(error)
            if remedy is None:
                raise
            if remedy is Remedy.ALREADY_SO:
                return str(payload["message_id"])
            if remedy is Remedy.ANEW:
                raise _CannotBeEdited from error
            logger.error("Telegram can't take what we wrote (%s), it gets plain words: a bug of ours", error)  # noqa: TRY400
            return await self._call(_in_plain_words(payload))

    async def _call(self, payload: Payload) -> str:
        parameters = {"link_preview_options": {"is_disabled": True}, **payload}
        method = parameters.pop("method")
        try:
            answer = await self._client.call(method, {"chat_id": self._chat_id, **parameters})
        except ChatMigrated as moved:
            self._chat_id = moved.new_chat_id
            answer = await self._client.call(method, {"chat_id": self._chat_id, **parameters})
        # Of a message that is edited, an API server of other make may say no more than that it was.
        return str(getattr(answer, "message_id", payload.get("message_id")))


class _CannotBeEdited(Exception):
    pass


def _in_plain_words(payload: Payload) -> Payload:
    """Without markup, and no longer than Telegram takes."""
    plain = {name: value for name, value in payload.items() if name != "parse_mode"}
    text = unescape(re.sub(r"</?[a-z][^<>]*>", "", str(payload["text"])))
    units = text.encode("utf-16-le")
    if len(units) > 2 * CAPABILITIES.text_limit:
        text = units[: 2 * (CAPABILITIES.text_limit - len(CUT))].decode("utf-16-le", errors="ignore") + CUT
    return {**plain, "text": text}
