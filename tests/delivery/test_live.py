"""The message of a ticket that is kept up to date: when it is sent, edited, sent anew or left alone; faults, kills."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from domain.errors import SendError, SendFault
from domain.events import SYSTEM
from domain.ports import Outgoing, Sent, Services
from domain.queue import QueueState
from domain.use_cases.book import Booked
from domain.use_cases.deliver import work_outbox
from domain.use_cases.live import AT_ONCE, LEASE, MOST_FAILURES, look_for_changes, refresh, waits_since
from domain.use_cases.walk_in import issue_walk_in
from jobs.live import Watch
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.delivery.world import (
    Hospital,
    KeptHints,
    KeptMessages,
    SetClock,
    a_channel,
    services_for,
    settings_for,
)


class Killed(BaseException):
    """What a process is when it is killed: nothing of it goes on."""


@dataclass
class Phones:
    """A channel that edits. `faults` are met by handle; `dies` kills the process once, after the hand-over."""

    shown: dict[str, str] = field(default_factory=dict)  # by message
    handed: list[Outgoing] = field(default_factory=list)
    faults: dict[str, list[SendFault]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    dies: bool = False

    def send(self, outgoing: Outgoing) -> Sent:
        if self.faults.get(outgoing.handle):
            raise SendError(self.faults[outgoing.handle].pop(0), retry_after=7)
        self.handed.append(outgoing)
        (message,) = outgoing.messages
        shown = message.replaces if message.replaces and message.replaces not in self.gone else None
        shown = shown or f"m{len(self.handed)}"
        self.shown[shown] = message.text
        if outgoing.supersedes:
            self.shown.pop(outgoing.supersedes, None)
        if self.dies:
            self.dies = False
            raise Killed
        return Sent(shown)

    @property
    def handles(self) -> list[str]:
        return [outgoing.handle for outgoing in self.handed]

    @property
    def edits(self) -> list[bool]:
        return [outgoing.messages[0].replaces is not None for outgoing in self.handed]


@pytest.fixture
def phones() -> Phones:
    return Phones()


ON_BOTH = pytest.mark.parametrize("story_url", ["sqlite_url", "postgres_url"], indirect=True)


@pytest.fixture
def story_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return url


@pytest.fixture
def engine(story_url: str) -> Iterator[Engine]:
    engine = make_engine(story_url)
    yield engine
    engine.dispose()


@pytest.fixture
def services(engine: Engine, clock: SetClock, hints: KeptHints, phones: Phones, tmp_path: Path) -> Services:
    keeps = a_channel("sim-telegram", phones, edits_in_place=True)
    keeps = replace(keeps, capabilities=replace(keeps.capabilities, keeps_live=True))
    return services_for(
        lambda: SqlUnitOfWork(engine, announcer=hints, clock=clock),
        channels=[keeps, a_channel("sim-sms", KeptMessages())],
        announcer=hints,
        clock=clock,
        settings=settings_for(database_url="", redis_url="", var_dir=tmp_path),
    )


@pytest.fixture
def day(hospital: Hospital, clock: SetClock, services: Services) -> "Day":
    return Day(hospital, clock, services)


@dataclass
class Day:
    """A queue with followers on phones that edit. What waits in the outbox counts as sent."""

    hospital: Hospital
    clock: SetClock
    services: Services
    marks: dict[int, int] = field(default_factory=dict)

    def books(self, handle: str, *, channel: str = "sim-telegram", hours_ahead: int = 0) -> Booked:
        return self.hospital.books(handle, channel=channel, hours_ahead=hours_ahead)

    def starts(self, *handles: str) -> list[Booked]:
        booked = [self.books(handle, hours_ahead=n // 2) for n, handle in enumerate(handles)]
        self.hospital.starts()
        self.says_everything()
        return booked

    def says_everything(self) -> None:
        with self.services.uow() as uow:
            rows = uow.outbox.claim(self.hospital.due_in(uow), now=self.clock.at, lease_until=self.clock.at)
            for row in rows:
                uow.outbox.record_sent(row.id, sent=Sent("x"), said=[], now=self.clock.at)
            uow.commit()

    def looks(self) -> None:
        self.marks = look_for_changes(self.services, self.marks)

    def shows(self) -> int:
        self.looks()
        shown = 0
        while more := refresh(self.services):
            shown += more
        return shown

    def passes(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)

    def calls_next(self) -> None:
        self.hospital.calls_next()
        self.says_everything()


def test_at_the_start_everybody_gets_one_without_a_sound_the_nearest_first(day: Day, phones: Phones) -> None:
    day.books("sms", channel="sim-sms")
    day.starts("a", "b", "c")
    assert day.shows() == 3
    assert phones.handles == ["a", "b", "c"]
    assert all(o.messages[0].silent and not o.urgent and o.kind == "live" for o in phones.handed)
    assert day.shows() == 0


def test_the_queue_moves_and_so_does_each_message_in_place(day: Day, phones: Phones) -> None:
    day.starts("a", "b")
    day.shows()
    day.passes(3)
    day.calls_next()
    assert day.shows() == 2
    assert phones.edits == [False, False, True, True]
    assert len(phones.shown) == 2
    assert "line-called" in phones.shown["m1"]
    assert "key='line-ahead', params={'ahead': 0}" in phones.shown["m2"]


@ON_BOTH
def test_many_moves_within_seconds_are_one_edit(day: Day, phones: Phones) -> None:
    day.starts("a", "b", "c", "d")
    day.shows()
    for _ in range(3):
        day.passes(0.5)
        day.calls_next()
        day.shows()
    assert len(phones.handed) == 4
    day.passes(1.5)
    day.shows()
    assert sorted(phones.handles) == sorted(["a", "b", "c", "d"] * 2)


def test_what_is_shown_already_is_not_sent_again(day: Day, phones: Phones) -> None:
    day.starts("a", "b")
    day.shows()
    day.passes(4)
    # Somebody far behind joins: the line of those before them is what it was.
    day.books("late", hours_ahead=2)
    day.says_everything()
    assert day.shows() == 3
    assert phones.handles == ["a", "b", "late"]


def test_as_time_passes_the_wait_is_told_anew(day: Day, phones: Phones) -> None:
    day.starts("a", "b")
    day.shows()
    day.calls_next()
    day.passes(3)
    day.shows()
    phones.handed.clear()
    for _ in range(10):
        day.passes(61)
        day.shows()
    assert phones.handles
    assert set(phones.handles) == {"b"}


def test_the_end_is_shown_once_and_without_buttons(day: Day, phones: Phones) -> None:
    day.starts("a", "b")
    day.shows()
    for _ in range(3):
        day.passes(4)
        day.calls_next()
        day.shows()
    last = [o.messages[0] for o in phones.handed if o.handle == "a"][-1]
    assert "line-done" in last.text
    assert last.options == ()
    phones.handed.clear()
    day.passes(4)
    day.books("c", hours_ahead=1)
    day.says_everything()
    day.shows()
    assert phones.handles == ["c"]


def test_a_message_that_is_gone_is_sent_anew_and_that_one_is_edited_then(day: Day, phones: Phones) -> None:
    day.starts("a", "b")
    day.shows()
    phones.gone = {"m2"}
    for _ in range(2):
        day.passes(4)
        day.calls_next()
        day.shows()
    of_b = [o.messages[0].replaces for o in phones.handed if o.handle == "b"]
    assert of_b == [None, "m2", "m4"]


def test_throttled_it_stays_due_and_is_never_a_failure(day: Day, phones: Phones) -> None:
    day.starts("a")
    phones.faults["a"] = [SendFault.THROTTLED] * (MOST_FAILURES + 2)
    for _ in range(MOST_FAILURES + 2):
        assert day.shows() == 0
        day.passes(7)
    assert day.shows() == 1
    assert phones.handles == ["a"]


def test_a_phone_that_can_t_be_reached_holds_up_nobody(day: Day, phones: Phones) -> None:
    day.starts("a", "b", "c")
    phones.faults = {"a": [SendFault.UNREACHABLE], "b": [SendFault.LATER]}
    assert day.shows() == 1
    assert phones.handles == ["c"]
    day.passes(8)
    day.calls_next()
    day.shows()
    assert phones.handles == ["c", "b", "c"]


@pytest.mark.parametrize("fault", [SendFault.OURS, SendFault.UNCLEAR])
def test_what_may_have_arrived_or_is_our_bug_is_tried_a_few_times_only(
    day: Day, phones: Phones, fault: SendFault
) -> None:
    day.starts("a")
    phones.faults["a"] = [fault] * 99
    for _ in range(10):
        day.shows()
        day.passes(61)
    assert 99 - len(phones.faults["a"]) == MOST_FAILURES


def test_who_blocks_us_is_written_to_no_more(day: Day, phones: Phones, services: Services) -> None:
    (booked,) = day.starts("a")
    phones.faults["a"] = [SendFault.BLOCKED]
    day.shows()
    day.passes(61)
    day.calls_next()
    day.shows()
    assert phones.handed == []
    with services.uow() as uow:
        address = uow.people.address_by_id(booked.ticket.address_id or 0)
    assert address is not None and address.blocked_at is not None


def test_who_said_stop_is_not_written_to(day: Day, phones: Phones, hospital: Hospital) -> None:
    day.starts("a", "b")
    day.looks()
    hospital.says_stop("a", channel="sim-telegram")
    day.shows()
    assert phones.handles == ["b"]


@ON_BOTH
@pytest.mark.parametrize("when", ["waits", "ends"])
def test_a_queue_that_is_over_is_looked_at_no_more_though_somebody_in_it_blocks_us(
    day: Day, phones: Phones, services: Services, hospital: Hospital, when: str
) -> None:
    """Else each of them would be looked after every second for ever."""
    (booked,) = day.starts("a")
    day.shows()
    if when == "waits":
        hospital.says_stop("a", channel="sim-telegram")
    for _ in range(2):
        day.passes(4)
        day.calls_next()
        if when == "ends":
            phones.faults["a"] = [SendFault.BLOCKED]
    with services.uow() as uow:
        uow.queues.set_state(booked.ticket.queue_id, state=QueueState.CLOSED, started_at=None)
        uow.commit()
    assert day.marks
    for _ in range(2):  # the second finds who was refused at the first
        day.shows()
    day.looks()
    assert len(phones.handed) == 1
    assert day.marks == {}


@ON_BOTH
def test_a_killed_refresher_doubles_one_message_at_most(day: Day, phones: Phones) -> None:
    day.starts("a", "b", "c")
    phones.dies = True
    day.looks()
    with pytest.raises(Killed):
        refresh(day.services)
    assert day.shows() == 0, "what it had in hand is leased"
    day.passes(LEASE.total_seconds())
    assert day.shows() == 3
    assert phones.handles == ["a", "a", "b", "c"]
    phones.handed.clear()
    day.passes(4)
    day.calls_next()
    day.shows()
    assert phones.handles == ["a", "b", "c"], "and one is kept up to date from then on"


def test_killed_while_it_edits_it_doubles_nothing(day: Day, phones: Phones) -> None:
    day.starts("a", "b")
    day.shows()
    day.passes(4)
    day.calls_next()
    day.looks()
    phones.dies = True
    with pytest.raises(Killed):
        refresh(day.services)
    day.passes(LEASE.total_seconds())
    day.shows()
    assert len(phones.shown) == 2


def test_an_alert_on_its_way_goes_first(day: Day, phones: Phones, hospital: Hospital) -> None:
    day.starts("a", "b")
    day.shows()
    day.passes(4)
    hospital.calls_next()
    assert day.shows() == 1
    assert phones.handles == ["a", "b", "b"], "who is called is told first that it's their turn"
    day.says_everything()
    assert day.shows() == 1
    assert phones.handles[-1] == "a"


def test_the_clock_hints_of_what_is_due_and_works_it_where_nobody_takes_the_hint(
    day: Day, phones: Phones, hints: KeptHints, services: Services
) -> None:
    day.starts("a")
    watch = Watch()
    watch(services)
    assert (hints.live, phones.handed) == (1, [])
    hints.takes = False
    watch(services)
    assert phones.handles == ["a"]
    hints.takes = True
    watch(services)
    assert hints.live == 1, "nothing is due"


def test_the_clock_works_what_was_hinted_of_in_vain(day: Day, phones: Phones, services: Services) -> None:
    day.starts("a")
    watch = Watch()
    watch(services)
    day.passes(21)
    watch(services)
    assert phones.handles == ["a"]


def test_a_queue_that_was_paused_or_never_started_is_followed_by_who_asked(
    day: Day, phones: Phones, services: Services
) -> None:
    booked = day.books("a", hours_ahead=1)
    with services.uow() as uow:
        uow.live.show_anew(booked.ticket, address_id=booked.ticket.address_id or 0, now=day.clock.at)
        uow.commit()
    assert waits_since(services) == day.clock.at
    day.shows()
    day.passes(4)
    day.books("b")
    assert day.shows() == 1
    assert "key='line-ahead', params={'ahead': 1}" in phones.shown["m1"]


def followers(services: Services, queue_id: int, *, count: int, now: datetime) -> None:
    """So many who walked in and follow their token, each on a phone of their own."""
    with services.uow() as uow:
        for number in range(count):
            issued = issue_walk_in(uow, queue_id=queue_id, counter_id=None, name=None, actor=SYSTEM, now=now)
            address = uow.people.address(channel="sim-telegram", handle=f"p{number}", now=now)
            uow.tickets.follow(issued.visit.id, address_id=address.id)
        uow.commit()


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    told: list[str] = []

    def tell(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            told.append(statement)

    event.listen(engine, "before_cursor_execute", tell)
    yield told
    event.remove(engine, "before_cursor_execute", tell)


@ON_BOTH
def test_next_asks_the_database_the_same_whoever_follows(
    day: Day, hospital: Hospital, engine: Engine
) -> None:
    day.starts("a", "b", "c", "d", "e", "f", "g", "h")
    day.calls_next()
    with statements(engine) as before:
        hospital.calls_next()
    day.says_everything()
    assert day.shows() == 7, "whose visit is over is not followed any more"
    with statements(engine) as after:
        hospital.calls_next()
    assert sorted(after) == sorted(before)
    assert not any("live_messages" in statement for statement in after)


@ON_BOTH
def test_what_goes_by_a_channel_that_never_tells_looks_for_no_report(
    day: Day, hospital: Hospital, services: Services, engine: Engine
) -> None:
    day.starts("a")
    hospital.calls_next()
    due = hospital.due()
    with statements(engine) as sending:
        assert work_outbox(services, due) == len(due) > 0
    assert not any("receipts" in statement for statement in sending)


@ON_BOTH
def test_a_crowd_is_marked_and_looked_at_by_few_statements(
    day: Day, phones: Phones, hospital: Hospital, services: Services, engine: Engine
) -> None:
    day.starts("a")
    followers(services, hospital.slot().queue_id, count=60, now=day.clock.at)
    day.says_everything()
    with statements(engine) as marking:
        day.looks()
    assert len(marking) <= 6
    with statements(engine) as showing:
        assert refresh(services) == AT_ONCE
    assert len(showing) <= 12 + AT_ONCE
    assert phones.handles[0] == "a"
    assert day.shows() == 61 - AT_ONCE
    assert phones.handles[1:] == [f"p{number}" for number in range(60)]


@ON_BOTH
def test_two_refreshers_share_the_work_and_show_each_once(
    day: Day, phones: Phones, hospital: Hospital, services: Services
) -> None:
    day.starts("a")
    followers(services, hospital.slot().queue_id, count=40, now=day.clock.at)
    day.says_everything()
    day.looks()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: [refresh(services) for _ in range(6)], range(2)))
    assert sorted(phones.handles) == sorted(["a", *(f"p{number}" for number in range(40))])
