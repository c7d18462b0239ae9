"""What the domain asks of the world: one store per matter, a clock, a catalogue, channels. Never an implementation.

Method names say the atomic intent. A bool or None result is an ordinary answer of a lost race, never an exception.
Stores belong to a unit of work and take part in its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from domain.booking import Appointment, AppointmentStatus, Seat, Slot, SlotOffer, Visit
from domain.conversation.messages import (
    Capabilities,
    Conversation,
    Incoming,
    Message,
    TemplateText,
    Text,
)
from domain.errors import SendError, SendFault
from domain.events import Event, RecordedEvent
from domain.ids import (
    AddressId,
    AppointmentId,
    CounterId,
    EventId,
    InboxId,
    LinkCodeId,
    OrganisationId,
    OutboxId,
    QueueId,
    ServiceId,
    SiteId,
    TicketId,
    UserId,
    VisitId,
)
from domain.notices import Lane, Notice
from domain.people import Address, Membership, User
from domain.queue import NewTicket, Queue, QueueState, Ticket, TicketState
from domain.schedule import Counter, Schedule, Service, Site, SlotTime
from domain.views import DayCounts, DayListRow, LineView, MessageTotals, MessageView

if TYPE_CHECKING:
    from settings import Settings


class Clock(Protocol):
    """The only teller of time. Instants are aware, in UTC."""

    def now(self) -> datetime: ...


class PlaceStore(Protocol):
    """Organisations, sites, departments, services, counters and weekly schedules: where, not when."""

    def sites(self) -> list[Site]: ...
    def site(self, site_id: int) -> Site | None: ...
    def site_by_slug(self, slug: str) -> Site | None: ...
    def services(self, site_id: int) -> list[Service]: ...
    def service(self, service_id: int) -> Service | None: ...
    def counters_of_service(self, service_id: int) -> list[Counter]: ...
    def counter(self, counter_id: int) -> Counter | None: ...
    def schedules(self) -> list[Schedule]: ...
    def add_organisation(self, *, name: str) -> OrganisationId: ...
    def add_site(self, site: Site) -> SiteId:
        """The site's `id` is ignored: a new one is given and returned. The same holds for `add_service`."""
        ...

    def add_service(self, service: Service) -> ServiceId:
        """`department` is found by name within the site, or added; `department_id` is ignored.

        Raises DomainError service-name-taken, also when another manager added it in this very moment.
        """
        ...

    def add_counter(self, *, site: Site, name: str, service_ids: Collection[int]) -> CounterId:
        """A counter that serves these; where the site has one of that name, it serves these as well."""
        ...

    def set_schedule(self, schedule: Schedule) -> None:
        """Sets the service's weekly template, one a service."""
        ...

    def set_available(self, service_id: int, *, available: bool) -> bool: ...


class PeopleStore(Protocol):
    """Users, memberships and addresses: the only place of names, phones and e-mails."""

    def address(
        self, *, channel: str, handle: str, now: datetime, wrote_at: datetime | None = None
    ) -> Address:
        """The address of that channel and handle, made on first sight; 50 at once get the same one.

        Records when its last inbound message was written: `wrote_at`, or `now` where nobody knows; never later than
        `now`, and never back, whatever comes late.
        """
        ...

    def addresses(self, address_ids: Collection[int]) -> list[Address]: ...
    def address_by_id(self, address_id: int) -> Address | None: ...
    def save_address(self, address: Address) -> None:
        """All but its last inbound message: that is `address`'s to record, whatever the caller has seen of it."""
        ...

    def stop(self, address_id: int, *, now: datetime) -> None:
        """The channel says that the person opted out. The first time counts, and nothing else is written: the person
        may be taking back a consent at this moment.
        """
        ...

    def block(self, address_id: int, *, now: datetime) -> None:
        """As `stop`, where the channel lets us write no more."""
        ...

    def users_of(self, address_id: int) -> list[User]:
        """Who this address stands for, at most one in each organisation."""
        ...

    def others_of(self, address_id: int, *, organisation_id: int) -> list[Address]:
        """The other addresses that stand for the same person there, whom we heard of last first."""
        ...

    def user_of(self, *, address_id: int, organisation_id: int, name: str, language: str | None) -> User:
        """The user of this address at this organisation, made on first need, once.

        Addresses that stand for one person at some organisation do so at every other: theirs is taken where one is.
        """
        ...

    def known_by_phone(self, phone: str, *, channels: Collection[str]) -> list[Address]:
        """Addresses on these channels that the number leads to: it is their handle, their verified phone, or the phone
        of a user of theirs. In that order, and whom we heard of last first.
        """
        ...

    def agree_for(
        self, phone: str, *, channel: str, like: Address, version: str, now: datetime
    ) -> AddressId | None:
        """The address of a phone, which is vouched for, agrees to what its owner said at `like`; made on first need,
        with the name and language of that one, and no word of its own came in.

        Guarded: None, and nothing changed, where it has said STOP.
        """
        ...

    def agree_no_more(self, address_id: int) -> bool:
        """Guarded: False, and nothing changed, where words of its own came in: who writes there ends it there."""
        ...

    def give_phone(self, address_id: int, phone: str) -> None:
        """To the users of the address that have none."""
        ...

    def lock_users(self, user_ids: Collection[int]) -> None:
        """In id order, until the transaction ends."""
        ...

    def let_stand_for(self, user: User, *, address_ids: Collection[int]) -> None:
        """Where the address stands for nobody at the user's organisation yet."""
        ...

    def replace_user(self, user_id: int, *, by: int) -> None:
        """All addresses that stand for the one stand for the other from now on."""
        ...

    def user(self, user_id: int) -> User | None: ...
    def add_user(self, user: User) -> UserId: ...
    def user_by_email(self, email: str) -> User | None:
        """Staff log in by e-mail; compared without regard to case."""
        ...

    def password_hash(self, user_id: int) -> str | None: ...
    def set_password_hash(self, user_id: int, password_hash: str | None) -> None: ...
    def memberships(self, user_id: int) -> tuple[Membership, ...]: ...
    def add_membership(self, membership: Membership) -> None: ...


