"""Where am I, and what a person may say of their coming: here, late, or leaving. Never a promise of a single minute."""

from dataclasses import dataclass
from datetime import timedelta

from domain.conversation import desk
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes
from domain.conversation.turn import Turn
from domain.notices import NoticeKind
from domain.queue import AWAITED, LIVE, Ticket
from domain.schedule import Service, Site, business_date
from domain.texts.when import clock_time
from domain.use_cases import presence
from domain.use_cases.place_lines import place_lines


@dataclass(frozen=True, slots=True)
class Followed:
    """The place in a line that the conversation is about."""

    ticket: Ticket
    service: Service
    site: Site


def begin(turn: Turn) -> str:
    """The one that comes first, whichever was looked at last; one that was missed today goes before another day's."""
    visits = [mine for mine in desk.visits(turn) if mine.ticket is not None]
    firsts = [mine.ticket for mine in visits[:1] if mine.ticket is not None]
    firsts += [t for t in turn.uow.tickets.live_of_address(turn.address.id) if not _is_booked_by_us(turn, t)][
        :1
    ]
    first = min(firsts, key=lambda ticket: (ticket.due_at, ticket.id), default=None)
    missed = _missed_today(turn)
    if missed is not None and (first is None or first.business_date > missed.business_date):
        first = missed
    follow(turn, first)
    return "where"


def follow(turn: Turn, ticket: Ticket | None) -> None:
    """From now on the conversation is about this one: by its appointment, which may get another ticket, where that is
    ours.
    """
    if ticket is None:
        turn.remember(visit=None, ticket=None)
    elif _is_booked_by_us(turn, ticket):
        turn.remember(visit=ticket.appointment_id, ticket=None)
    else:
        turn.remember(visit=None, ticket=ticket.id)


def show_place(turn: Turn) -> Reply:
    if turn.number("visit") is None and turn.number("ticket") is None:
        begin(turn)
    followed = _followed(turn)
    if followed is None:
        return Reply(Text("where-none"), goes("go-book", "go-menu"))
    about = {"service": followed.service.discreet_name, "token": followed.ticket.token}
    if turn.capabilities.keeps_live and _is_live(turn, followed):
        turn.uow.live.show_anew(followed.ticket, address_id=turn.address.id, now=turn.now)
        return Reply(Text("where-live", about), goes("go-visits", "go-menu"))
    lines = place_lines(desk.place(turn, followed.ticket), followed.site)
    updated = Text("line-updated", {"time": clock_time(turn.now, followed.site)})
    refresh = Choice("refresh", Text("where-refresh"))
    return Reply(
        Text("where", {**about, "lines": {"lines": [*lines, updated]}}),
        (*goes(*_may_say(turn, followed)), refresh, *goes("go-visits", "go-menu")),
    )


def say_here(turn: Turn) -> str:
    return _say(turn, presence.check_in)


def say_late(turn: Turn) -> str:
    return _say(turn, presence.running_late)


def begin_leaving(turn: Turn) -> str:
    _follow_first(turn)
    followed = _followed(turn)
    if followed is None:
        return "where"
    presence.refuse_leaving(turn.uow, ticket_id=followed.ticket.id, actor=turn.actor)
    return "leave"


def ask_leave(turn: Turn) -> Reply:
    followed = _followed(turn)
    if followed is None:
        return Reply(Text("where-none"), goes("go-book", "go-menu"))
    say = Text("leave-ask", {"service": followed.service.discreet_name, "token": followed.ticket.token})
    return Reply(say, (Choice("yes", Text("leave-yes")), Choice("no", Text("leave-no"))))


def leave(turn: Turn) -> str:
    followed = _followed(turn)
    if turn.picked != "yes" or followed is None:
        return "where"
    left = presence.leave(turn.uow, ticket_id=followed.ticket.id, actor=turn.actor, now=turn.now)
    turn.say("left", service=followed.service.discreet_name, token=left.token)
    appointment = None if left.appointment_id is None else turn.uow.appointments.get(left.appointment_id)
    if appointment is not None:
        turn.tell(NoticeKind.CANCELLED, appointment)
    follow(turn, None)
    return "menu"


def _say(turn: Turn, verb: presence.Saying) -> str:
    """The answer is the place as it stands then, which says so."""
    _follow_first(turn)
    followed = _followed(turn)
    if followed is not None:
        verb(turn.uow, ticket_id=followed.ticket.id, actor=turn.actor, now=turn.now)
    return "where"


def _follow_first(turn: Turn) -> None:
    """Said out of the blue, it is about the one that comes first."""
    if turn.conversation.state not in STATES:
        begin(turn)


def _followed(turn: Turn) -> Followed | None:
    """What is remembered may be somebody else's by now, or gone: then DomainError, or None."""
    visit, ticket_id = turn.number("visit"), turn.number("ticket")
    if visit is not None:
        mine = desk.mine(turn, visit)
        return None if mine.ticket is None else Followed(mine.ticket, mine.service, mine.site)
    ticket = (
        None
        if ticket_id is None
        else presence.own_ticket(turn.uow, ticket_id=ticket_id, address_id=turn.address.id)
    )
    service = None if ticket is None else turn.uow.places.service(ticket.service_id)
    if ticket is None or service is None:
        return None
    return Followed(ticket, service, desk.site_of(turn, service))


def _is_booked_by_us(turn: Turn, ticket: Ticket) -> bool:
    """A walk-in isn't, nor is a booking of the desk whose paper token was scanned: its bearer only follows it."""
    appointment = None if ticket.appointment_id is None else turn.uow.appointments.get(ticket.appointment_id)
    return appointment is not None and desk.is_ours(turn, appointment)


def _missed_today(turn: Turn) -> Ticket | None:
    """Who was called and not seen still has a way on, and doesn't look for it under appointments to come."""
    yesterday = turn.now.date() - timedelta(days=1)  # somewhere it's still that day
    missed = turn.uow.tickets.missed_of_address(turn.address.id, since=yesterday)
    return next((ticket for ticket in reversed(missed) if _is_of_today(turn, ticket)), None)


def _is_of_today(turn: Turn, ticket: Ticket) -> bool:
    site = turn.uow.places.site(ticket.site_id)
    return site is not None and ticket.business_date == business_date(turn.now, site.zone)


def _is_live(turn: Turn, followed: Followed) -> bool:
    return followed.ticket.state in LIVE and _is_today(turn, followed)


def _is_today(turn: Turn, followed: Followed) -> bool:
    return followed.ticket.business_date <= business_date(turn.now, followed.site.zone)


def _may_say(turn: Turn, followed: Followed) -> tuple[str, ...]:
    ticket = followed.ticket
    if ticket.state not in AWAITED or not _is_today(turn, followed):
        return ()
    said = {"go-here": ticket.here_at, "go-late": ticket.late_at}
    return (*(key for key, at in said.items() if at is None), "go-leave")


STATES = {
    "where": State(show_place, shows_back=False, needs_name=False),
    "leave": State(ask_leave, leave, shows_back=False, is_open=True),
}
