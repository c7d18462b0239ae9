"""Where somebody is, and what pages show: reads only, after the commit of whatever changed. Never a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.booking import Appointment
from domain.estimate import Pace, WaitRange, pace, wait_range
from domain.ports import UnitOfWork
from domain.queue import AT_COUNTER, IN_LINE, Crowd, Queue, QueueState, Ticket, TicketState, crowd
from domain.schedule import Counter, Service, Site, business_date
from domain.views import BoardCall, BoardQueue, BoardView, ConsoleView, CounterView, LineView, PlaceView

RECENT_VISITS = 20
LINE_SHOWN = 60
MISSED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LiveQueue:
    """A queue as it moves: whom the counters have, how many wait, at what pace."""

    queue: Queue
    service: Service
    site: Site
    at_counters: tuple[Ticket, ...]
    waiting: int
    counters: int
    pace: Pace
    completed: int
    no_shows: int

    @property
    def crowd(self) -> Crowd:
        return crowd(waiting=self.waiting, counters=self.counters, minutes_each=self.pace.mean)

    def wait(self, *, ahead: int, now: datetime, due_at: datetime | None = None) -> WaitRange | None:
        """None while nobody can say: the queue isn't running, or no counter works on it."""
        if self.queue.state is not QueueState.OPEN or self.counters == 0:
            return None
        return wait_range(
            ahead=ahead,
            counters=self.counters,
            pace=self.pace,
            in_service_minutes=[_minutes(now, t.called_at) for t in self.at_counters],
            minutes_until_due=max(0.0, _minutes(due_at, now)) if due_at else 0.0,
        )


def live_queue(uow: UnitOfWork, queue_id: int) -> LiveQueue | None:
    queue = uow.queues.get(queue_id)
    if queue is None:
        return None
    service = uow.places.service(queue.service_id)
    site = uow.places.site(queue.site_id)
    assert service is not None
    assert site is not None
    counts = uow.tickets.counts(queue_id)
    recent = uow.tickets.recent_minutes(service.id, limit=RECENT_VISITS)
    return LiveQueue(
        queue=queue,
        service=service,
        site=site,
        at_counters=tuple(uow.tickets.at_counters(queue_id)),
        waiting=sum(counts.get(state, 0) for state in IN_LINE),
        counters=uow.tickets.active_counters(queue_id),
        pace=pace(recent_minutes=recent, configured_minutes=service.minutes),
        completed=counts.get(TicketState.COMPLETED, 0),
        no_shows=counts.get(TicketState.NO_SHOW, 0),
    )


def place(uow: UnitOfWork, *, ticket: Ticket, now: datetime) -> PlaceView:
    """A person's place in the line, with the wait as a range."""
    live = live_queue(uow, ticket.queue_id)
    assert live is not None
    ahead = uow.tickets.ahead(ticket) if ticket.state in IN_LINE else None
    return place_in(uow, live, ticket, ahead=ahead, now=now)


def place_in(
    uow: UnitOfWork, live: LiveQueue, ticket: Ticket, *, ahead: int | None, now: datetime
) -> PlaceView:
    """The same, where the queue's figures and how many are ahead are known."""
    in_line = ticket.state in IN_LINE
    wait = None if ahead is None else live.wait(ahead=ahead, now=now, due_at=ticket.due_at)
    at_counter = ticket.counter_id if ticket.state in AT_COUNTER else None
    counter = None if at_counter is None else uow.places.counter(at_counter)
    return PlaceView(
        token=ticket.token,
        state=ticket.state.value,
        queue_state=live.queue.state.value,
        now_serving=tuple(t.token for t in _newest_first(live.at_counters)),
        ahead=ahead,
        low=None if wait is None else wait.low,
        high=None if wait is None else wait.high,
        crowd=live.crowd.value if in_line else None,
        counter=None if counter is None else counter.name,
        service=live.service.discreet_name,
        site=live.site.discreet_name,
        room=live.service.room,
        business_date=ticket.business_date,
        due_at=ticket.due_at,
        time_zone=live.site.time_zone,
        updated_at=now,
        here=ticket.here_at is not None,
        late=ticket.late_at is not None,
    )


def ticket_page(uow: UnitOfWork, *, link: str, now: datetime) -> PlaceView | None:
    """What the unguessable link of a visit shows; None for an unknown link."""
    visit = uow.appointments.visit_by_link(link)
    ticket = None if visit is None else uow.tickets.latest_of_visit(visit.id)
    return None if ticket is None else place(uow, ticket=ticket, now=now)


