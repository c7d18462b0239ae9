"""The ways to a person as a state machine: whatever carriers, reports, workers and the person do, nobody is told twice
on two channels for no need, on a channel they have not agreed to, or lost while there was a way.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import SendError, SendFault
from domain.ids import OutboxId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.ports import OutboxRow, Outgoing, Receipt, ReceiptState, Sent
from domain.use_cases.deliver import sweep_outbox, work_outbox
from domain.use_cases.receipts import take_receipt
from domain.use_cases.unconfirmed import ask_after_unconfirmed
from persistence.memory import memory_uow
from tests.delivery.reach import SMS, TELEGRAM, WHATSAPP, Person, a_person
from tests.delivery.world import Hospital, KeptHints, SetClock, a_channel, services_for, settings_for

ALL = (WHATSAPP, SMS, TELEGRAM)
CHANNELS = st.sampled_from(ALL)
TOLD_AT_ONCE = [
    fault for fault in SendFault if fault is not SendFault.UNREACHABLE
]  # a phone is dead from the start
# Well, unclear, or something else: a third each.
MOODS = st.none() | st.just(SendFault.UNCLEAR) | st.sampled_from(TOLD_AT_ONCE)
TOLD_LATER = [fault for fault in TOLD_AT_ONCE if fault is not SendFault.UNCLEAR]
ENDED = {"sent", "delivered", "read", "failed", "expired", "suppressed"}
MAYBE, UNDER_WAY, ARRIVED, FAILED = "maybe", "under way", "arrived", "failed"


class Dies(Enum):
    """When a worker is killed: before the provider has its message, or after."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(slots=True)
class Handed:
    """A message that a carrier got, and what has really become of it."""

    row_id: OutboxId
    channel: str
    provider_id: str
    became: str


class Killed(BaseException):
    """What a process is when it is killed: nothing of it goes on."""


@dataclass(slots=True)
class Fated:
    """A channel's provider; `mood` is the fault that it has at present."""

    machine: "ReachMachine"
    name: str
    is_dead: bool = False
    mood: SendFault | None = None
    reports: dict[str, Receipt] = field(default_factory=dict)

    def send(self, outgoing: Outgoing) -> Sent:
        assert outgoing.outbox_id is not None
        if self.machine.dies is Dies.BEFORE:
            raise Killed
        self.machine.look_at(outgoing.outbox_id, self.name)
        if self.machine.dies is Dies.AFTER:
            self.machine.hand(outgoing.outbox_id, self.name, FAILED if self.is_dead else MAYBE)
            raise Killed
        fault = SendFault.UNREACHABLE if self.is_dead else self.mood
        if fault is not None and fault is not SendFault.UNCLEAR:
            raise SendError(fault)
        handed = self.machine.hand(outgoing.outbox_id, self.name, MAYBE if fault else UNDER_WAY)
        if fault is not None:
            raise SendError(fault)
        return Sent(handed.provider_id)

    def ask(self, provider_id: str) -> Receipt | None:
        return self.reports.get(provider_id)


