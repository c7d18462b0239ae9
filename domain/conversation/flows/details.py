"""The lines that tell all about one appointment. Never a name, never the reason of a visit."""

from collections.abc import Mapping

from domain.conversation import desk
from domain.conversation.messages import Text
from domain.conversation.turn import Turn
from domain.queue import IN_LINE, QueueState
from domain.texts.when import day_and_time


def details(turn: Turn, mine: desk.Mine) -> Mapping[str, object]:
    """Lines for a text's `details`: only those that there is something to say of."""
    at = day_and_time(mine.appointment.starts_at, mine.site)
    lines = [Text("detail-token", {"token": mine.appointment.token, "at": at}), *_place(mine)]
    if mine.service.what_to_bring:
        lines.append(Text("detail-bring", {"what": mine.service.what_to_bring}))
    if mine.service.fee:
        lines.append(Text("detail-fee", {"fee": mine.service.fee}))
    return {"lines": [*lines, *_visit(turn, mine), _queue(turn, mine)]}


def _place(mine: desk.Mine) -> list[Text]:
    site, room = mine.site, mine.service.room
    lines = [
        Text("detail-place", {"site": site.name, "room": room})
        if room
        else Text("label", {"words": site.name})
    ]
    if site.address:
        lines.append(Text("label", {"words": site.address}))
    if site.map_url:
        lines.append(Text("detail-map", {"url": site.map_url}))
    return lines


def _visit(turn: Turn, mine: desk.Mine) -> list[Text]:
    visit = turn.uow.appointments.visit(mine.appointment.visit_id)
    assert visit is not None
    lines = [Text("detail-code", {"code": visit.code})]
    if turn.public_url:
        lines.append(Text("detail-link", {"url": f"{turn.public_url}/t/{visit.link}"}))
    return lines


def _queue(turn: Turn, mine: desk.Mine) -> Text:
    if mine.ticket is not None and mine.ticket.state in IN_LINE:
        place = desk.place(turn, mine.ticket)
        if place.queue_state == QueueState.OPEN.value and place.ahead is not None:
            return Text("detail-ahead", {"ahead": place.ahead})
    return Text("detail-alert")
