"""What pages show: frozen snapshots, complete in themselves, ready for JSON.

Never a phone or an e-mail; a name on staff's pages only.
"""

from dataclasses import dataclass
from datetime import date, datetime, time


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A person's own place. `ahead` is None once called; `low`/`high` are minutes, None where nobody can say yet.

    `here` and `late` are what the person said last of their coming.
    """

    token: str
    state: str
    queue_state: str
    now_serving: tuple[str, ...]
    ahead: int | None
    low: int | None
    high: int | None
    crowd: str | None
    counter: str | None
    service: str
    site: str
    room: str | None
    business_date: date
    due_at: datetime
    time_zone: str
    updated_at: datetime
    here: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class CounterView:
    """A counter as the console needs it; `ticket_id` and `token` of whom it has, `since` when they were called.

    `unreached` when our last notice, be it the call itself, did not reach them.
    """

    id: int
    name: str
    version: int
    queue_id: int | None
    ticket_id: int | None
    token: str | None
    name_of_person: str | None
    state: str | None
    since: datetime | None
    unreached: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of the staff's list; a walk-in has no appointment.

    `unreached` when the last notice to the person came nowhere, or nobody can be told. `here_at` and `late_at` are what
    the person said last of their coming, one of them at most.
    """

    ticket_id: int
    appointment_id: int | None
    token: str
    name: str | None
    state: str
    due_at: datetime
    ahead: int | None
    has_phone: bool
    unreached: bool
    here_at: datetime | None = None
    late_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleView:
    """The queue of a service as its staff see it; `line` is its head in order, `waiting` the whole count."""

    queue_id: int
    service_id: int
    service: str
    site: str
    time_zone: str
    business_date: date
    state: str
    counters: tuple[CounterView, ...]
    line: tuple[LineView, ...]
    missed: tuple[LineView, ...]
    waiting: int
    completed: int
    no_shows: int
    crowd: str
    low: int | None
    high: int | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BoardCall:
    token: str
    counter: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class BoardQueue:
    """One service on the wall. `calls` newest first."""

    service: str
    state: str
    calls: tuple[BoardCall, ...]
    waiting: int
    low: int | None
    high: int | None
    crowd: str


@dataclass(frozen=True, slots=True)
class BoardView:
    site: str
    time_zone: str
    business_date: date
    queues: tuple[BoardQueue, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Today's figures of one service; `queue_id` is None where the day has no queue.

    `unreached` are those in line whom our last notice did not reach (see `LineView`).
    """

    service_id: int
    service: str
    queue_id: int | None
    queue_state: str | None
    booked: int
    waiting: int
    served: int
    no_show: int
    cancelled: int
    unreached: int = 0


@dataclass(frozen=True, slots=True)
class DayListRow:
    """A row of the printed list, for when everything is down. It has names: for staff's eyes only."""

    appointment_id: int | None
    start_time: time | None
    token: str
    name: str | None
    reference_number: str | None
    code: str
    state: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A row of the message log: what went, how and when. Never to whom.

    `at` is when it was sent, or is or was due. `said` is empty for answers, which may repeat what the person wrote, and
    for what is for their eyes alone. `instead_of` is the channel of the message that did not reach the person.
    """

    id: int
    at: datetime
    kind: str
    channel: str | None
    token: str | None
    state: str
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    form: str | None
    parts: int
    error: str | None
    instead_of: str | None
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageTotals:
    """What a span of time cost, in what providers charge for, and what came to nothing.

    `failed` are messages; `unreached` those of them after which nothing went to another address.
    """

    segments: int
    session: int
    templates: int
    failed: int
    unreached: int