class ReachMachine(RuleBasedStateMachine):
    """One person with three addresses, who has been called and has an appointment."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[OutboxId] = []
        self.handed: list[Handed] = []
        self.wrongs: list[str] = []
        self.has_decided = False
        self.dies: Dies | None = None

    @initialize(dead=st.sets(CHANNELS, max_size=1), refuses=st.sets(CHANNELS, max_size=1), mood=MOODS)
    def begins(self, dead: set[str], refuses: set[str], mood: SendFault | None) -> None:
        self.clock = SetClock()
        self.carriers = {name: Fated(self, name, is_dead=name in dead) for name in ALL}
        self.carriers[WHATSAPP].mood = mood
        uow = memory_uow(KeptHints(), clock=self.clock)
        channels = [
            a_channel(name, carrier, ask=None if name == TELEGRAM else carrier.ask)
            for name, carrier in self.carriers.items()
        ]
        plain = settings_for(database_url="", redis_url="", var_dir=Path())
        self.services = services_for(
            uow, channels=channels, announcer=KeptHints(), clock=self.clock, settings=plain
        )
        self.hospital = Hospital(self.services, self.clock)
        self.hospital.open_doors()
        self.asha: Person = a_person(self.hospital, "asha", ALL)
        self.hospital.starts()
        self.hospital.calls_next()
        with self.services.uow() as unit:
            for outbox_id in self.hospital.due_in(unit):
                unit.outbox.record_suppressed(outbox_id, reason="not of this story", now=self.clock.at)
            unit.commit()
        for name in ALL:
            self.asha.change(name, consent_at=None if name in refuses else self.clock.at)

    @rule(kind=st.sampled_from([NoticeKind.CALLED, NoticeKind.REMINDER]))
    def is_to_be_told(self, kind: NoticeKind) -> None:
        ticket, now = self.hospital.ticket(self.asha.booked), self.clock.at
        notice = Notice(
            kind=kind,
            address_id=self.asha.addresses[WHATSAPP],
            dedupe_key=f"{kind.value}:{len(self.made)}",
            due_at=now,
            not_after=now + VALID_FOR[kind],
            organisation_id=ticket.organisation_id,
            site_id=ticket.site_id,
            ticket_id=ticket.id,
            appointment_id=ticket.appointment_id,
            data={"interval": ticket.interval, "round": ticket.alert_round, "call": ticket.calls},
        )
        with self.services.uow() as uow:
            self.made += uow.outbox.add([notice])
            uow.commit()

    @rule(channel=CHANNELS, mood=MOODS)
    def a_carrier_changes(self, channel: str, mood: SendFault | None) -> None:
        self.carriers[channel].mood = mood

    @rule(seconds=st.sampled_from([0, 5, 60]))
    def a_worker_works(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)
        work_outbox(self.services, self.hospital.due())

    @rule(dies=st.sampled_from(Dies))
    def a_worker_dies(self, dies: Dies) -> None:
        """With one row in hand."""
        self.dies = dies
        with suppress(Killed):
            work_outbox(self.services, self.hospital.due()[:1])
        self.dies = None

    @rule(seconds=st.sampled_from([1, 10, 45, 60, 300, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def the_clock_asks(self) -> None:
        ask_after_unconfirmed(self.services)

    @rule()
    def the_clock_sweeps(self) -> None:
        sweep_outbox(self.services)

    @precondition(lambda self: any(handed.became == UNDER_WAY for handed in self.handed))
    @rule(data=st.data(), is_lost=st.booleans(), fault=st.none() | st.sampled_from(TOLD_LATER))
    def a_message_ends(self, data: st.DataObject, is_lost: bool, fault: SendFault | None) -> None:
        """Arrives, or fails for a reason; the report of it may get lost, and is there for whoever asks."""
        under_way = [h for h in self.handed if h.became == UNDER_WAY and h.channel != TELEGRAM]
        if not under_way:
            return
        handed = data.draw(st.sampled_from(under_way))
        handed.became = FAILED if fault else ARRIVED
        state = ReceiptState.FAILED if fault else ReceiptState.DELIVERED
        report = Receipt(handed.provider_id, state, fault, "1" if fault else "")
        self.carriers[handed.channel].reports[handed.provider_id] = report
        if is_lost:
            return
        with self.services.uow() as uow:
            channels, now = self.services.channels, self.clock.at
            take_receipt(uow, handed.row_id, report, channels=channels, now=now)
            uow.commit()

    @rule(channel=CHANNELS, consents=st.booleans(), stops=st.booleans())
    def asha_decides(self, channel: str, consents: bool, stops: bool) -> None:
        now = self.clock.at
        self.has_decided = True
        self.asha.change(
            channel, consent_at=now if consents else None, stopped_at=now if stops else None, blocked_at=None
        )

    def look_at(self, row_id: OutboxId, channel: str) -> None:
        """What has to hold at each hand-over. Kept, since whoever sends takes an exception for a bug of the sender."""
        row, address = self.row(row_id), self.asha.address(channel)
        earlier = self.before(row)
        handed = {h.became for h in self.handed if h.row_id in [each.id for each in earlier]}
        wrongs = {
            "closed": bool(address.stopped_at or address.blocked_at),
            "no consent": bool(earlier) and address.consent_at is None,
            "the same way again": channel in [self.channel_of(each) for each in earlier],
            "twice for no need": not row.notice.is_rather_told_twice and not handed <= {FAILED},
        }
        self.wrongs += [f"row {row_id} by {channel}: {wrong}" for wrong, is_so in wrongs.items() if is_so]

    @invariant()
    def nothing_was_handed_over_that_must_not_be(self) -> None:
        assert self.wrongs == []

    def hand(self, row_id: OutboxId, channel: str, became: str) -> Handed:
        self.handed.append(Handed(row_id, channel, f"m{len(self.handed)}", became))
        return self.handed[-1]

    def row(self, row_id: OutboxId) -> OutboxRow:
        with self.services.uow() as uow:
            row = uow.outbox.row(row_id)
        assert row is not None
        return row

    def before(self, row: OutboxRow) -> list[OutboxRow]:
        """The rows that this one fell back from."""
        if row.notice.fallback_of is None:
            return []
        earlier = self.row(row.notice.fallback_of)
        return [earlier, *self.before(earlier)]

    def channel_of(self, row: OutboxRow) -> str:
        names = {address_id: name for name, address_id in self.asha.addresses.items()}
        return names[row.notice.address_id]

    def all_rows(self) -> list[OutboxRow]:
        with self.services.uow() as uow:
            found = [uow.outbox.row(row_id) for row_id in range(self.made[0], self.made[0] + 99)]
        return [row for row in found if row is not None]

    @invariant()
    def each_falls_back_once(self) -> None:
        if self.made:
            fallbacks = [row.notice.fallback_of for row in self.all_rows() if row.notice.fallback_of]
            assert len(fallbacks) == len(set(fallbacks))

    @invariant()
    def what_failed_for_sure_has_gone_every_way_there_was(self) -> None:
        if not self.made or self.has_decided:
            return
        rows = self.all_rows()
        followed = {row.notice.fallback_of for row in rows}
        for row in rows:
            is_over = row.state != "failed" or row.id in followed or self.clock.at >= row.notice.not_after
            if not is_over and not row.unclear:
                tried = {self.channel_of(each) for each in (row, *self.before(row))}
                assert not [name for name in ALL if name not in tried and self.is_open(name)]

    def is_open(self, channel: str) -> bool:
        address = self.asha.address(channel)
        return address.consent_at is not None and not address.stopped_at and not address.blocked_at

    def teardown(self) -> None:
        """In the end nothing is on its way any more."""
        if not self.made:
            return
        self.clock.forward(days=2)
        while sweep_outbox(self.services).expired:
            pass
        assert {row.state for row in self.all_rows()} <= ENDED


TestReachMachine = ReachMachine.TestCase
TestReachMachine.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
