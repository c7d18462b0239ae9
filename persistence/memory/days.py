"""A day's figures and list in memory."""

from datetime import date

from domain.booking import AppointmentStatus
from domain.queue import IN_LINE, Ticket, TicketState, in_order
from domain.schedule import Service
from domain.views import DayCounts, DayListRow
from persistence.memory.state import State
from persistence.memory.tickets import is_unreached

_NOT_BOOKED = (AppointmentStatus.CANCELLED, AppointmentStatus.HELD)


class MemoryDays:
    def __init__(self, state: State) -> None:
        self._state = state

    def counts(self, *, site_id: int, day: date) -> list[DayCounts]:
        services = [s for s in self._state.services.values() if s.site_id == site_id]
        return [self._counts(s, day) for s in sorted(services, key=lambda s: (s.name, s.id))]

    def rows(self, *, service_id: int, day: date) -> list[DayListRow]:
        of_day = self._tickets(service_id, day)
        return [self._row(t) for t in in_order(of_day) if t.state is not TicketState.VOID]

    def _counts(self, service: Service, day: date) -> DayCounts:
        place = (service.id, day)
        queues = (q for q in self._state.queues.values() if (q.service_id, q.business_date) == place)
        queue = next(queues, None)
        appointments = self._state.appointments.values()
        statuses = [a.status for a in appointments if (a.service_id, a.business_date) == place]
        states = [t.state for t in self._tickets(*place)]
        return DayCounts(
            service_id=service.id,
            service=service.name,
            queue_id=None if queue is None else queue.id,
            queue_state=None if queue is None else queue.state.value,
            booked=sum(status not in _NOT_BOOKED for status in statuses),
            waiting=states.count(TicketState.WAITING),
            served=states.count(TicketState.COMPLETED),
            no_show=states.count(TicketState.NO_SHOW),
            cancelled=statuses.count(AppointmentStatus.CANCELLED),
            unreached=sum(is_unreached(self._state, t) for t in self._tickets(*place) if t.state in IN_LINE),
        )

    def _tickets(self, service_id: int, day: date) -> list[Ticket]:
        tickets = self._state.tickets.values()
        return [t for t in tickets if (t.service_id, t.business_date) == (service_id, day)]

    def _row(self, ticket: Ticket) -> DayListRow:
        visit = self._state.visits[ticket.visit_id]
        patient = None if visit.patient_id is None else self._state.users[visit.patient_id]
        return DayListRow(
            appointment_id=ticket.appointment_id,
            start_time=None if ticket.slot_id is None else self._state.slots[ticket.slot_id].start_time,
            token=ticket.token,
            name=None if patient is None else patient.name,
            reference_number=None if patient is None else patient.reference_number,
            code=visit.code,
            state=ticket.state.value,
        )
