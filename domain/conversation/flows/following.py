"""A printed token on a phone: the first who scans it follows the visit, all others may look, as on the wall.

Never a name, a code or a booking, and for those who only look no button that acts.
"""

from domain.conversation import desk
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes
from domain.conversation.turn import Turn
from domain.texts.when import clock_time
from domain.use_cases.place_lines import place_lines
from domain.use_cases.ticket_links import follow_by_link


def begin(turn: Turn, key: str) -> str:
    """By the key of a token. Who hasn't agreed yet is asked that first; their name isn't needed."""
    link = turn.uow.ticket_links.find(key, now=turn.now)
    if link is None:
        turn.say("ticket-link-over")
        return "menu"
    _at_its_site(turn, link.visit_id)
    if link.address_id not in {None, turn.address.id}:
        return _watch(turn, link.visit_id)
    if desk.has_agreed(turn):
        return take_up(turn, link.visit_id)
    turn.remember(follow=link.visit_id)
    return "where"


def _at_its_site(turn: Turn, visit_id: int) -> None:
    """Who holds a token stands at its site, whose own welcome they get if they have chosen none."""
    ticket = turn.uow.tickets.latest_of_visit(visit_id)
    if ticket is not None and turn.conversation.site_id is None:
        turn.at_site(ticket.site_id)


def take_up(turn: Turn, visit_id: int) -> str:
    """Now that they have agreed."""
    turn.remember(follow=None)
    ticket = follow_by_link(turn.uow, visit_id, address_id=turn.address.id, actor=turn.actor, now=turn.now)
    if ticket is None:
        return _watch(turn, visit_id)
    turn.remember(visit=None, ticket=ticket.id)
    return "where"


def show_watched(turn: Turn) -> Reply:
    visit_id = turn.number("watched")
    link = None if visit_id is None else turn.uow.ticket_links.of_visit(visit_id, now=turn.now)
    ticket = None if link is None else turn.uow.tickets.latest_of_visit(link.visit_id)
    service = None if ticket is None else turn.uow.places.service(ticket.service_id)
    if ticket is None or service is None:
        return Reply(Text("ticket-link-over"), goes("go-menu"))
    site = desk.site_of(turn, service)
    updated = Text("line-updated", {"time": clock_time(turn.now, site)})
    lines = place_lines(desk.place(turn, ticket), site, is_told=False)
    about = {
        "service": service.discreet_name,
        "token": ticket.token,
        "lines": {"lines": [*lines, updated]},
    }
    return Reply(Text("where", about), (Choice("refresh", Text("where-refresh")), *goes("go-menu")))


def _watch(turn: Turn, visit_id: int) -> str:
    turn.remember(watched=visit_id)
    link = turn.uow.ticket_links.of_visit(visit_id, now=turn.now)
    if link is not None and link.address_id not in {None, turn.address.id}:
        turn.say("ticket-watched")
    return "watched"


STATES = {"watched": State(show_watched, shows_back=False, is_open=True)}
