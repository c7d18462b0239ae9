"""Telling people what staff did to their appointment, and reminding them. Never what they did themselves: an answer
says that.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.booking import Appointment
from domain.ids import AddressId
from domain.notices import VALID_FOR, Notice, NoticeKind, appointment_key
from domain.ports import UnitOfWork
from domain.schedule import Site


def tell_moved(uow: UnitOfWork, appointment: Appointment, *, address_id: AddressId, now: datetime) -> None:
    """`appointment` is the new one, not the one it was moved from."""
    uow.outbox.add([_notice(NoticeKind.MOVED, appointment, address_id=address_id, now=now)])


def tell_cancelled(
    uow: UnitOfWork, appointment: Appointment, *, address_id: AddressId, now: datetime
) -> None:
    uow.outbox.add([_notice(NoticeKind.CANCELLED, appointment, address_id=address_id, now=now)])


def remind(
    uow: UnitOfWork, appointment: Appointment, *, address_id: AddressId, site: Site, now: datetime
) -> None:
    """One reminder, a row with its time; none where that time has passed already."""
    due_at = appointment.starts_at - timedelta(minutes=site.reminder_minutes)
    if due_at <= now:
        return
    reminder = _notice(NoticeKind.REMINDER, appointment, address_id=address_id, now=due_at)
    not_after = min(appointment.starts_at, reminder.not_after)
    uow.outbox.add([replace(reminder, not_after=not_after)])


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
