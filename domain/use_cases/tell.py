"""Telling people what staff did to their appointment. Never what they did themselves: an answer says that."""

from datetime import datetime

from domain.booking import Appointment
from domain.ids import AddressId
from domain.notices import VALID_FOR, Notice, NoticeKind, appointment_key
from domain.ports import UnitOfWork


def tell_moved(uow: UnitOfWork, appointment: Appointment, *, address_id: AddressId, now: datetime) -> None:
    """`appointment` is the new one, not the one it was moved from."""
    uow.outbox.add([_notice(NoticeKind.MOVED, appointment, address_id=address_id, now=now)])


def tell_cancelled(
    uow: UnitOfWork, appointment: Appointment, *, address_id: AddressId, now: datetime
) -> None:
    uow.outbox.add([_notice(NoticeKind.CANCELLED, appointment, address_id=address_id, now=now)])


def _notice(kind: NoticeKind, appointment: Appointment, *, address_id: AddressId, now: datetime) -> Notice:
    return Notice(
        kind=kind,
        address_id=address_id,
        dedupe_key=appointment_key(appointment_id=appointment.id, kind=kind),
        due_at=now,
        not_after=now + VALID_FOR[kind],
        organisation_id=appointment.organisation_id,
        site_id=appointment.site_id,
        queue_id=appointment.queue_id,
        appointment_id=appointment.id,
    )
