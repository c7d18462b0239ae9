"""A person with a phone: writes, taps, and sees what the channel would show. Everything goes through the stores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html import unescape
from itertools import count
from typing import Any

from bot.render import NOTHING
from domain.conversation.inbox import work_inbox
from domain.ports import OutboxRow, Sent
from domain.texts.compose import messages_of
from tests.transcripts.town import NINE, LiveOnly, Place
from tests.transcripts.twilio_wire import twilio_wire
from tests.transcripts.wire import wire
from tests.twilio.phones import Phone

SMS_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
# Labels that hold a word which Twilio takes for itself by SMS.
SAID_BY_SMS = {
    "Cancel this visit": "Give up this visit",
    "Yes, cancel it": "Give it up",
    "No, keep it": "Keep it",
    "Yes, leave": "Leave the line",
    "No, stay": "Stay",
    "Help": "What to write",
}
_ids = count(1)  # update ids and message sids are unique, whoever sends


class Chat:
    """`chat.says("hi").picks("Book").hears("which day")`; `screen` is what the last answer shows."""

    def __init__(
        self, town: Place, channel: str, handle: str = "4711", *, language: str | None = "en"
    ) -> None:
        # On Twilio's channels people have numbers.
        self.handle = handle if channel == "telegram" or handle.startswith("+") else f"+91980000{handle}"
        self.town, self.channel, self.language = town, channel, language
        self.screen: list[Mapping[str, Any]] = []
        self.notices: list[str] = []
        self.turns = 0
        self.asked_id = 77  # the number of the message that asks
        self.asked_sid = "SM77"  # the same at Twilio
        self.live: Mapping[str, Any] = {}  # the message of a ticket that is kept up to date
        self.live_id = ""
        self._live_seen = 0
        self.live_removed: list[str] = []

    def says(self, text: str) -> Chat:
        return self.sends(self.written(text))

    def picks(self, choice: str | int) -> Chat:
        """By its label or its number: taps where the channel has buttons, writes the number elsewhere."""
        return self.sends(self.tap(choice))

    def hears(self, *words: str) -> Chat:
        for said in words:
            assert said.casefold() in self.heard.casefold(), f"{said!r} is not in:\n{self.heard}"
        return self

    def hears_no(self, *words: str) -> Chat:
        for said in words:
            assert said.casefold() not in self.heard.casefold(), f"{said!r} is in:\n{self.heard}"
        return self

    def sends(self, payload: Mapping[str, object]) -> Chat:
        self.leaves(payload)
        return self.looks()

    def leaves(self, payload: Mapping[str, object]) -> Chat:
        """Sends without waiting for the answer."""
        self.turns += 1
        if self._is_wired and self.channel == "telegram":
            wire().comes_in(self.town.services, self.handle, payload)
            return self
        if self._is_wired:
            twilio_wire().comes_in(self.town.services, self._phone, payload)
            return self
        with self.town.uow() as uow:
            provider_id = str(payload.get("update_id") or payload.get("MessageSid"))
            uow.inbox.add(
                channel=self.channel,
                handle=self.handle,
                provider_id=provider_id,
                payload=payload,
                now=self.town.now(),
            )
            uow.commit()
        return self

    def looks(self) -> Chat:
        """Has the waiting messages answered, and reads what came."""
        work_inbox(self.town.services, self.channel, self.handle)
        self.screen = []
        self._receive_what_is_due()
        self._see_live()
        assert "{$" not in self.heard, self.heard
        assert "{ $" not in self.heard, self.heard
        return self

    @property
    def heard(self) -> str:
        """All texts of the last answer."""
        return "\n".join(unescape(str(p.get("text") or p.get("body"))) for p in self.screen)

    @property
    def choices(self) -> dict[str, str]:
        """label -> what is sent back when it is picked; in the order that they are shown.

        A calendar's days are there by their numbers; what means nothing is left out.
        """
        return self._choices_of(self.asked) | self._choices_of(self.live)

    @property
    def shows_live(self) -> str:
        """What the message of the ticket shows now."""
        return unescape(str(self.live.get("text", "")))

    @property
    def asked(self) -> Mapping[str, Any]:
        """The last message of the screen that isn't the live one."""
        return next((payload for payload in reversed(self.screen) if payload is not self.live), {})

    def _choices_of(self, last: Mapping[str, Any]) -> dict[str, str]:
        if not last:
            return {}
        if "method" in last:
            keys = [key for row in _rows_of(last) for key in row]
            return {
                key["text"]: key.get("callback_data", key["text"])
                for key in keys
                if key.get("callback_data") != NOTHING
            }
        if "buttons" in last or "rows" in last:
            return {row["title"]: row["id"] for row in last.get("buttons") or last["rows"]}
        return {label: number for number, label in SMS_CHOICE.findall(str(last["body"]))}

    @property
    def keyboard(self) -> list[list[Mapping[str, Any]]]:
        """Telegram's rows of keys, below the text or in place of the letters."""
        return _rows_of(self.asked)

    def picks_day(self, day: date) -> Chat:
        """By its number in a calendar, by its label elsewhere."""
        label = f"{day:%a} {day.day} {day:%b}"
        if self.channel == "telegram":
            return self.picks(str(day.day))
        return self.picks(next(shown for shown in self.choices if shown.endswith(label)))

    def tap(self, choice: str | int) -> Mapping[str, object]:
        """What the channel would send for this choice of the present screen."""
        assert self.choices, f"there is nothing to pick in:\n{self.heard}"
        sent = self.choices[self._label(choice)]
        if self.channel == "telegram":
            if "keyboard" in self.asked.get("reply_markup", {}):
                return self.written(sent)
            return self._update(callback_query=self._query(sent))
        if "rows" in self.asked:
            return self._tapped(self._label(choice), ListId=sent, ListTitle=self._label(choice))
        if "buttons" in self.asked:
            return self._tapped(self._label(choice), ButtonPayload=sent, ButtonText=self._label(choice))
        return self._form(sent)

    def written(self, text: str) -> Mapping[str, object]:
        if self.channel != "telegram":
            return self._form(text)
        command = re.match(r"/\w+", text)
        entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command else []
        return self._update(message=self._message(text=text, entities=entities))

    def picture(self) -> Mapping[str, object]:
        if self.channel == "telegram":
            size = {"file_id": "x", "file_unique_id": "x", "width": 90, "height": 90}
            return self._update(message=self._message(photo=[size]))
        return self._form("", NumMedia="1")

    @property
    def _is_wired(self) -> bool:
        return self.town.is_wired

    @property
    def _phone(self) -> Phone:
        return twilio_wire().phone(self.channel, self.handle)

    def _label(self, choice: str | int) -> str:
        if self.channel == "sms" and choice in SAID_BY_SMS:
            choice = SAID_BY_SMS[str(choice)]
        if isinstance(choice, str) and choice in self.choices:
            return choice
        if isinstance(choice, str):
            matching = [label for label in self.choices if label.casefold().startswith(choice.casefold())]
            assert matching, f"{choice!r} is not among {list(self.choices)}"
            return matching[0]
        return next(label for label, sent in self.choices.items() if sent.rpartition(":")[2] == str(choice))

    def _message(self, **content: object) -> dict[str, object]:
        sender: dict[str, object] = {"id": int(self.handle), "is_bot": False, "first_name": "A"}
        if self.language:
            sender["language_code"] = self.language
        return {
            "message_id": 1,
            "date": int(self.town.now().timestamp()),
            "chat": {"id": int(self.handle), "type": "private", "first_name": "A"},
            "from": sender,
            **content,
        }

    def _query(self, data: str) -> dict[str, object]:
        return {
            "id": "1",
            "data": data,
            "chat_instance": "4711",
            "from": self._message()["from"],
            "message": self._message() | {"message_id": self._holding(data)},
        }

    def _holding(self, data: str) -> int:
        """The number of the message that has this button."""
        is_live = data in self._choices_of(self.live).values() and bool(self.live_id)
        return int(self.live_id) if is_live else self.asked_id

    def _update(self, **content: object) -> dict[str, object]:
        return {"update_id": next(_ids), **content}

    def _tapped(self, label: str, **chosen: str) -> Mapping[str, object]:
        return self._form(
            label, MessageType="interactive", OriginalRepliedMessageSid=self.asked_sid, **chosen
        )

    def _form(self, body: str, **more: str) -> Mapping[str, object]:
        if self._is_wired:
            return self._phone.form(body, **more)
        prefix = "whatsapp:" if self.channel == "whatsapp" else ""
        return {
            "MessageSid": f"SM{next(_ids)}",
            "From": prefix + self.handle,
            "Body": body,
            "NumMedia": "0",
            **more,
        }

    def _receive_what_is_due(self) -> None:
        """One after the other, as a worker would: the next row of an address waits for the one before it."""
        now = self.town.now()
        with self.town.uow() as uow:
            # Looking is no message: the last one stays when it was.
            address = uow.people.address(channel=self.channel, handle=self.handle, now=now, wrote_at=NINE)
            due = uow.outbox.due(now=now, hinted_before=now + timedelta(days=1), limit=500)
            uow.commit()
        for row_id, _ in due:
            with self.town.uow() as uow:
                claimed = uow.outbox.claim([row_id], now=now, lease_until=now + timedelta(minutes=1))
                for row in claimed:
                    uow.outbox.record_later(row.id, due_at=now, error="")
                uow.commit()
            for row in claimed:
                if row.notice.address_id == address.id:
                    self._receive(row)

    def _see_live(self) -> None:
        """What became of it since the last look, whoever was the one who had it shown."""
        self.town.keeps_up()
        channel = self.town.services.channels[self.channel]
        sender = channel.sender
        if not isinstance(sender, LiveOnly):
            return  # a test with a sender of its own looks at what that took
        mine = [(outgoing, sent) for outgoing, sent in sender.live if outgoing.handle == self.handle]
        for outgoing, sent in mine[self._live_seen :]:
            (self.live,) = channel.render(outgoing.messages[0])
            self.live_id = sent
            if outgoing.supersedes:
                self.live_removed.append(outgoing.supersedes)
            self.screen.append(self.live)
        self._live_seen = len(mine)

    def _receive(self, row: OutboxRow) -> None:
        self.notices.append(row.notice.kind.value)
        is_answer = "replies" in row.notice.data
        if self._is_wired and self.channel == "telegram":
            shown = wire().delivers(self.town.services, row.id)
            if is_answer and shown:
                self.screen += [message.payload for message in shown]
                self.asked_id = shown[-1].message_id
            return
        if self._is_wired:
            taken = twilio_wire().delivers(self.town.services, row.id)
            if is_answer and taken:
                self.screen += [message.payload for message in taken]
                self.asked_sid = taken[-1].sid
            return
        with self.town.uow() as uow:
            claimed = uow.outbox.claim([row.id], now=self.town.now(), lease_until=self.town.now())
            assert claimed
            uow.outbox.record_sent(row.id, sent=Sent(f"p{row.id}"), said=[], now=self.town.now())
            uow.commit()
        if is_answer:
            self.screen += self._rendered(row)

    def _rendered(self, row: OutboxRow) -> list[Mapping[str, Any]]:
        """The payloads of an answer, where no double of the provider shows them."""
        channel = self.town.services.channels[self.channel]
        with self.town.uow() as uow:
            address = uow.people.address_by_id(row.notice.address_id)
            assert address is not None
        messages = messages_of(
            row.notice.data,
            catalogue=self.town.services.catalogue,
            language=address.language or "en",
            variant=channel.capabilities.variant,
            replaces=row.notice.replaces,
        )
        return [payload for message in messages for payload in channel.render(message)]


def _rows_of(payload: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    markup = payload.get("reply_markup", {})
    rows: list[list[Mapping[str, Any]]] = markup.get("inline_keyboard") or markup.get("keyboard") or []
    return rows
