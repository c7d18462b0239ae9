"""The whole line as a state machine: whatever people and staff do, nobody is lost, doubled, jumped or left untold."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.booking import AppointmentStatus
from domain.errors import DomainError
from domain.events import Actor, EventName
from domain.ids import AppointmentId, TicketId
from domain.ports import UnitOfWork
from domain.queue import AT_COUNTER, LIVE, QueueState, Ticket, TicketState, in_order
from domain.schedule import THRESHOLDS
from domain.use_cases.change import cancel, reschedule
from domain.use_cases.queue import complete, no_show, recall
from domain.use_cases.undo import undo_last
from domain.use_cases.walk_in import issue_walk_in
from persistence.memory import memory_uow
from tests.use_cases.clinic import STAFF, Clinic, SilentAnnouncer, open_clinic

PEOPLE = st.sampled_from([f"p{n}" for n in range(8)])
SLOTS = st.integers(0, 2)
ROOMS = st.integers(0, 1)

Snapshot = tuple[object, ...]


class QueueMachine(RuleBasedStateMachine):
    """Drives the use cases; `tickets` and `appointments` remember every one ever issued."""

    @initialize()
    def opens(self) -> None:
        self.clinic: Clinic = open_clinic(memory_uow(SilentAnnouncer()))
        self.tickets: list[TicketId] = []
        self.appointments: list[AppointmentId] = []
        self.past: list[
            tuple[int, Snapshot]
        ] = []  # (room, how things were before its action), since the last other

    def attempt(self, verb: Callable[[UnitOfWork], object]) -> object | None:
        """A refusal changes nothing; anything but a refusal is a defect."""
        before = self.snapshot()
        with self.clinic.uow() as uow:
            try:
                result = verb(uow)
            except DomainError:
                uow.rollback()
                assert self.snapshot() == before
                return None
            uow.commit()
        self.clinic.passes(0.1)
        return result

    def acted(self, room: int, before: Snapshot) -> None:
        """Actions go back exactly, one after the other, as long as nothing but staff's actions has happened."""
        self.past.append((room, before))

    @rule(who=PEOPLE, slot=SLOTS)
    def books(self, who: str, slot: int) -> None:
        try:
            booked = self.clinic.book(who, slot)
        except DomainError as refusal:
            assert refusal.key in {"slot-full", "already-booked"}
            return
        self.tickets.append(booked.ticket.id)
        self.appointments.append(booked.appointment.id)
        self.past = []

    @precondition(lambda self: self.appointments)
    @rule(data=st.data())
    def cancels(self, data: st.DataObject) -> None:
        appointment = data.draw(st.sampled_from(self.appointments))
        if self.attempt(
            lambda uow: cancel(uow, appointment_id=appointment, actor=Actor(), now=self.clinic.now)
        ):
            self.past = []

    @precondition(lambda self: self.appointments)
    @rule(data=st.data(), slot=SLOTS)
    def moves(self, data: st.DataObject, slot: int) -> None:
        appointment = data.draw(st.sampled_from(self.appointments))
        slot_id = self.clinic.slots[slot].id
        booked = self.attempt(
            lambda uow: reschedule(
                uow, appointment_id=appointment, slot_id=slot_id, actor=Actor(), now=self.clinic.now
            )
        )
        if booked is not None:
            self.tickets.append(booked.ticket.id)  # type: ignore[attr-defined]
            self.appointments.append(booked.appointment.id)  # type: ignore[attr-defined]
            self.past = []

    @rule(room=ROOMS)
    def walks_in(self, room: int) -> None:
        before = self.snapshot()
        walk_in = self.attempt(
            lambda uow: issue_walk_in(
                uow,
                queue_id=self.clinic.queue_id,
                counter_id=self.clinic.counters[room],
                name=None,
                actor=STAFF,
                now=self.clinic.now,
            )
        )
        if walk_in is not None:
            self.tickets.append(walk_in.ticket.id)  # type: ignore[attr-defined]
            self.acted(room, before)

    @rule()
    def starts(self) -> None:
        before = self.snapshot()
        try:
            self.clinic.start()
        except DomainError as refusal:
            assert refusal.key == "queue-started"
            return
        self.acted(0, before)

    @rule(room=ROOMS)
    def calls_next(self, room: int) -> None:
        before = self.snapshot()
        waiting = in_order(t for t in self.all_tickets() if t.state is TicketState.WAITING)
        try:
            called = self.clinic.next(room)
        except DomainError as refusal:
            assert refusal.key == "queue-not-open"
            return
        assert (called.ticket and called.ticket.id) == (waiting[0].id if waiting else None)
        if called.ticket or called.finished:
            self.acted(room, before)

    @rule(room=ROOMS)
    def presses_next_on_a_stale_page(self, room: int) -> None:
        before = self.snapshot()
        try:
            self.clinic.next(room, version=self.clinic.version(room) - 1)
        except DomainError as refusal:
            assert refusal.key == "counter-moved"
        else:
            raise AssertionError("a stale press was taken")
        assert self.snapshot() == before

    @rule(room=ROOMS, verb=st.sampled_from([complete, no_show]))
    def ends(self, room: int, verb: Callable[..., Ticket]) -> None:
        before = self.snapshot()
        version = self.clinic.version(room)
        if self.attempt(
            lambda uow: verb(
                uow,
                counter_id=self.clinic.counters[room],
                counter_version=version,
                actor=STAFF,
                now=self.clinic.now,
            )
        ):
            self.acted(room, before)

    @rule(room=ROOMS)
    def recalls(self, room: int) -> None:
        version = self.clinic.version(room)
        self.clinic.passes(1.1)
        if self.attempt(
            lambda uow: recall(
                uow,
                counter_id=self.clinic.counters[room],
                counter_version=version,
                actor=STAFF,
                now=self.clinic.now,
            )
        ):
            self.past = []

    @rule(room=ROOMS)
    def undoes(self, room: int) -> None:
        expected = self.past.pop() if self.past and self.past[-1][0] == room else None
        version = self.clinic.version(room)
        undone = self.attempt(
            lambda uow: undo_last(
                uow,
                counter_id=self.clinic.counters[room],
                counter_version=version,
                actor=STAFF,
                now=self.clinic.now,
            )
        )
        if expected is None:
            self.past = []  # another room has acted since, or somebody moved: whatever came of it is right
            return
        assert undone is not None, "the last action could not be undone"
        assert self.snapshot() == expected[1]
        if undone.name is EventName.QUEUE_STARTED:  # type: ignore[attr-defined]
            self.past = []  # everybody's place was touched: what came before the start stays

    @invariant()
    def no_slot_is_overbooked(self) -> None:
        if not hasattr(self, "clinic"):
            return
        with self.clinic.uow() as uow:
            taken: dict[int, int] = {}
            for appointment_id in self.appointments:
                appointment = uow.appointments.get(appointment_id)
                assert appointment is not None
                if appointment.status is not AppointmentStatus.CANCELLED:
                    taken[appointment.slot_id] = taken.get(appointment.slot_id, 0) + 1
            for slot in self.clinic.slots:
                now = uow.slots.get(slot.id)
                assert now is not None
                assert 0 <= now.booked <= now.capacity
                assert now.booked == taken.get(slot.id, 0)

    @invariant()
    def every_live_appointment_has_exactly_one_live_ticket(self) -> None:
        if not hasattr(self, "clinic"):
            return
        live = [t.appointment_id for t in self.all_tickets() if t.state in LIVE and t.appointment_id]
        with self.clinic.uow() as uow:
            for appointment_id in self.appointments:
                appointment = uow.appointments.get(appointment_id)
                assert appointment is not None
                booked = appointment.status is AppointmentStatus.BOOKED
                assert live.count(appointment_id) == (1 if booked else 0)

    @invariant()
    def nobody_is_at_two_counters_and_no_counter_has_two(self) -> None:
        if not hasattr(self, "clinic"):
            return
        called = {t.counter_id: t.id for t in self.all_tickets() if t.state in AT_COUNTER}
        assert len(called) == sum(t.state in AT_COUNTER for t in self.all_tickets())
        with self.clinic.uow() as uow:
            for counter_id in self.clinic.counters:
                counter = uow.places.counter(counter_id)
                assert counter is not None
                assert counter.ticket_id == called.get(counter_id)

    @invariant()
    def tokens_are_never_handed_out_twice(self) -> None:
        if not hasattr(self, "clinic"):
            return
        tokens = [t.token for t in self.all_tickets()]
        assert len(tokens) == len(set(tokens))

    @invariant()
    def everybody_near_has_been_told(self) -> None:
        """Whoever has three or fewer ahead was told of a number at least as near."""
        if not hasattr(self, "clinic"):
            return
        line = in_order(t for t in self.all_tickets() if t.state is TicketState.WAITING)
        for ahead, ticket in enumerate(line[: max(THRESHOLDS) + 1]):
            reached = min(t for t in THRESHOLDS if ahead <= t)
            assert ticket.alerted is not None
            assert ticket.alerted <= reached

    @invariant()
    def the_line_is_what_the_store_says(self) -> None:
        if not hasattr(self, "clinic"):
            return
        line = in_order(t for t in self.all_tickets() if t.state is TicketState.WAITING)
        with self.clinic.uow() as uow:
            assert [t.id for t in uow.tickets.head(self.clinic.queue_id, limit=100)] == [t.id for t in line]
            assert [uow.tickets.ahead(t) for t in line] == list(range(len(line)))

    def all_tickets(self) -> list[Ticket]:
        with self.clinic.uow() as uow:
            found = [uow.tickets.get(ticket_id) for ticket_id in self.tickets]
        assert all(found), "a ticket is gone"
        return [t for t in found if t is not None]

    def snapshot(self) -> Snapshot:
        """Everything that an undo must bring back, of those who had a ticket then."""
        with self.clinic.uow() as uow:
            queue = uow.queues.get(self.clinic.queue_id)
            assert queue is not None
            counters = [uow.places.counter(c) for c in self.clinic.counters]
            slots = [uow.slots.get(s.id) for s in self.clinic.slots]
            appointments = [uow.appointments.get(a) for a in self.appointments]
        tickets = [
            (t.id, t.state, t.interval, t.counter_id, t.called_at, t.finished_at, t.calls)
            for t in self.all_tickets()
            if t.state is not TicketState.VOID
        ]
        return (
            queue.state is QueueState.OPEN,
            [c.ticket_id for c in counters if c],
            [(s.booked, s.current_token) for s in slots if s],
            [a.status for a in appointments if a],
            tickets,
        )


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
