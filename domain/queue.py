"""The live line: states, the one order, who has crossed a threshold, how crowded it is. Never a seat, never SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from domain.ids import (
    AddressId,
    AppointmentId,
    CounterId,
    OrganisationId,
    QueueId,
    ServiceId,
    SiteId,
    SlotId,
    TicketId,
    VisitId,
)
from domain.schedule import THRESHOLDS


class QueueState(Enum):
    NOT_STARTED = "not_started"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


RUNNING = frozenset({QueueState.OPEN, QueueState.PAUSED})


class TicketState(Enum):
    EXPECTED = "expected"
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    COMPLETED = "completed"
    ON_HOLD = "on_hold"
    NO_SHOW = "no_show"
    LEFT = "left"
    TRANSFERRED = "transferred"
    VOID = "void"


IN_LINE = frozenset({TicketState.EXPECTED, TicketState.WAITING})
AT_COUNTER = frozenset({TicketState.CALLED, TicketState.SERVING})
AWAITED = IN_LINE | {TicketState.ON_HOLD}  # not called: the person may still say that they are here, or late
LIVE = IN_LINE | AT_COUNTER | {TicketState.ON_HOLD}
HAS_INTERVAL = frozenset({TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.ON_HOLD})


@dataclass(frozen=True, slots=True)
class Queue:
    """A service's live line on one business date."""

    id: QueueId
    organisation_id: OrganisationId
    site_id: SiteId
    service_id: ServiceId
    business_date: date
    state: QueueState
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket about to be issued. `number` orders those of one slot, `due_at` is the slot's start or the arrival."""

    organisation_id: OrganisationId
    site_id: SiteId
    service_id: ServiceId
    queue_id: QueueId
    visit_id: VisitId
    appointment_id: AppointmentId | None
    slot_id: SlotId | None
    address_id: AddressId | None
    business_date: date
    token: str
    number: int
    state: TicketState
    due_at: datetime
    arrived_at: datetime
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """One place in the line. `interval` numbers its stays (waiting, called …); `version` moves with every change.

    `alerted` is the smallest threshold told in this waiting interval, `alert_round` counts corrections of what was
    told, `calls` how often the person was called in this interval. `here_at` and `late_at` are what they said last of
    their coming, one of them at most.
    """

    id: TicketId
    organisation_id: OrganisationId
    site_id: SiteId
    service_id: ServiceId
    queue_id: QueueId
    visit_id: VisitId
    appointment_id: AppointmentId | None
    slot_id: SlotId | None
    address_id: AddressId | None
    business_date: date
    token: str
    number: int
    state: TicketState
    priority: int
    due_at: datetime
    arrived_at: datetime
    interval: int
    version: int
    counter_id: CounterId | None
    called_at: datetime | None
    last_call_at: datetime | None
    finished_at: datetime | None
    calls: int
    alerted: int | None
    alert_round: int
    here_at: datetime | None = None
    late_at: datetime | None = None


class Crowd(Enum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def order_key(ticket: Ticket) -> tuple[int, datetime, datetime, int, int]:
    """THE order of the line: priority, due time, arrival, token. Its SQL twin is `persistence.tickets.LINE_ORDER`."""
    return (-ticket.priority, ticket.due_at, ticket.arrived_at, ticket.number, ticket.id)


def in_order(tickets: Iterable[Ticket]) -> list[Ticket]:
    return sorted(tickets, key=order_key)


def threshold_crossed(*, ahead: int, alerted: int | None) -> int | None:
    """The threshold to tell a person of now, or None. At or below counts, so that a jump misses nobody."""
    reached = min((t for t in THRESHOLDS if ahead <= t), default=None)
    if reached is None or (alerted is not None and alerted <= reached):
        return None
    return reached


def newly_near(head: Sequence[Ticket]) -> list[tuple[Ticket, int, int]]:
    """Of the head of the line, in order: (ticket, ahead, threshold) for each who has to be told."""
    near = []
    for ahead, ticket in enumerate(head):
        threshold = threshold_crossed(ahead=ahead, alerted=ticket.alerted)
        if threshold is not None:
            near.append((ticket, ahead, threshold))
    return near


def told_too_much(line: Sequence[Ticket]) -> dict[Ticket, int | None]:
    """Of the head of the line, in order: those who were told a smaller number than is true, with what still is."""
    corrected: dict[Ticket, int | None] = {}
    for ahead, ticket in enumerate(line):
        if ticket.alerted is not None and ahead > ticket.alerted:
            corrected[ticket] = min((t for t in THRESHOLDS if ahead <= t), default=None)
    return corrected


def crowd(*, waiting: int, counters: int, minutes_each: float) -> Crowd:
    """People waiting per open counter against what it serves in an hour: up to half an hour of work is low, up to
    an hour and a half medium, more is high.
    """
    hours = waiting / max(1, counters) * minutes_each / 60
    if hours <= 0.5:
        return Crowd.LOW
    return Crowd.MEDIUM if hours <= 1.5 else Crowd.HIGH