def stands_for(uow: UnitOfWork, *, address_id: int, appointment: Appointment) -> bool:
    """Whether somebody whom this address stands for booked it, or is the one to be seen."""
    people = {user.id for user in uow.people.users_of(address_id)}
    return bool(people & {appointment.booker_id, appointment.patient_id})


def my_tickets(uow: UnitOfWork, *, address_id: int, now: datetime) -> list[tuple[Appointment, Ticket | None]]:
    """What lies ahead of everybody this address stands for, by time, with the live ticket of each."""
    user_ids = [user.id for user in uow.people.users_of(address_id)]
    if not user_ids:
        return []
    appointments = uow.appointments.upcoming(user_ids=user_ids, now=now)
    return [(appointment, uow.tickets.live_of(appointment.id)) for appointment in appointments]


def console(uow: UnitOfWork, *, queue_id: int, now: datetime) -> ConsoleView | None:
    """The queue as its staff see it; None for an unknown queue."""
    live = live_queue(uow, queue_id)
    if live is None:
        return None
    wait = live.wait(ahead=live.waiting, now=now)
    present = uow.tickets.lines(queue_id, states=AT_COUNTER, limit=LINE_SHOWN)
    return ConsoleView(
        queue_id=live.queue.id,
        service_id=live.service.id,
        service=live.service.name,
        site=live.site.name,
        time_zone=live.site.time_zone,
        business_date=live.queue.business_date,
        state=live.queue.state.value,
        counters=_counters(uow, live, present),
        line=tuple(uow.tickets.lines(queue_id, states=IN_LINE, limit=LINE_SHOWN)),
        missed=tuple(
            uow.tickets.lines(queue_id, states={TicketState.NO_SHOW, TicketState.ON_HOLD}, limit=MISSED_SHOWN)
        ),
        waiting=live.waiting,
        completed=live.completed,
        no_shows=live.no_shows,
        crowd=live.crowd.value,
        low=None if wait is None else wait.low,
        high=None if wait is None else wait.high,
        updated_at=now,
    )


def board(uow: UnitOfWork, *, slug: str, now: datetime) -> BoardView | None:
    """The wall of a site: every service that has a queue today; None for an unknown site."""
    site = uow.places.site_by_slug(slug)
    if site is None:
        return None
    today = business_date(now, site.zone)
    queues = [uow.queues.find(service_id=s.id, day=today) for s in uow.places.services(site.id)]
    shown = [_board_queue(uow, queue, now=now) for queue in queues if queue is not None]
    return BoardView(
        site=site.name, time_zone=site.time_zone, business_date=today, queues=tuple(shown), updated_at=now
    )


def _board_queue(uow: UnitOfWork, queue: Queue, *, now: datetime) -> BoardQueue:
    live = live_queue(uow, queue.id)
    assert live is not None
    names = {c.id: c.name for c in uow.places.counters_of_service(queue.service_id)}
    wait = live.wait(ahead=live.waiting, now=now)
    calls = [
        BoardCall(token=t.token, counter=names.get(t.counter_id, ""), called_at=t.called_at)
        for t in _newest_first(live.at_counters)
        if t.called_at is not None and t.counter_id is not None
    ]
    return BoardQueue(
        service=live.service.discreet_name,
        state=queue.state.value,
        calls=tuple(calls),
        waiting=live.waiting,
        low=None if wait is None else wait.low,
        high=None if wait is None else wait.high,
        crowd=live.crowd.value,
    )


def _counters(uow: UnitOfWork, live: LiveQueue, present: Sequence[LineView]) -> tuple[CounterView, ...]:
    lines = {line.ticket_id: line for line in present}
    tickets = {ticket.counter_id: ticket for ticket in live.at_counters}
    counters = uow.places.counters_of_service(live.service.id)
    return tuple(_counter(c, tickets.get(c.id), lines) for c in counters)


def _counter(counter: Counter, ticket: Ticket | None, lines: Mapping[int, LineView]) -> CounterView:
    line = None if ticket is None else lines.get(ticket.id)
    return CounterView(
        id=counter.id,
        name=counter.name,
        version=counter.version,
        queue_id=counter.queue_id,
        ticket_id=counter.ticket_id,
        token=None if ticket is None else ticket.token,
        name_of_person=None if line is None else line.name,
        state=None if ticket is None else ticket.state.value,
        since=None if ticket is None else ticket.called_at,
        unreached=line is not None and line.unreached,
    )


def _newest_first(tickets: Sequence[Ticket]) -> list[Ticket]:
    return sorted(tickets, key=lambda t: (t.called_at or t.due_at, t.id), reverse=True)


def _minutes(later: datetime | None, earlier: datetime | None) -> float:
    return 0.0 if later is None or earlier is None else (later - earlier).total_seconds() / 60
