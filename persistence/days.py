"""A day's figures and its printed list, in SQL. Reads only."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, func, select

from domain.booking import AppointmentStatus
from domain.queue import IN_LINE, TicketState
from domain.views import DayCounts, DayListRow
from persistence.tables import addresses, appointments, queues, services, slots, tickets, users, visits
from persistence.ticket_lines import UNREACHED
from persistence.tickets import LINE_ORDER

_NOT_BOOKED = (AppointmentStatus.CANCELLED.value, AppointmentStatus.HELD.value)

_SERVICES = (
    select(services.c.id, services.c.name, queues.c.id.label("queue_id"), queues.c.state)
    .select_from(
        services.outerjoin(
            queues,
            and_(queues.c.service_id == services.c.id, queues.c.business_date == bindparam("p_day")),
        )
    )
    .where(services.c.site_id == bindparam("p_site"))
    .order_by(services.c.name, services.c.id)
)
_ROWS = (
    select(
        tickets.c.appointment_id,
        slots.c.start_time,
        tickets.c.token,
        users.c.name,
        users.c.reference_number,
        visits.c.code,
        tickets.c.state,
    )
    .select_from(
        tickets.join(visits, visits.c.id == tickets.c.visit_id)
        .outerjoin(slots, slots.c.id == tickets.c.slot_id)
        .outerjoin(users, users.c.id == visits.c.patient_id)
    )
    .where(
        tickets.c.service_id == bindparam("p_service"),
        tickets.c.business_date == bindparam("p_day"),
        tickets.c.state.not_in([TicketState.VOID.value]),
    )
    .order_by(*LINE_ORDER)
)


class SqlDays:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, *, site_id: int, day: date) -> list[DayCounts]:
        """`booked` counts all that were booked and not cancelled, whatever became of them since."""
        places = self._connection.execute(_SERVICES, {"p_site": site_id, "p_day": day}).all()
        service_ids = [row.id for row in places]
        booked = self._by_state(appointments, appointments.c.status, service_ids, day)
        line = self._by_state(tickets, tickets.c.state, service_ids, day)
        unreached = self._unreached(service_ids, day)
        return [
            DayCounts(
                service_id=row.id,
                service=row.name,
                queue_id=row.queue_id,
                queue_state=row.state,
                booked=sum(n for status, n in booked.get(row.id, {}).items() if status not in _NOT_BOOKED),
                waiting=line.get(row.id, {}).get(TicketState.WAITING.value, 0),
                served=line.get(row.id, {}).get(TicketState.COMPLETED.value, 0),
                no_show=line.get(row.id, {}).get(TicketState.NO_SHOW.value, 0),
                cancelled=booked.get(row.id, {}).get(AppointmentStatus.CANCELLED.value, 0),
                unreached=unreached.get(row.id, 0),
            )
            for row in places
        ]

    def rows(self, *, service_id: int, day: date) -> list[DayListRow]:
        wanted = {"p_service": service_id, "p_day": day}
        return [DayListRow(*row) for row in self._connection.execute(_ROWS, wanted)]

    def _by_state(
        self, table: Table, state: Any, service_ids: list[int], day: date
    ) -> Mapping[int, Mapping[str, int]]:
        counted = (
            select(table.c.service_id, state, func.count())
            .where(table.c.service_id.in_(service_ids), table.c.business_date == day)
            .group_by(table.c.service_id, state)
        )
        figures: dict[int, dict[str, int]] = {}
        for service_id, value, count in self._connection.execute(counted):
            figures.setdefault(service_id, {})[value] = count
        return figures

    def _unreached(self, service_ids: list[int], day: date) -> Mapping[int, int]:
        counted = (
            select(tickets.c.service_id, func.count())
            .select_from(tickets.outerjoin(addresses, addresses.c.id == tickets.c.address_id))
            .where(
                tickets.c.service_id.in_(service_ids),
                tickets.c.business_date == day,
                tickets.c.state.in_([state.value for state in IN_LINE]),
                UNREACHED,
            )
            .group_by(tickets.c.service_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(counted)}
