"""Appointments and visits in SQL. One live booking a day is a unique key, so that no race can make two."""

import secrets
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, case, exists, or_, select, update
from sqlalchemy.exc import IntegrityError

from domain.booking import CODE_ALPHABET, CODE_LENGTH, Appointment, AppointmentStatus, Seat, Slot, Visit
from domain.ids import AppointmentId, QueueId
from domain.queue import LIVE
from persistence.shape import shape
from persistence.tables import BigId, appointments, sites, slots, tickets, visits
from persistence.upsert import insert

APPOINTMENT = shape(Appointment, appointments, token=appointments.c.token_number)
VISIT = shape(Visit, visits)
_LINK_BYTES = 16

# Whichever key conflicts: a taken code is tried again with another, a request key that was used is the caller's matter.
_ADD_VISIT = insert(visits).on_conflict_do_nothing().returning(*VISIT.columns)
_VISIT = select(*VISIT.columns).where(visits.c.id == bindparam("p_id"))
_VISIT_BY_LINK = select(*VISIT.columns).where(visits.c.link == bindparam("p_link"))
_VISIT_BY_REQUEST = select(*VISIT.columns).where(visits.c.request_key == bindparam("p_key"))
_ADD = (
    insert(appointments).on_conflict_do_nothing(index_elements=["one_a_day_key"]).returning(appointments.c.id)
)
_GET = select(*APPOINTMENT.columns).where(appointments.c.id == bindparam("p_id"))
_LIVE_ON = select(*APPOINTMENT.columns).where(
    appointments.c.patient_id == bindparam("p_patient"),
    appointments.c.service_id == bindparam("p_service"),
    appointments.c.business_date == bindparam("p_day"),
    appointments.c.status == AppointmentStatus.BOOKED.value,
)
_HAS_LIVE_TICKET = exists().where(
    tickets.c.appointment_id == appointments.c.id, tickets.c.state.in_([state.value for state in LIVE])
)
_UPCOMING = (
    select(*APPOINTMENT.columns)
    .join(slots, slots.c.id == appointments.c.slot_id)
    .where(
        appointments.c.status == AppointmentStatus.BOOKED.value,
        or_(
            appointments.c.patient_id.in_(bindparam("p_patients", expanding=True)),
            appointments.c.booker_id.in_(bindparam("p_bookers", expanding=True)),
        ),
        or_(slots.c.ends_at > bindparam("p_now"), _HAS_LIVE_TICKET),
    )
    .order_by(appointments.c.starts_at, appointments.c.id)
)
_USER, _TO = bindparam("p_user", type_=BigId), bindparam("p_to", type_=BigId)
_IS_THEIRS = or_(appointments.c.patient_id == _USER, appointments.c.booker_id == _USER)
_QUEUES_OF = (
    select(appointments.c.queue_id)
    .distinct()
    .where(appointments.c.status == AppointmentStatus.BOOKED.value, _IS_THEIRS)
    .order_by(appointments.c.queue_id)
)
_FOLLOW = (
    update(visits)
    .where(visits.c.id == bindparam("p_id"), visits.c.address_id.is_(None))
    .values(address_id=bindparam("p_address"))
)
# By the appointments, whose indexes know whose they are: visits have none, and are many.
_HAND_OVER_VISITS = (
    update(visits)
    .where(visits.c.id.in_(select(appointments.c.visit_id).where(_IS_THEIRS)))
    .values(
        booker_id=case((visits.c.booker_id == _USER, _TO), else_=visits.c.booker_id),
        patient_id=case((visits.c.patient_id == _USER, _TO), else_=visits.c.patient_id),
    )
)
_HAND_OVER_BOOKED = update(appointments).where(appointments.c.booker_id == _USER).values(booker_id=_TO)
_HAND_OVER = (
    update(appointments)
    .where(appointments.c.id == bindparam("p_id"))
    .values(patient_id=bindparam("p_to"), one_a_day_key=bindparam("p_key"))
)
_CHANGE_STATUS = (
    update(appointments)
    .where(appointments.c.id == bindparam("p_id"), appointments.c.status == bindparam("p_was"))
    .values(status=bindparam("p_becomes"), one_a_day_key=bindparam("p_key"))
)
_CLAIM_OF_DAY = (
    select(
        sites.c.one_booking_per_day,
        appointments.c.patient_id,
        appointments.c.service_id,
        appointments.c.business_date,
    )
    .join(sites, sites.c.id == appointments.c.site_id)
    .where(appointments.c.id == bindparam("p_id"))
)


