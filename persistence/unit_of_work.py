"""One transaction with all the stores. Rolls back unless it is committed; hints go out after the commit only."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from domain import ports
from persistence.after_commit import AfterCommit
from persistence.alarms import SqlAlarms
from persistence.appointments import SqlAppointments
from persistence.contents import SqlContents
from persistence.conversations import SqlConversations
from persistence.days import SqlDays
from persistence.engine import end_reading
from persistence.events import SqlEvents
from persistence.heartbeats import SqlHeartbeats
from persistence.inbox import SqlInbox
from persistence.ingest_leases import SqlIngestLeases
from persistence.link_codes import SqlLinkCodes
from persistence.live_messages import SqlLiveMessages
from persistence.look_backs import SqlLookBacks
from persistence.message_log import SqlMessageLog
from persistence.outbox import SqlOutbox
from persistence.people import SqlPeople
from persistence.phones import SqlPhones
from persistence.places import SqlPlaces
from persistence.queues import SqlQueues
from persistence.receipts import SqlReceipts
from persistence.slots import SqlSlots
from persistence.staff_sessions import SqlStaffSessions
from persistence.ticket_links import SqlTicketLinks
from persistence.tickets import SqlTickets


class SqlUnitOfWork:
    """`clock` says which new outbox rows are due, and so worth a hint, when the commit is done."""

    def __init__(self, engine: Engine, *, announcer: ports.Announcer, clock: ports.Clock) -> None:
        self._engine = engine
        self._announcer = announcer
        self._clock = clock
        self._after = AfterCommit()

    def __enter__(self) -> Self:
        connection = self._connection = self._engine.connect()
        self.places: ports.PlaceStore = SqlPlaces(connection)
        self.people: ports.PeopleStore = SqlPeople(connection)
        self.slots: ports.SlotStore = SqlSlots(connection)
        self.appointments: ports.AppointmentStore = SqlAppointments(connection)
        self.queues: ports.QueueStore = SqlQueues(connection)
        self.tickets: ports.TicketStore = SqlTickets(connection)
        self.days: ports.DayStore = SqlDays(connection)
        self.message_log: ports.MessageLogStore = SqlMessageLog(connection)
        self.conversations: ports.ConversationStore = SqlConversations(connection)
        self.inbox: ports.InboxStore = SqlInbox(connection, self._after)
        self.outbox: ports.OutboxStore = SqlOutbox(connection, self._after)
        self.live: ports.LiveMessageStore = SqlLiveMessages(connection, self._after)
        self.events: ports.EventStore = SqlEvents(connection)
        self.staff_sessions: ports.StaffSessionStore = SqlStaffSessions(connection)
        self.phones: ports.PhoneStore = SqlPhones(connection, self._after)
        self.link_codes: ports.LinkCodeStore = SqlLinkCodes(connection)
        self.ticket_links: ports.TicketLinkStore = SqlTicketLinks(connection)
        self.ingest_leases: ports.IngestLeaseStore = SqlIngestLeases(connection)
        self.contents: ports.ContentStore = SqlContents(connection)
        self.alarms: ports.AlarmStore = SqlAlarms(connection)
        self.receipts: ports.ReceiptStore = SqlReceipts(connection)
        self.look_backs: ports.LookBackStore = SqlLookBacks(connection)
        self.heartbeats: ports.HeartbeatStore = SqlHeartbeats(connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._after.clear()
        try:
            if error is None:
                end_reading(self._connection)
        finally:
            self._connection.close()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        before = self._after.copy()
        try:
            with self._connection.begin_nested():
                yield
        except BaseException:
            self._after.become(before)
            raise

    def poke(self, queue_id: int) -> None:
        self._after.queues.append(queue_id)

    def commit(self) -> None:
        self._connection.commit()
        self._after.announce(self._announcer, now=self._clock.now())

    def rollback(self) -> None:
        self._after.clear()
        self._connection.rollback()
