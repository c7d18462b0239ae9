"""What is kept about providers, in memory: contents made there, alarms, receipts, how far we have looked back."""

from dataclasses import replace
from datetime import datetime

from domain.ports import Alarm, Content, Receipt
from persistence.memory.state import State


class MemoryContents:
    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, *, channel: str, account: str) -> list[Content]:
        theirs = [c for c in self._state.contents.values() if (c.channel, c.account) == (channel, account)]
        return sorted(theirs, key=lambda content: (content.name, content.language))

    def find(self, name: str, *, channel: str, account: str, language: str) -> Content | None:
        return self._state.contents.get((channel, account, name, language))

    def save(self, content: Content) -> None:
        key = (content.channel, content.account, content.name, content.language)
        self._state.contents[key] = content


class MemoryAlarms:
    def __init__(self, state: State) -> None:
        self._state = state

    def ring(self, key: str, *, told: str, todo: str, now: datetime) -> None:
        before = self._state.alarms.get(key) or Alarm(key, told, todo, 0, now, now)
        self._state.alarms[key] = replace(before, told=told, todo=todo, count=before.count + 1, last_at=now)

    def ringing(self, *, since: datetime) -> list[Alarm]:
        rang = [alarm for alarm in self._state.alarms.values() if alarm.last_at >= since]
        return sorted(sorted(rang, key=lambda a: a.key), key=lambda a: a.last_at, reverse=True)

    def end(self, key: str) -> None:
        self._state.alarms.pop(key, None)


class MemoryReceipts:
    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, receipt: Receipt, *, outbox_id: int, now: datetime) -> bool:
        known = self._state.receipts.get(receipt.provider_id)
        if known is not None and (known[0] != outbox_id or known[1].state >= receipt.state):
            return False
        self._state.receipts[receipt.provider_id] = (outbox_id, receipt, now)
        return True

    def of(self, provider_id: str) -> Receipt | None:
        known = self._state.receipts.get(provider_id)
        return None if known is None else known[1]


class MemoryLookBacks:
    def __init__(self, state: State) -> None:
        self._state = state

    def since(self, channel: str, *, now: datetime) -> datetime:
        until, _ = self._state.look_backs.setdefault(channel, (now, None))
        return until

    def move(self, channel: str, *, until: datetime, now: datetime) -> None:
        if channel in self._state.look_backs:
            known, _ = self._state.look_backs[channel]
            self._state.look_backs[channel] = (max(known, until), now)

    def looked_at(self, channel: str) -> datetime | None:
        return self._state.look_backs.get(channel, (None, None))[1]