class SqlAppointments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        values = {
            "organisation_id": organisation_id,
            "site_id": site_id,
            "booker_id": booker_id,
            "patient_id": patient_id,
            "address_id": address_id,
            "request_key": request_key,
            "link": secrets.token_urlsafe(_LINK_BYTES),
        }
        while True:  # ends: a code is one of 27^6, and the site would run out of people first
            code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
            row = self._connection.execute(_ADD_VISIT, values | {"code": code}).first()
            if row is not None:
                return VISIT.read(row)
            if request_key is not None and self.visit_by_request(request_key) is not None:
                return None

    def visit(self, visit_id: int) -> Visit | None:
        row = self._connection.execute(_VISIT, {"p_id": visit_id}).first()
        return None if row is None else VISIT.read(row)

    def visit_by_link(self, link: str) -> Visit | None:
        row = self._connection.execute(_VISIT_BY_LINK, {"p_link": link}).first()
        return None if row is None else VISIT.read(row)

    def visit_by_request(self, request_key: str) -> Visit | None:
        row = self._connection.execute(_VISIT_BY_REQUEST, {"p_key": request_key}).first()
        return None if row is None else VISIT.read(row)

    def add(
        self,
        *,
        slot: Slot,
        seat: Seat,
        visit: Visit,
        only_one_a_day: bool,
        rescheduled_from: AppointmentId | None,
        now: datetime,
    ) -> AppointmentId | None:
        assert visit.patient_id is not None, "a booking names who is seen"
        values = {
            "organisation_id": slot.organisation_id,
            "site_id": slot.site_id,
            "service_id": slot.service_id,
            "slot_id": slot.id,
            "visit_id": visit.id,
            "queue_id": slot.queue_id,
            "business_date": slot.day,
            "starts_at": slot.starts_at,
            "patient_id": visit.patient_id,
            "booker_id": visit.booker_id,
            "token_number": seat.token,
            "status": AppointmentStatus.BOOKED.value,
            "rescheduled_from": rescheduled_from,
            "one_a_day_key": _key(visit.patient_id, slot.service_id, slot.day) if only_one_a_day else None,
            "created_at": now,
        }
        return self._connection.execute(_ADD, values).scalar()

    def follow(self, visit_id: int, *, address_id: int) -> bool:
        return self._connection.execute(_FOLLOW, {"p_id": visit_id, "p_address": address_id}).rowcount == 1

    def queues_of(self, user_id: int) -> list[QueueId]:
        return [QueueId(queue_id) for queue_id in self._connection.scalars(_QUEUES_OF, {"p_user": user_id})]

    def hand_over(self, user_id: int, *, to: int) -> None:
        for statement in (_HAND_OVER_VISITS, _HAND_OVER_BOOKED):
            self._connection.execute(statement, {"p_user": user_id, "p_to": to})
        theirs = select(*APPOINTMENT.columns, appointments.c.one_a_day_key).where(
            appointments.c.patient_id == user_id
        )
        for row in self._connection.execute(theirs.order_by(appointments.c.id)).all():
            self._hand_over(APPOINTMENT.read(row), to=to, counts=row.one_a_day_key is not None)

    def get(self, appointment_id: int) -> Appointment | None:
        row = self._connection.execute(_GET, {"p_id": appointment_id}).first()
        return None if row is None else APPOINTMENT.read(row)

    def live_on(self, *, patient_id: int, service_id: int, day: date) -> Appointment | None:
        wanted = {"p_patient": patient_id, "p_service": service_id, "p_day": day}
        row = self._connection.execute(_LIVE_ON, wanted).first()
        return None if row is None else APPOINTMENT.read(row)

    def upcoming(self, *, user_ids: Collection[int], now: datetime) -> list[Appointment]:
        wanted = {"p_patients": [*user_ids], "p_bookers": [*user_ids], "p_now": now}
        return [APPOINTMENT.read(row) for row in self._connection.execute(_UPCOMING, wanted)]

    def change_status(
        self, appointment_id: int, *, was: AppointmentStatus, becomes: AppointmentStatus
    ) -> bool:
        values = {"p_id": appointment_id, "p_was": was.value, "p_becomes": becomes.value, "p_key": None}
        if becomes is not AppointmentStatus.BOOKED:
            return self._connection.execute(_CHANGE_STATUS, values).rowcount == 1
        values["p_key"] = self._key_of(appointment_id)
        try:
            # An UPDATE knows no ON CONFLICT; the savepoint keeps the transaction usable when the day is taken.
            with self._connection.begin_nested():
                return self._connection.execute(_CHANGE_STATUS, values).rowcount == 1
        except IntegrityError:
            return False

    def _hand_over(self, appointment: Appointment, *, to: int, counts: bool) -> None:
        """`counts`: as the day's one booking, where the other has none."""
        key = _key(to, appointment.service_id, appointment.business_date) if counts else None
        values = {"p_id": appointment.id, "p_to": to, "p_key": key}
        try:
            with self._connection.begin_nested():
                self._connection.execute(_HAND_OVER, values)
        except IntegrityError:
            self._connection.execute(_HAND_OVER, values | {"p_key": None})

    def _key_of(self, appointment_id: int) -> str | None:
        row = self._connection.execute(_CLAIM_OF_DAY, {"p_id": appointment_id}).first()
        if row is None or not row.one_booking_per_day:
            return None
        return _key(row.patient_id, row.service_id, row.business_date)


def _key(patient_id: int, service_id: int, day: date) -> str:
    return f"{patient_id}:{service_id}:{day.isoformat()}"
