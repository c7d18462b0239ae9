"""A transaction in memory: a snapshot to go back to, and a lock that lets one unit work at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock
from types import TracebackType
from typing import Self

from domain import ports
from persistence.after_commit import AfterCommit
from persistence.memory.appointments import MemoryAppointments
from persistence.memory.conversations import MemoryConversations
from persistence.memory.days import MemoryDays
from persistence.memory.inbox import MemoryInbox
from persistence.memory.links import MemoryLinkCodes, MemoryTicketLinks
from persistence.memory.live_messages import MemoryLiveMessages
from persistence.memory.message_log import MemoryMessageLog
from persistence.memory.outbox import MemoryOutbox
from persistence.memory.people import MemoryPeople
from persistence.memory.places import MemoryPlaces
from persistence.memory.providers import MemoryAlarms, MemoryContents, MemoryLookBacks, MemoryReceipts
from persistence.memory.queues import MemoryQueues
from persistence.memory.records import (
    MemoryEvents,
    MemoryHeartbeats,
    MemoryIngestLeases,
    MemoryPhones,
    MemoryStaffSessions,
)
from persistence.memory.slots import MemorySlots
from persistence.memory.state import State
from persistence.memory.tickets import MemoryTickets


def memory_uow(
    announcer: ports.Announcer, *, clock: ports.Clock | None = None
) -> Callable[[], ports.UnitOfWork]:
    """Makes units of work on one installation of its own. Without a clock everything is hinted of as due."""
    store = _Store()
    return lambda: MemoryUnitOfWork(store, announcer=announcer, clock=clock or _EndOfTime())


class _Store:
    """What all units of one installation share."""

    def __init__(self) -> None:
        self.state = State()
        self.committed = self.state.snapshot()
        self.lock = RLock()


class _EndOfTime:
    def now(self) -> datetime:
        return datetime.max.replace(tzinfo=UTC)


class MemoryUnitOfWork:
    def __init__(self, store: _Store, *, announcer: ports.Announcer, clock: ports.Clock) -> None:
        self._store = store
        self._state = state = store.state
        self._announcer = announcer
        self._clock = clock
        self._after = AfterCommit()
        self.places: ports.PlaceStore = MemoryPlaces(state)
        self.people: ports.PeopleStore = MemoryPeople(state)
        self.slots: ports.SlotStore = MemorySlots(state)
        self.appointments: ports.AppointmentStore = MemoryAppointments(state)
        self.queues: ports.QueueStore = MemoryQueues(state)
        self.tickets: ports.TicketStore = MemoryTickets(state)
        self.days: ports.DayStore = MemoryDays(state)
        self.message_log: ports.MessageLogStore = MemoryMessageLog(state)
        self.conversations: ports.ConversationStore = MemoryConversations(state)
        self.inbox: ports.InboxStore = MemoryInbox(state, self._after)
        self.outbox: ports.OutboxStore = MemoryOutbox(state, self._after)
        self.live: ports.LiveMessageStore = MemoryLiveMessages(state, self._after)
        self.events: ports.EventStore = MemoryEvents(state)
        self.staff_sessions: ports.StaffSessionStore = MemoryStaffSessions(state)
        self.phones: ports.PhoneStore = MemoryPhones(state, self._after)
        self.link_codes: ports.LinkCodeStore = MemoryLinkCodes(state)
        self.ticket_links: ports.TicketLinkStore = MemoryTicketLinks(state)
        self.ingest_leases: ports.IngestLeaseStore = MemoryIngestLeases(state)
        self.contents: ports.ContentStore = MemoryContents(state)
        self.alarms: ports.AlarmStore = MemoryAlarms(state)
        self.receipts: ports.ReceiptStore = MemoryReceipts(state)
        self.look_backs: ports.LookBackStore = MemoryLookBacks(state)
        self.heartbeats: ports.HeartbeatStore = MemoryHeartbeats(state)

    def __enter__(self) -> Self:
        self._store.lock.acquire()
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rollback()
        self._store.lock.release()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        before, hints = self._state.snapshot(), self._after.copy()
        try:
            yield
        except BaseException:
            self._state.become(before)
            self._after.become(hints)
            raise

    def poke(self, queue_id: int) -> None:
        self._after.queues.append(queue_id)

    def commit(self) -> None:
        self._store.committed = self._state.snapshot()
        self._begin()
        self._after.announce(self._announcer, now=self._clock.now())

    def rollback(self) -> None:
        # A unit inside this one, of the same thread, may have committed: that stays.
        nested_commit = self._store.committed is not self._committed_before
        self._state.become((self._store.committed if nested_commit else self._before).snapshot())
        self._after.clear()

    def _begin(self) -> None:
        self._before = self._state.snapshot()
        self._committed_before = self._store.committed