class SlotStore(Protocol):
    """Seats. The guarded statements of booking stand behind these names."""

    def offer(self, slot_id: int) -> SlotOffer | None:
        """Slot, service, site and queue state; shares a lock on the queue row until the transaction ends."""
        ...

    def claim_seat(self, slot_id: int, *, now: datetime) -> Seat | None:
        """Takes a seat and the next number, in one guarded statement. None when full, closed or over."""
        ...

    def release_seat(self, slot_id: int) -> None: ...
    def lock(self, slot_ids: Collection[int]) -> None:
        """Locks these slot rows in id order, so that two reschedules can't wait for each other."""
        ...

    def get(self, slot_id: int) -> Slot | None: ...
    def bookable(self, *, service_id: int, since: date, until: date, now: datetime) -> list[Slot]:
        """Slots with a free seat that are neither closed nor over, by time; at most some hundreds."""
        ...

    def of_day(self, *, service_id: int, day: date) -> list[Slot]: ...
    def add_day(self, *, service: Service, queue_id: int, times: Sequence[SlotTime], capacity: int) -> int:
        """Adds those slots that the day doesn't have yet and returns how many; token prefixes are set here."""
        ...

    def days_made(self, *, service_id: int, since: date, until: date) -> set[date]:
        """The days in between, both included, that have slots."""
        ...

    def change_capacity(self, slot_id: int, *, capacity: int) -> bool:
        """Guarded: False when more than `capacity` are booked."""
        ...

    def close(self, slot_id: int) -> bool: ...
    def set_current_token(self, slot_id: int, token: str | None) -> str | None:
        """The token now being served; returns the one before, for an undo."""
        ...


class AppointmentStore(Protocol):
    """Appointments and the visits they belong to."""

    def add_visit(
        self,
        *,
        organisation_id: int,
        site_id: int,
        booker_id: int | None,
        patient_id: int | None,
        address_id: int | None,
        request_key: str | None = None,
    ) -> Visit | None:
        """With a code unique at the site and an unguessable link, both random.

        None when a visit of this request key exists: without a key there always is a visit.
        """
        ...

    def visit(self, visit_id: int) -> Visit | None: ...
    def visit_by_link(self, link: str) -> Visit | None: ...
    def visit_by_request(self, request_key: str) -> Visit | None: ...
    def add(
        self,
        *,
        slot: Slot,
        seat: Seat,
        visit: Visit,
        only_one_a_day: bool,
        rescheduled_from: AppointmentId | None,
        now: datetime,
    ) -> AppointmentId | None:
        """None when the patient already has a live booking with this service that day and only one is allowed."""
        ...

    def follow(self, visit_id: int, *, address_id: int) -> bool:
        """Notices of the visit go there. Guarded: False when it had an address."""
        ...

    def queues_of(self, user_id: int) -> list[QueueId]:
        """Queues in which this person, as booker or patient, has a live booking."""
        ...

    def hand_over(self, user_id: int, *, to: int) -> None:
        """All visits and appointments of the one, as booker or patient, are the other's from now on.

        Where both had a live booking on one day that allows one, both stay, and only the other's counts as the day's.
        """
        ...

    def get(self, appointment_id: int) -> Appointment | None: ...
    def live_on(self, *, patient_id: int, service_id: int, day: date) -> Appointment | None: ...
    def upcoming(self, *, user_ids: Collection[int], now: datetime) -> list[Appointment]:
        """Booked ones, as booker or patient, whose slot is not over or whose ticket is still live; by time."""
        ...

    def change_status(
        self, appointment_id: int, *, was: AppointmentStatus, becomes: AppointmentStatus
    ) -> bool:
        """Guarded by `was`; keeps the one-a-day claim for BOOKED only. False when the status had moved."""
        ...


