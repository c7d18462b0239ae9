"""Events, staff's sessions, phones, heartbeats and leases in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.events import UNDOABLE, Event, RecordedEvent
from domain.ids import EventId
from domain.ports import IngestLease, LoggedIn, PhoneMessage, StaffSession
from persistence.after_commit import AfterCommit
from persistence.memory.state import State, as_json


class MemoryEvents:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, event: Event) -> EventId:
        event_id = EventId(next(self._state.ids))
        stored = replace(event, data=as_json(event.data))
        self._state.events[event_id] = RecordedEvent(event_id, stored, undone=False)
        return event_id

    def last_action(self, *, counter_id: int) -> RecordedEvent | None:
        return max((r for r in self._actions() if r.event.counter_id == counter_id), key=_id, default=None)

    def last_of_queue(self, queue_id: int) -> RecordedEvent | None:
        return max((r for r in self._actions() if r.event.queue_id == queue_id), key=_id, default=None)

    def mark_undone(self, event_id: int) -> bool:
        recorded = self._state.events.get(event_id)
        if recorded is None or recorded.undone:
            return False
        self._state.events[event_id] = replace(recorded, undone=True)
        return True

    def _actions(self) -> list[RecordedEvent]:
        return [r for r in self._state.events.values() if r.event.name in UNDOABLE and not r.undone]


class MemoryStaffSessions:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, session: StaffSession) -> None:
        self._state.sessions[session.token_hash] = session

    def find(self, token_hash: str, *, now: datetime) -> LoggedIn | None:
        session = self._state.sessions.get(token_hash)
        if session is None or session.expires_at <= now:
            return None
        works = tuple(m for m in self._state.memberships.values() if m.user_id == session.user_id)
        return LoggedIn(self._state.users[session.user_id], works) if works else None

    def end(self, token_hash: str) -> None:
        self._state.sessions.pop(token_hash, None)

    def end_all(self, user_id: int) -> None:
        for session in [*self._state.sessions.values()]:
            if session.user_id == user_id:
                self.end(session.token_hash)

    def count_failure(self, key: str, *, now: datetime) -> None:
        self._state.failures[next(self._state.ids)] = (key, now)

    def failures(self, key: str, *, since: datetime) -> int:
        return sum(its_key == key and at >= since for its_key, at in self._state.failures.values())

    def forget_failures(self, key: str) -> None:
        kept = {place: failure for place, failure in self._state.failures.items() if failure[0] != key}
        self._state.failures = kept


class MemoryPhones:
    def __init__(self, state: State, after: AfterCommit) -> None:
        self._state = state
        self._after = after

    def show(
        self, *, channel: str, handle: str, payload: Mapping[str, object], mine: bool, now: datetime
    ) -> int:
        assert channel.startswith("sim-"), "only simulated phones are kept here"
        message_id = next(self._state.ids)
        message = PhoneMessage(message_id, mine=mine, payload=as_json(payload), at=now, edited=False)
        self._state.phones[message_id] = (channel, handle, message)
        self._after.phones.append((channel, handle))
        return message_id

    def edit(self, message_id: int, *, channel: str, handle: str, payload: Mapping[str, object]) -> bool:
        its_channel, its_handle, message = self._state.phones.get(message_id, ("", "", None))
        if message is None or message.mine or (its_channel, its_handle) != (channel, handle):
            return False
        edited = replace(message, payload=as_json(payload), edited=True)
        self._state.phones[message_id] = (channel, handle, edited)
        self._after.phones.append((channel, handle))
        return True

    def remove(self, message_id: int, *, channel: str, handle: str) -> bool:
        its_channel, its_handle, message = self._state.phones.get(message_id, ("", "", None))
        if message is None or message.mine or (its_channel, its_handle) != (channel, handle):
            return False
        del self._state.phones[message_id]
        self._after.phones.append((channel, handle))
        return True

    def screen(self, *, channel: str, handle: str, limit: int) -> list[PhoneMessage]:
        stored = [self._state.phones[message_id] for message_id in sorted(self._state.phones)]
        return [message for c, h, message in stored if (c, h) == (channel, handle)][-limit:]

    def phones(self) -> list[tuple[str, str]]:
        return sorted({(channel, handle) for channel, handle, _ in self._state.phones.values()})


class MemoryHeartbeats:
    def __init__(self, state: State) -> None:
        self._state = state

    def beat(self, process: str, *, now: datetime) -> None:
        self._state.heartbeats[process] = now

    def last(self) -> Mapping[str, datetime]:
        return dict(self._state.heartbeats)


class MemoryIngestLeases:
    def __init__(self, state: State) -> None:
        self._state = state

    def hold(self, lease: IngestLease, *, now: datetime) -> bool:
        held = self.of(lease.channel)
        if held is not None and held.holder != lease.holder and held.lease_until > now:
            return False
        account = lease.account or (held.account if held else None)
        self._state.ingest_leases[lease.channel] = replace(lease, account=account)
        return True

    def release(self, channel: str, *, holder: str, now: datetime) -> None:
        held = self.of(channel)
        if held is not None and held.holder == holder:
            self._state.ingest_leases[channel] = replace(held, lease_until=now)

    def of(self, channel: str) -> IngestLease | None:
        return self._state.ingest_leases.get(channel)

    def account(self, channel: str) -> str | None:
        held = self.of(channel)
        return held.account if held else None


def _id(recorded: RecordedEvent) -> int:
    return recorded.id
