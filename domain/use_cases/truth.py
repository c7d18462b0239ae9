"""Whether a notice is still true at the moment of sending, and what it says then. Never sends, and changes nothing but
that a code is made here, so that it waits nowhere.

A row of the outbox holds kind and references. Between its writing and its sending the person may have
cancelled, been called or moved back: what is no longer true isn't told; what is told has this moment's figures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from domain.booking import Appointment, AppointmentStatus
from domain.conversation.messages import Reply, Text
from domain.notices import Notice, NoticeKind
from domain.ports import UnitOfWork
from domain.queue import IN_LINE, Ticket, TicketState
from domain.texts.compose import replies_as_data
from domain.use_cases.follow import place
from domain.use_cases.link import make_code
from domain.views import PlaceView


@dataclass(frozen=True, slots=True)
class Untrue:
    """Why a notice must not go any more; kept with the row, for staff."""

    reason: str


Said = Mapping[str, object] | Untrue

# What the appointment must still be for these to be true.
_OF_BOOKINGS = {
    NoticeKind.MOVED: AppointmentStatus.BOOKED,
    NoticeKind.CANCELLED: AppointmentStatus.CANCELLED,
    NoticeKind.REMINDER: AppointmentStatus.BOOKED,
}


def what_to_say(uow: UnitOfWork, notice: Notice, *, now: datetime) -> Said:
    """Replies as data (see `texts.compose`), or why there is nothing to say. An answer is true: it was asked for."""
    if notice.is_answer:
        return notice.data
    if notice.kind in _OF_BOOKINGS:
        return _of_booking(uow, notice, status=_OF_BOOKINGS[notice.kind])
    return _TRUTH[notice.kind](uow, notice, now)


def _near(uow: UnitOfWork, notice: Notice, now: datetime) -> Said:
    """True while the ticket waits as it did when the alert was made, and no nearer alert was made since."""
    ticket, threshold = _ticket(uow, notice), cast("int", notice.data["threshold"])
    if ticket is None or not _is_same_stay(ticket, notice) or ticket.state is not TicketState.WAITING:
        return Untrue("not-waiting")
    if ticket.alerted is not None and ticket.alerted < threshold:
        return Untrue("nearer-now")
    view = place(uow, ticket=ticket, now=now)
    if view.ahead is None or view.ahead > threshold:
        return Untrue("further-now")
    return _say(_of_place(view, key="notice-near"), *_wait(view))


def _called(uow: UnitOfWork, notice: Notice, now: datetime) -> Said:
    """True while the person is called and not yet there, for the latest call only."""
    ticket, call = _ticket(uow, notice), cast("int", notice.data["call"])
    if ticket is None or not _is_same_stay(ticket, notice) or ticket.state is not TicketState.CALLED:
        return Untrue("not-called")
    if ticket.calls > call:
        return Untrue("called-again")
    key = "notice-called" if call == 1 else "notice-recalled"
    return _say(_of_place(place(uow, ticket=ticket, now=now), key=key))


def _undone(uow: UnitOfWork, notice: Notice, now: datetime) -> Said:
    """A correction says how things stand now. Who has been called meanwhile was told so by another notice."""
    ticket = _ticket(uow, notice)
    if ticket is None or ticket.state not in IN_LINE:
        return Untrue("not-in-line")
    was_called = notice.data["was"] == NoticeKind.CALLED.value
    key = "notice-undone-call" if was_called else "notice-undone"
    return _say(_of_place(place(uow, ticket=ticket, now=now), key=key))


def _code(uow: UnitOfWork, notice: Notice, now: datetime) -> Said:
    """True while somebody waits for it, elsewhere."""
    code = make_code(uow, notice, now=now)
    if code is None:
        return Untrue("not-awaited")
    return _say(Text("notice-code", {"code": code, "by": Text(f"channel-{notice.data['by']}")}))


_TRUTH: Mapping[NoticeKind, Callable[[UnitOfWork, Notice, datetime], Said]] = {
    NoticeKind.NEAR: _near,
    NoticeKind.CALLED: _called,
    NoticeKind.UNDONE: _undone,
    NoticeKind.CODE: _code,
}


def _of_booking(uow: UnitOfWork, notice: Notice, *, status: AppointmentStatus) -> Said:
    appointment = _appointment(uow, notice)
    if appointment is None or appointment.status is not status:
        return Untrue(f"not-{status.value}")
    return _say(Text(f"notice-{notice.kind.value}", _booking_params(uow, appointment)))


def _booking_params(uow: UnitOfWork, appointment: Appointment) -> dict[str, object]:
    service, site = uow.places.service(appointment.service_id), uow.places.site(appointment.site_id)
    visit = uow.appointments.visit(appointment.visit_id)
    assert service is not None
    assert site is not None
    assert visit is not None
    return {
        "service": service.discreet_name,
        "site": site.discreet_name,
        "at": {"at": appointment.starts_at.isoformat(), "zone": site.time_zone, "as": "day-time"},
        "token": appointment.token,
        "code": visit.code,
    }


def _wait(view: PlaceView) -> list[Text]:
    """How long it takes, where somebody can say, and where it isn't a matter of a minute."""
    if view.low is None or view.high is None or (view.ahead or 0) < 2:
        return []
    return [Text("line-wait", {"wait": {"low": view.low, "high": view.high}})]


def _of_place(view: PlaceView, *, key: str) -> Text:
    place = view.room or view.site
    params = {
        "service": view.service,
        "token": view.token,
        "ahead": view.ahead or 0,
        "place": place,
        "counter": view.counter or place,
    }
    return Text(key, params)


def _say(*texts: Text) -> Mapping[str, object]:
    return replies_as_data([Reply(text) for text in texts], revision=0, first=1)


def _appointment(uow: UnitOfWork, notice: Notice) -> Appointment | None:
    return uow.appointments.get(notice.appointment_id) if notice.appointment_id is not None else None


def _ticket(uow: UnitOfWork, notice: Notice) -> Ticket | None:
    return uow.tickets.get(notice.ticket_id) if notice.ticket_id is not None else None


def _is_same_stay(ticket: Ticket, notice: Notice) -> bool:
    """Whether the ticket is in the very interval that the notice speaks of, with nothing corrected since."""
    return (ticket.interval, ticket.alert_round) == (notice.data["interval"], notice.data["round"])
