"""A day's figures and its printed list."""

from dataclasses import replace
from datetime import time

from domain.booking import AppointmentStatus
from domain.ids import UserId
from domain.people import User
from domain.ports import UnitOfWork
from domain.queue import QueueState, TicketState
from domain.views import DayCounts, DayListRow
from tests.contract.ground import (
    DAY,
    MINUTE,
    NOBODY,
    NOW,
    Ground,
    a_new_ticket,
    a_service,
    a_ticket,
    a_user,
    an_appointment,
)


def test_the_figures_of_every_service_of_the_site(uow: UnitOfWork, ground: Ground) -> None:
    desk = uow.places.add_service(a_service(ground.site, name="Desk"))
    uow.queues.set_state(ground.queue.id, state=QueueState.OPEN, started_at=NOW)
    ends = (None, AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED)
    for slot, status in zip((0, 0, 1), ends, strict=True):
        appointment = an_appointment(uow, ground, patient_id=a_user(uow, ground), slot=slot)
        if status:
            uow.appointments.change_status(appointment.id, was=AppointmentStatus.BOOKED, becomes=status)
    a_ticket(uow, ground, number=1)
    a_ticket(uow, ground, number=2, state=TicketState.EXPECTED)
    for number, state in enumerate((TicketState.COMPLETED, TicketState.NO_SHOW, TicketState.LEFT), start=3):
        uow.tickets.move(a_ticket(uow, ground, number=number), to=state, at=NOW)
    assert uow.days.counts(site_id=ground.site.id, day=DAY) == [
        DayCounts(desk, "Desk", None, None, 0, 0, 0, 0, 0),
        DayCounts(
            service_id=ground.service.id,
            service="Dr Rao",
            queue_id=ground.queue.id,
            queue_state="open",
            booked=2,
            waiting=1,
            served=1,
            no_show=1,
            cancelled=1,
        ),
    ]
    assert uow.days.counts(site_id=NOBODY, day=DAY) == []


def test_the_list_has_everybody_in_the_order_of_the_line_but_what_is_void(
    uow: UnitOfWork, ground: Ground
) -> None:
    patient = uow.people.add_user(
        User(UserId(0), ground.site.organisation_id, "Asha", reference_number="MRN 7")
    )
    appointment = an_appointment(uow, ground, patient_id=patient)
    visit = uow.appointments.visit(appointment.visit_id)
    assert visit is not None
    booked = a_new_ticket(ground, visit, number=1, appointment=appointment)
    uow.tickets.add(replace(booked, due_at=NOW + MINUTE), at=NOW)
    walk_in = a_ticket(uow, ground, number=1)
    uow.tickets.move(a_ticket(uow, ground, number=2), to=TicketState.VOID, at=NOW)
    code = uow.appointments.visit(walk_in.visit_id)
    assert code is not None
    assert uow.days.rows(service_id=ground.service.id, day=DAY) == [
        DayListRow(None, None, "W-01", None, None, code.code, "waiting"),
        DayListRow(appointment.id, time(10), "10-01", "Asha", "MRN 7", visit.code, "waiting"),
    ]
    assert uow.days.rows(service_id=NOBODY, day=DAY) == []
