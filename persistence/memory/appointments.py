"""Appointments and visits in memory."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from domain.booking import CODE_ALPHABET, CODE_LENGTH, Appointment, AppointmentStatus, Seat, Slot, Visit
from domain.ids import AddressId, AppointmentId, OrganisationId, QueueId, SiteId, UserId, VisitId
from domain.queue import LIVE
from persistence.memory.state import State

_LINK_BYTES = 16


class MemoryAppointments:
    def __init__(self, state: State) -> None:
        self._state = state

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
        if request_key is not None and request_key in self._state.request_keys:
            return None
        visit = Visit(
            id=VisitId(next(self._state.ids)),
            organisation_id=OrganisationId(organisation_id),
            site_id=SiteId(site_id),
            code=self._free_code(site_id),
            link=secrets.token_urlsafe(_LINK_BYTES),
            booker_id=None if booker_id is None else UserId(booker_id),
            patient_id=None if patient_id is None else UserId(patient_id),
            address_id=None if address_id is None else AddressId(address_id),
        )
        self._state.visits[visit.id] = visit
        if request_key is not None:
            self._state.request_keys[request_key] = visit.id
        return visit

    def visit(self, visit_id: int) -> Visit | None:
        return self._state.visits.get(visit_id)

    def visit_by_link(self, link: str) -> Visit | None:
        return next((visit for visit in self._state.visits.values() if visit.link == link), None)

    def visit_by_request(self, request_key: str) -> Visit | None:
        visit_id = self._state.request_keys.get(request_key)
        return None if visit_id is None else self._state.visits[visit_id]

    def add(
        self,
        *,
        slot: Slot,
        seat: Seat,
        visit: Visit,
        only_one_a_day: bool,
        rescheduled_from: AppointmentId | None,
        now: datetime,  # noqa: ARG002 - rows in memory don't say when they were made
    ) -> AppointmentId | None:
        assert visit.patient_id is not None, "a booking names who is seen"
        assert visit.booker_id is not None, "a booking names who booked"
        appointment = Appointment(
            id=AppointmentId(next(self._state.ids)),
            organisation_id=slot.organisation_id,
            site_id=slot.site_id,
            service_id=slot.service_id,
            slot_id=slot.id,
            visit_id=visit.id,
            queue_id=slot.queue_id,
            business_date=slot.day,
            starts_at=slot.starts_at,
            patient_id=visit.patient_id,
            booker_id=visit.booker_id,
            token=seat.token,
            status=AppointmentStatus.BOOKED,
            rescheduled_from=rescheduled_from,
        )
        if only_one_a_day and not self._claim_day(appointment):
            return None
        self._state.appointments[appointment.id] = appointment
        return appointment.id

    def follow(self, visit_id: int, *, address_id: int) -> bool:
        visit = self._state.visits[visit_id]
        if visit.address_id is not None:
            return False
        self._state.visits[visit_id] = replace(visit, address_id=AddressId(address_id))
        return True

    def queues_of(self, user_id: int) -> list[QueueId]:
        theirs = (a for a in self._booked() if user_id in {a.patient_id, a.booker_id})
        return sorted({appointment.queue_id for appointment in theirs})

    def hand_over(self, user_id: int, *, to: int) -> None:
        def owner(known: UserId) -> UserId:
            return UserId(to) if known == user_id else known

        for visit in [*self._state.visits.values()]:
            patient = None if visit.patient_id is None else owner(visit.patient_id)
            booker = None if visit.booker_id is None else owner(visit.booker_id)
            self._state.visits[visit.id] = replace(visit, patient_id=patient, booker_id=booker)
        for before in [*self._state.appointments.values()]:
            after = replace(before, patient_id=owner(before.patient_id), booker_id=owner(before.booker_id))
            self._state.appointments[before.id] = after
            counts = self._state.days_claimed.get(_day(before)) == before.id
            if counts and after.patient_id != before.patient_id:
                self._free_day(before)
                self._claim_day(after)

    def get(self, appointment_id: int) -> Appointment | None:
        return self._state.appointments.get(appointment_id)

    def live_on(self, *, patient_id: int, service_id: int, day: date) -> Appointment | None:
        wanted = (patient_id, service_id, day)
        return next(
            (a for a in self._booked() if (a.patient_id, a.service_id, a.business_date) == wanted), None
        )

    def upcoming(self, *, user_ids: Collection[int], now: datetime) -> list[Appointment]:
        theirs = [a for a in self._booked() if a.patient_id in user_ids or a.booker_id in user_ids]
        to_come = [a for a in theirs if self._state.slots[a.slot_id].ends_at > now or self._is_waiting(a)]
        return sorted(to_come, key=lambda a: (a.starts_at, a.id))

    def change_status(
        self, appointment_id: int, *, was: AppointmentStatus, becomes: AppointmentStatus
    ) -> bool:
        appointment = self._state.appointments.get(appointment_id)
        if appointment is None or appointment.status is not was:
            return False
        if becomes is not AppointmentStatus.BOOKED:
            self._free_day(appointment)
        elif self._state.sites[appointment.site_id].one_booking_per_day and not self._claim_day(appointment):
            return False
        self._state.appointments[appointment_id] = replace(appointment, status=becomes)
        return True

    def _free_code(self, site_id: int) -> str:
        taken = {visit.code for visit in self._state.visits.values() if visit.site_id == site_id}
        while True:
            code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
            if code not in taken:
                return code

    def _claim_day(self, appointment: Appointment) -> bool:
        return self._state.days_claimed.setdefault(_day(appointment), appointment.id) == appointment.id

    def _free_day(self, appointment: Appointment) -> None:
        if self._state.days_claimed.get(_day(appointment)) == appointment.id:
            del self._state.days_claimed[_day(appointment)]

    def _booked(self) -> list[Appointment]:
        return [a for a in self._state.appointments.values() if a.status is AppointmentStatus.BOOKED]

    def _is_waiting(self, appointment: Appointment) -> bool:
        return any(
            t.appointment_id == appointment.id and t.state in LIVE for t in self._state.tickets.values()
        )


def _day(appointment: Appointment) -> tuple[int, int, date]:
    return (appointment.patient_id, appointment.service_id, appointment.business_date)