class QueueStore(Protocol):
    """Queues and the counters that work on them. Lock order everywhere: queues by id, slots by id, then the rest."""

    def ensure(self, *, service: Service, day: date) -> Queue: ...
    def get(self, queue_id: int) -> Queue | None: ...
    def find(self, *, service_id: int, day: date) -> Queue | None: ...
    def unclosed_before(self, *, site_id: int, day: date, limit: int) -> list[Queue]:
        """Queues of earlier business dates not yet closed (started or not), oldest first."""
        ...

    def lock(self, queue_ids: Collection[int]) -> list[Queue]:
        """Locks the rows in id order and returns them as they are now."""
        ...

    def set_state(self, queue_id: int, *, state: QueueState, started_at: datetime | None) -> None: ...
    def free_counters(self, queue_id: int) -> None:
        """At the end of the day: counters of this queue have nobody and work on no queue; their versions move."""
        ...

    def next_walk_in(self, queue_id: int) -> int: ...
    def lock_counter(self, counter_id: int) -> Counter | None: ...
    def move_counter(
        self, counter_id: int, *, version: int, queue_id: int | None, ticket_id: int | None
    ) -> bool:
        """Compare-and-swap: sets whom the counter has and moves its version on. False when the version had moved."""
        ...


class TicketStore(Protocol):
    """Tickets and their intervals."""

    def add(self, ticket: NewTicket, *, at: datetime) -> Ticket:
        """With its first interval where the state has one."""
        ...

    def get(self, ticket_id: int) -> Ticket | None: ...
    def live_of(self, appointment_id: int) -> Ticket | None: ...
    def latest_of_visit(self, visit_id: int) -> Ticket | None: ...
    def live_of_address(self, address_id: int) -> list[Ticket]:
        """Live tickets whose notices go to this address, by the time they are due; some dozens at most."""
        ...

    def missed_of_address(self, address_id: int, *, since: date) -> list[Ticket]:
        """Tickets of that business date or later whose notices go to this address and who weren't seen when called."""
        ...

    def follow(self, visit_id: int, *, address_id: int) -> None:
        """Tickets of the visit that have no address get this one; no version moves."""
        ...

    def head(self, queue_id: int, *, limit: int) -> list[Ticket]:
        """The first of those waiting, in THE order."""
        ...

    def present_and_head(
        self, queue_id: int, *, ticket_id: int | None, limit: int
    ) -> tuple[Ticket | None, list[Ticket]]:
        """Whom a counter has (`ticket_id`, never one who waits), and the queue's `head`."""
        ...

    def ahead(self, ticket: Ticket) -> int:
        """How many expected or waiting tickets of its queue stand before it."""
        ...

    def with_ahead(self, queue_id: int, ticket_ids: Collection[int]) -> list[tuple[Ticket, int | None]]:
        """These tickets of the queue with what `ahead` says of each that is in line, in one statement."""
        ...

    def at_counters(self, queue_id: int) -> list[Ticket]: ...
    def live_in(self, queue_id: int, *, limit: int) -> list[Ticket]:
        """Live tickets of the queue, in THE order; for closing a day row by row."""
        ...

    def start_waiting(self, queue_id: int, *, at: datetime) -> int:
        """All expected tickets wait from `at` on, each in a new interval. Returns how many."""
        ...

    def stop_waiting(self, queue_id: int) -> int:
        """The undo of `start_waiting`: all waiting tickets are expected again, their open intervals void."""
        ...

    def move(
        self,
        ticket: Ticket,
        *,
        to: TicketState,
        at: datetime,
        counter_id: int | None = None,
        user_id: int | None = None,
    ) -> Ticket | None:
        """Closes the open interval, opens the next where `to` has one, and returns the ticket as it is then.

        Guarded by `ticket.version`: None, and nothing changed, when it had moved. `called_at`, `last_call_at` and
        `calls` (1) are set by CALLED, `finished_at` by a state that ends the ticket; a new WAITING interval clears what
        was alerted in the last.
        """
        ...

    def restore(self, before: Ticket, *, version: int) -> bool:
        """Puts the row back as `before` says, its version with it, so that what was done before can be undone too;
        voids the intervals opened since and reopens the one that was open. Guarded by `version`, the row's present one.
        """
        ...

    def count_call(self, ticket_id: int, *, at: datetime) -> int:
        """One more call in this interval, now the `last_call_at`; returns the count."""
        ...

    def mark_presence(self, ticket_id: int, *, here_at: datetime | None, late_at: datetime | None) -> bool:
        """What the person says of their coming; no version moves for it. False when the ticket waits no more."""
        ...

    def mark_alerted(self, thresholds: Mapping[int, int]) -> None:
        """ticket id -> smallest threshold told in this interval."""
        ...

    def correct_alerted(self, thresholds: Mapping[int, int | None]) -> None:
        """Corrects what counts as told: ticket id -> threshold still true (or None), and moves `alert_round` on."""
        ...

    def recent_minutes(self, service_id: int, *, limit: int) -> list[float]:
        """Minutes from call to end of the service's latest completed tickets, newest first. Cost bound by `limit`."""
        ...

    def counts(self, queue_id: int) -> Mapping[TicketState, int]: ...
    def active_counters(self, queue_id: int) -> int:
        """How many counters work on the queue now."""
        ...

    def lines(self, queue_id: int, *, states: Collection[TicketState], limit: int) -> list[LineView]:
        """For staff: in THE order, with names; `ahead` counts within the rows of a waiting or expected line."""
        ...


class DayStore(Protocol):
    """Figures and lists of a day, for staff."""

    def counts(self, *, site_id: int, day: date) -> list[DayCounts]: ...
    def rows(self, *, service_id: int, day: date) -> list[DayListRow]: ...


class MessageLogStore(Protocol):
    """What went out for a site, for those who manage it. What it costs to read grows with the span, not with history.

    A span is from `since` on and before `until`, by when a message was sent, or is or was due.
    """

    def page(
        self,
        *,
        site_id: int,
        since: datetime,
        until: datetime,
        before: tuple[datetime, int] | None,
        only_problems: bool,
        limit: int,
    ) -> list[MessageView]:
        """The latest first; `before` is the (`at`, `id`) of the last one on the page before."""
        ...

    def totals(self, *, site_id: int, since: datetime, until: datetime) -> MessageTotals: ...


class ConversationStore(Protocol):
    def lock(self, address_id: int) -> Conversation:
        """The address's conversation, made on first need, its row locked until the transaction ends."""
        ...

    def save(self, conversation: Conversation, *, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: InboxId
    channel: str
    handle: str
    provider_id: str
    payload: Mapping[str, object]
    received_at: datetime
    attempts: int


class InboxStore(Protocol):
    def add(
        self, *, channel: str, handle: str, provider_id: str, payload: Mapping[str, object], now: datetime
    ) -> InboxId | None:
        """None when this message was stored before: a provider's retry is a no-op."""
        ...

    def unknown(self, provider_ids: Collection[str], *, channel: str) -> set[str]:
        """Those of which no message is stored; some hundreds a statement, however many are asked for."""
        ...

    def waiting(self, *, channel: str, handle: str, limit: int) -> list[InboxRow]:
        """The oldest unprocessed messages of that address, in their order."""
        ...

    def mark_processed(self, inbox_id: int, *, now: datetime, error: str | None = None) -> bool: ...
    def count_attempt(self, inbox_id: int, *, error: str, due_at: datetime) -> None: ...
    def due(
        self, *, channels: Collection[str], now: datetime, hinted_before: datetime, limit: int
    ) -> list[tuple[str, str]]:
        """(channel, handle) of messages on these channels that nobody was hinted of since then, oldest first.

        What came by a channel that is gone waits for it to come back, and is in nobody's way.
        """
        ...

    def mark_hinted(self, senders: Collection[tuple[str, str]], *, now: datetime) -> None: ...


# What is put off gets no hint from a commit: for the sweep its last one is so long past when it falls due.
NO_HINT_COMES = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """`attempts` with the one of this claim; `unclear` of those before may have arrived, at `absent` the phone was off.

    `first_tried_at` is when the first claim was; `as_template` says that the channel wants words it has approved;
    `provider_id` what the provider calls the latest that was sent of it.
    """

    id: OutboxId
    notice: Notice
    attempts: int
    unclear: int = 0
    first_tried_at: datetime | None = None
    as_template: bool = False
    absent: int = 0
    state: str = "sending"
    provider_id: str | None = None


class OutboxStore(Protocol):
    """Messages on their way: due > sending > sent > delivered > read, or failed, expired, suppressed."""

    def add(self, notices: Sequence[Notice]) -> list[OutboxId]:
        """Adds those whose dedupe key is new, and no second fallback of one row; after the commit their lanes are
        hinted of those that are due.
        """
        ...

    def claim(self, outbox_ids: Collection[int], *, now: datetime, lease_until: datetime) -> list[OutboxRow]:
        """Takes the due rows among these for sending, by one conditional UPDATE each or all; others get nothing.

        A row waits while an older REPLY to the same address is unsent, so that answers keep their order; a word about
        the line also while an older one to the same address is being sent. An attempt whose lease ran out counts as
        unclear.
        """
        ...

    def row(self, outbox_id: int) -> OutboxRow | None:
        """As it is, claimed or not."""
        ...

    def lock(self, outbox_id: int) -> OutboxRow | None:
        """As `row`, and nobody else moves it until the transaction ends."""
        ...

    def still_due(self, outbox_ids: Collection[int], *, now: datetime) -> list[OutboxId]:
        """Those that could be claimed now, or wait behind another: a cheap look at an old hint. Oldest row first."""
        ...

    def record_sent(
        self,
        outbox_id: int,
        *,
        sent: Sent,
        said: Sequence[str],
        now: datetime,
        confirm_by: datetime | None = None,
    ) -> None:
        """`confirm_by` is when somebody asks what became of it, where the channel hasn't told by then.

        What is known to have arrived stays so; then only what was missing is added. Parts add up over attempts of one
        form, since each is charged.
        """
        ...

    def record_arrived(self, outbox_id: int, *, provider_id: str, is_read: bool, now: datetime) -> None:
        """The person has it, whatever was thought of it before: a retry that waits goes no more. Never back from read.

        Nor does the same to another address of theirs, where that has not gone yet.
        """
        ...

    def record_later(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        """Put off; the sweep need wait for no hint of it when it falls due."""
        ...

    def record_throttled(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        """Put off by the channel's pace: the claim doesn't count as an attempt."""
        ...

    def record_unclear(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        """Put off though it may have arrived, which is counted."""
        ...

    def record_absent(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        """Put off because the phone was off, which is counted."""
        ...

    def record_closed(self, outbox_id: int, *, due_at: datetime, error: str) -> None:
        """Put off, to go in words that the channel has approved."""
        ...

    def claim_unconfirmed(self, *, now: datetime, lease_until: datetime, limit: int) -> list[OutboxRow]:
        """Takes those that were sent and of which nobody has heard by their `confirm_by`, the longest waiting first.

        Each goes to one asker; who dies while asking leaves them to the next from `lease_until` on.
        """
        ...

    def ask_again(self, outbox_id: int, *, provider_id: str | None, at: datetime | None) -> None:
        """When what was sent under this id is asked after next; None: never more. Guarded: while it is unheard of."""
        ...

    def reopen(self, outbox_id: int, *, provider_id: str | None) -> bool:
        """What was sent under this id has come back: it is being sent again, by the caller. Guarded: False when it has
        come back already, was sent anew, or arrived.
        """
        ...

    def record_failed(self, outbox_id: int, *, error: str, now: datetime) -> None: ...
    def record_suppressed(self, outbox_id: int, *, reason: str, now: datetime) -> None: ...
    def expire(self, *, now: datetime, limit: int) -> int:
        """Rows whose `not_after` has passed unsent, or claimed and abandoned past it. Returns how many."""
        ...

    def due(self, *, now: datetime, hinted_before: datetime, limit: int) -> list[tuple[OutboxId, Lane]]:
        """Rows due and unhinted, or whose lease ran out; oldest due first."""
        ...

    def mark_hinted(self, outbox_ids: Collection[int], *, now: datetime) -> None: ...
    def withdraw(self, *, ticket_ids: Collection[int], since: datetime, now: datetime) -> None:
        """Suppresses these tickets' NEAR and CALLED notices that are due or later and were made since then.

        Guarded by their state, so that against a claim exactly one of the two wins.
        """
        ...

    def outdate(self, address_id: int, *, keep: int, now: datetime) -> int:
        """Suppresses the REPLYs to this address that are unsent, but for the newest `keep`; returns how many.

        Guarded by their state: one that is being sent counts, and is left alone.
        """
        ...

    def told(self, *, ticket_ids: Collection[int], since: datetime) -> Mapping[int, Mapping[AddressId, str]]:
        """ticket id -> address -> kind of the latest NEAR or CALLED notice made since then that was sent there, is
        being sent, or may have arrived.
        """
        ...

    def provider_id(self, outbox_id: int) -> str | None:
        """What the provider calls the message; None until it is sent."""
        ...

    def latest_word(self, *, ticket_id: int, address_id: int) -> str | None:
        """The provider's id of the latest word about the line that this address was sent of this ticket."""
        ...


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code on its way from one address to another of the same person. `code_hash` is None until it is sent."""

    id: LinkCodeId
    address_id: AddressId
    target_id: AddressId
    code_hash: str | None
    tries: int
    expires_at: datetime


class LinkCodeStore(Protocol):
    """Codes that join addresses. What they are is never kept, only a hash."""

    def add(
        self,
        *,
        address_id: int,
        target_id: int,
        most: int,
        since: datetime,
        now: datetime,
        expires_at: datetime,
    ) -> LinkCodeId | None:
        """A code asked for at `address_id`, to be sent to `target_id`; an earlier one of the address ends.

        None where either has had `most` since then, however many ask at once.
        """
        ...

    def keep_hash(self, code_id: int, code_hash: str, *, now: datetime) -> bool:
        """Of the code that is sent now, an earlier one included. False when it's over."""
        ...

    def live(self, address_id: int, *, now: datetime) -> LinkCode | None:
        """The one that may be typed at this address, whatever its tries."""
        ...

    def count_try(self, code_id: int, *, most: int, now: datetime) -> LinkCode | None:
        """One more try, in one guarded statement; the code as it is then. None when none was left, or it's over."""
        ...

    def use(self, code_id: int, *, now: datetime) -> bool:
        """Guarded: a code is used once."""
        ...


@dataclass(frozen=True, slots=True)
class TicketLink:
    """A printed token's way to a phone; `address_id` is the one that was first."""

    key: str
    visit_id: VisitId
    expires_at: datetime
    address_id: AddressId | None


class TicketLinkStore(Protocol):
    def offer(self, visit: Visit, *, key: str, expires_at: datetime) -> TicketLink:
        """One for each visit: an earlier one keeps its key, and ends when this one would."""
        ...

    def find(self, key: str, *, now: datetime) -> TicketLink | None:
        """None when unknown or over."""
        ...

    def of_visit(self, visit_id: int, *, now: datetime) -> TicketLink | None: ...
    def bind(self, visit_id: int, *, address_id: int, now: datetime) -> bool:
        """Guarded: the first address wins; for that one it stays true."""
        ...


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """The one message of a ticket that is kept up to date, as claimed for showing it again.

    `provider_id` is the message to edit, None where a new one has to be sent; then `outdated_id` is one to remove.
    `shown` is a hash of what it shows.
    """

    ticket_id: TicketId
    queue_id: QueueId
    address_id: AddressId
    provider_id: str | None
    outdated_id: str | None
    shown: str | None
    attempts: int
    lease_until: datetime


class LiveMessageStore(Protocol):
    """One message a ticket, due when it may show what is no longer true; ended when it shows the end of the visit."""

    def show_anew(self, ticket: Ticket, *, address_id: int, now: datetime) -> None:
        """Made where there is none; else sent anew, below everything else, and the old one removed. Due at once."""
        ...

    def refresh(self, ticket_id: int, *, now: datetime) -> None:
        """Due at once, and shown even where nothing has changed but the time. Nothing where there is none."""
        ...

    def marks(self) -> Mapping[int, int]:
        """Of each running queue, and of each whose messages aren't ended: a number that is greater after every change.

        It is the sum of the queue's latest event ids: they don't become visible in their order.
        """
        ...

    def follow(self, queue_id: int, *, channels: Collection[str], now: datetime) -> int:
        """Makes those that live tickets of a running queue lack, where their address is on one of these channels and
        may be written to. One statement. Returns how many.
        """
        ...

    def queue_moved(self, queue_id: int, *, now: datetime) -> int:
        """All of the queue are due that aren't ended, and those of ended tickets that live again; each learns how many
        are ahead. Whose address may not be written to waits for the end of its ticket. One statement. Returns how many.
        """
        ...

    def time_passed(self, *, looked_before: datetime, now: datetime) -> int:
        """Those of running queues that nobody looked at for so long are due. Returns how many."""
        ...

    def due_since(self, *, now: datetime, shown_before: datetime) -> datetime | None:
        """Since when the oldest waits of those that could be claimed; None where there is none."""
        ...

    def claim(
        self, *, now: datetime, lease_until: datetime, shown_before: datetime, limit: int
    ) -> list[LiveMessage]:
        """Takes those due, the nearest turn first; none that were shown since `shown_before`, unless they are new, and
        none whose address waits for other words of ours.
        """
        ...

    def record_shown(
        self, claimed: LiveMessage, *, provider_id: str, shown: str, ended: bool, now: datetime
    ) -> None:
        """Where it was asked for anew meanwhile, what has been sent is only what the next one has to remove."""
        ...

    def record_unchanged(self, claimed: Sequence[LiveMessage]) -> None:
        """They show the truth already."""
        ...

    def record_later(self, claimed: LiveMessage, *, due_at: datetime, failed: bool) -> None:
        """Gives the claim back; `failed` counts an attempt."""
        ...

    def give_up(self, claimed: LiveMessage) -> None:
        """Nothing more is shown until the person asks for it."""
        ...


class EventStore(Protocol):
    def add(self, event: Event) -> EventId: ...
    def last_action(self, *, counter_id: int) -> RecordedEvent | None:
        """The counter's latest event that undo knows and that is not undone."""
        ...

    def last_of_queue(self, queue_id: int) -> RecordedEvent | None:
        """The same for a queue, whoever acted."""
        ...

    def mark_undone(self, event_id: int) -> bool:
        """Guarded: False when it was undone already."""
        ...


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A logged-in browser. The cookie holds a random token; the database only its SHA-256."""

    token_hash: str
    user_id: UserId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Whose a session is, and what they may do; at least one membership."""

    user: User
    memberships: tuple[Membership, ...]


class StaffSessionStore(Protocol):
    """Server-side sessions and the count of failed log-ins."""

    def add(self, session: StaffSession) -> None: ...
    def find(self, token_hash: str, *, now: datetime) -> LoggedIn | None:
        """None when unknown, ended or expired, or when its user works nowhere any more."""
        ...

    def end(self, token_hash: str) -> None: ...
    def end_all(self, user_id: int) -> None:
        """At a password change, role change or disabling."""
        ...

    def count_failure(self, key: str, *, now: datetime) -> None:
        """`key` names an account or an address, hashed by the caller."""
        ...

    def failures(self, key: str, *, since: datetime) -> int: ...
    def forget_failures(self, key: str) -> None: ...


class HeartbeatStore(Protocol):
    """Which background processes are alive; `/readyz` and the console show it."""

    def beat(self, process: str, *, now: datetime) -> None: ...
    def last(self) -> Mapping[str, datetime]:
        """process name -> when it last said so."""
        ...


@dataclass(frozen=True, slots=True)
class IngestLease:
    """Which process takes in a channel's messages, how, and until when unless it says so again.

    `account` is how the provider calls us, such as a bot's user name; None as long as it isn't known. `trouble` is what
    keeps the holder from its work, in words for owners.
    """

    channel: str
    holder: str
    mode: str
    lease_until: datetime
    account: str | None = None
    trouble: str | None = None


class IngestLeaseStore(Protocol):
    """One holder a channel: two that took in the same provider's messages would drive each other out."""

    def hold(self, lease: IngestLease, *, now: datetime) -> bool:
        """Takes or renews, guarded: False while another holder's lease lasts.

        A known account outlives a None; trouble does not.
        """
        ...

    def release(self, channel: str, *, holder: str, now: datetime) -> None:
        """Ends this holder's lease, so that another need not wait for its end; what it says stays to be read."""
        ...

    def of(self, channel: str) -> IngestLease | None:
        """The latest, whether it lasts or not."""
        ...

    def account(self, channel: str) -> str | None:
        """How the provider calls us there, such as a bot's user name; None while nobody has said so."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """A form of words that we have made at a provider: the words of a notice for a time when no conversation is open,
    in one language, or a frame of choices, whose `language` is "".

    `name` is the text's key, or the frame's (`list-3`); `variables` fill its gaps in order; `fingerprint` is a hash of
    what was made, so that a changed text is made anew. `state` is the provider's word: `unsubmitted`, `received`,
    `pending`, `approved`, `rejected`, `paused`, `disabled`; `category` what it made of it (`UTILITY`), `reason` why
    not.
    """

    channel: str
    account: str
    name: str
    language: str
    content_id: str
    fingerprint: str
    variables: tuple[str, ...] = ()
    state: str = "unsubmitted"
    category: str | None = None
    reason: str | None = None
    checked_at: datetime | None = None


class ContentStore(Protocol):
    """One for each channel, account, name and language."""

    def of(self, *, channel: str, account: str) -> list[Content]: ...
    def find(self, name: str, *, channel: str, account: str, language: str) -> Content | None: ...
    def save(self, content: Content) -> None:
        """Added, or put in the place of the one before."""
        ...


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that only people can mend, in words for owners. `key` says what it is, once (`sms:30007`)."""

    key: str
    told: str
    todo: str
    count: int
    first_at: datetime
    last_at: datetime


class AlarmStore(Protocol):
    def ring(self, key: str, *, told: str, todo: str, now: datetime) -> None:
        """Once more, where it rings already: counted, and the words are the latest."""
        ...

    def ringing(self, *, since: datetime) -> list[Alarm]:
        """Those that rang since then, the latest first."""
        ...

    def end(self, key: str) -> None:
        """What was wrong is right again."""
        ...


class ReceiptState(IntEnum):
    """What became of a message, as far as it came: a later report of less changes nothing."""

    ACCEPTED = 1
    SENT = 2
    FAILED = 3
    DELIVERED = 4
    READ = 5


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of one message. `fault` and `code` where it FAILED; `told` and `todo` are for owners, where
    only they can mend it (see `SendError`).
    """

    provider_id: str
    state: ReceiptState
    fault: SendFault | None = None
    code: str = ""
    told: str = ""
    todo: str = ""


class ReceiptStore(Protocol):
    """What providers reported of each message, as far as it came: here before the outbox knows the message, too."""

    def keep(self, receipt: Receipt, *, outbox_id: int, now: datetime) -> bool:
        """One guarded statement: False where as much or more was reported of this message, or of another row's."""
        ...

    def of(self, provider_id: str) -> Receipt | None: ...


class LookBackStore(Protocol):
    """How far a channel's messages are known to have come in, where the provider keeps them and can be asked."""

    def since(self, channel: str, *, now: datetime) -> datetime:
        """Until when all is known; `now`, for ever after, where nobody has asked before."""
        ...

    def move(self, channel: str, *, until: datetime, now: datetime) -> None:
        """All is known until then; never back. `now` is when somebody looked."""
        ...

    def looked_at(self, channel: str) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """What a simulated phone shows. `payload` is what the channel's `render` made, or `{"text": …}` when `mine`."""

    id: int
    mine: bool
    payload: Mapping[str, object]
    at: datetime
    edited: bool


class PhoneStore(Protocol):
    """The screens of simulated phones; only channels named `sim-…` are ever kept here."""

    def show(
        self, *, channel: str, handle: str, payload: Mapping[str, object], mine: bool, now: datetime
    ) -> int: ...
    def edit(self, message_id: int, *, channel: str, handle: str, payload: Mapping[str, object]) -> bool: ...
    def remove(self, message_id: int, *, channel: str, handle: str) -> bool: ...
    def screen(self, *, channel: str, handle: str, limit: int) -> list[PhoneMessage]:
        """The latest messages, oldest first."""
        ...

    def phones(self) -> list[tuple[str, str]]:
        """(channel, handle) of every phone that was used."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Rolls back unless `commit` is called; hints and pokes go out after the commit, and may fail."""

    places: PlaceStore
    people: PeopleStore
    slots: SlotStore
    appointments: AppointmentStore
    queues: QueueStore
    tickets: TicketStore
    days: DayStore
    message_log: MessageLogStore
    conversations: ConversationStore
    inbox: InboxStore
    outbox: OutboxStore
    live: LiveMessageStore
    events: EventStore
    staff_sessions: StaffSessionStore
    phones: PhoneStore
    link_codes: LinkCodeStore
    ticket_links: TicketLinkStore
    ingest_leases: IngestLeaseStore
    contents: ContentStore
    alarms: AlarmStore
    receipts: ReceiptStore
    look_backs: LookBackStore
    heartbeats: HeartbeatStore

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def attempt(self) -> AbstractContextManager[None]:
        """A savepoint: what is written inside is undone when an exception leaves it, and the transaction goes on."""
        ...

    def poke(self, queue_id: int) -> None:
        """After the commit, live pages of this queue are told that it changed."""
        ...

    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Announcer(Protocol):
    """Wake-up hints. Each returns whether it was taken; a failure slows, and loses nothing."""

    def outbox_due(self, lane: Lane, outbox_ids: Sequence[int]) -> bool: ...
    def inbox_due(self, senders: Sequence[tuple[str, str]]) -> bool:
        """(channel, handle) pairs with a message to process."""
        ...

    def live_due(self) -> bool:
        """Messages that are kept up to date have to be shown again."""
        ...

    def queue_changed(self, queue_ids: Collection[int]) -> bool: ...
    def phone_changed(self, channel: str, handle: str) -> bool:
        """A simulator phone has something new to show."""
        ...


class LiveFeed(Protocol):
    """The receiving end of `queue_changed` and `phone_changed`, for the web process."""

    def listen(
        self, topics: Collection[str], *, timeout: float
    ) -> AbstractContextManager[Iterator[str | None]]:
        """Yields a topic (`queue:7`, `phone:sim-sms:+91…`) when it changed, None after `timeout` seconds of silence."""
        ...


class Catalogue(Protocol):
    """Renders texts."""

    languages: tuple[str, ...]

    def render(self, text: Text, *, language: str, variant: str) -> str: ...
    def language_for(self, hint: str | None) -> str:
        """The catalogue's nearest language to a channel's hint (`hi-IN` -> `hi`), else English."""
        ...

    def templates(self, language: str) -> Mapping[str, TemplateText]:
        """What a channel is asked to approve, by the text's key; never another language's."""
        ...

    def params_in_words(self, text: Text, *, language: str, variant: str) -> Mapping[str, str]:
        """The text's parameters as they would stand in it."""
        ...


@dataclass(frozen=True, slots=True)
class Approved:
    """Words that a channel has approved for a time when no conversation is open: its name of them, and what stands in
    their gaps, in order. `text` is what the person reads.
    """

    content_id: str
    values: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A rendered message for one handle. `outbox_id` lets a provider's callbacks find the row, where it has one.

    `supersedes` is the provider's id of an earlier alert, which this one takes the place of: it is removed once this
    one has been sent. `closes` is that of an earlier question, which loses its buttons then. `urgent` words go before
    all others, where a channel's pace is limited. `approved` goes in the messages' place where no conversation is open.
    `tried_since` is when it was first tried, where an earlier attempt may have arrived: who sends looks for it first.
    """

    handle: str
    messages: tuple[Message, ...]
    outbox_id: OutboxId | None
    kind: str
    not_after: datetime
    supersedes: str | None = None
    closes: str | None = None
    urgent: bool = False
    approved: Approved | None = None
    tried_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a provider took. `form` is what it charges for: `session`, `template` or `sms`, "" where nothing is charged;
    `parts` how many of these.
    """

    provider_id: str
    form: str = ""
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit that all processes share: `rate` tokens a second, `burst` of them when it has rested.

    `reserve` tokens are left for words that are more urgent than this one; less than `burst`.
    """

    key: str
    rate: float
    burst: float
    reserve: float = 0


class Pace(Protocol):
    """How fast a provider may be spoken to, by every process together. It never fails: at worst it knows less."""

    def take(self, bucket: Bucket, *, tokens: int = 1) -> float:
        """0 when the tokens were taken; else the seconds to wait before asking again, and nothing was taken.

        Each of those who wait is told a turn of its own, so that they don't come back all at once. More tokens than
        the bucket ever holds count as all that it holds.
        """
        ...

    def hold(self, key: str, seconds: float) -> None:
        """Nobody gets a token of this bucket for so long; then it fills anew. Never shortens an earlier hold."""
        ...


class Sender(Protocol):
    def send(self, outgoing: Outgoing) -> Sent:
        """Hands the messages over; the provider's id is that of the last. Raises SendError."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """Everything the core knows of a channel. `read` and `render` are pure.

    `rests` heeds a refusal that the provider told of an earlier message, as if it had met the next one;
    `account` is whose contents (see `ContentStore`) it may use; `ask` tells what became of a message by the provider's
    id of it, None where the provider can't say now. `narrowed` is what it can do at one address, where that differs;
    `opens` the link that opens this chat with words ready to be sent, for people in a country (ISO 3166), None where
    they can't write first.
    """

    name: str
    capabilities: Capabilities
    read: Callable[[Mapping[str, object]], Incoming]
    render: Callable[[Message], list[dict[str, object]]]
    sender: Sender
    account: str = ""
    ask: Callable[[str], Receipt | None] | None = None
    rests: Callable[[SendError, str], None] | None = None
    narrowed: Callable[[Address], Capabilities] | None = None
    opens: Callable[[str, str | None], str | None] | None = None

    def capabilities_at(self, address: Address) -> Capabilities:
        return self.capabilities if self.narrowed is None else self.narrowed(address)


@dataclass(frozen=True, slots=True)
class Services:
    """What every edge receives, made once by app.py."""

    uow: Callable[[], UnitOfWork]
    clock: Clock
    catalogue: Catalogue
    channels: Mapping[str, Channel]
    announcer: Announcer
    live: LiveFeed
    settings: Settings
