"""Where am I: the place in the line, as it is now. Never a promise of a single minute."""

from domain.conversation import desk
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes
from domain.conversation.turn import Turn
from domain.conversation.when import clock_time, day_and_time
from domain.queue import QueueState, TicketState
from domain.schedule import Site, business_date
from domain.views import PlaceView

SAID_OF_STATE = {
    TicketState.SERVING.value: "line-serving",
    TicketState.NO_SHOW.value: "line-missed",
    TicketState.ON_HOLD.value: "line-held",
}
WAITS = {TicketState.EXPECTED.value, TicketState.WAITING.value}


def begin(turn: Turn) -> str:
    """The one that comes first, whichever was looked at last."""
    visits = desk.visits(turn)
    turn.remember(visit=visits[0].appointment.id if visits else None)
    return "where"


def show_place(turn: Turn) -> Reply:
    visit = turn.number("visit")
    if visit is None:
        return Reply(Text("where-none"), goes("go-book", "go-menu"))
    mine = desk.mine(turn, visit)
    if mine.ticket is None:
        return Reply(Text("where-none"), goes("go-book", "go-menu"))
    lines = _lines(desk.place(turn, mine.ticket), mine.site)
    updated = Text("line-updated", {"time": clock_time(turn.now, mine.site)})
    about = {
        "service": mine.service.discreet_name,
        "token": mine.ticket.token,
        "lines": {"lines": [*lines, updated]},
    }
    return Reply(
        Text("where", about), (Choice("refresh", Text("where-refresh")), *goes("go-visits", "go-menu"))
    )


def _lines(place: PlaceView, site: Site) -> list[Text]:
    if place.state == TicketState.CALLED.value:
        return [_called(place)]
    if place.state not in WAITS:
        return [Text(SAID_OF_STATE.get(place.state, "line-done"))]
    if place.business_date > business_date(place.updated_at, site.zone):
        return [Text("line-later", {"at": day_and_time(place.due_at, site)})]
    if place.queue_state == QueueState.NOT_STARTED.value:
        return [Text("line-not-started", {"service": place.service}), *_waiting(place)]
    if place.queue_state == QueueState.PAUSED.value:
        return [Text("line-paused", {"service": place.service}), *_waiting(place)]
    return [*_waiting(place), *_serving(place)]


def _called(place: PlaceView) -> Text:
    return Text("line-called", {"counter": place.counter}) if place.counter else Text("line-called-desk")


def _waiting(place: PlaceView) -> list[Text]:
    lines = [Text("line-ahead", {"ahead": place.ahead or 0})]
    if place.low is not None and place.high is not None:
        lines.append(Text("line-wait", {"wait": {"low": place.low, "high": place.high}}))
    return lines


def _serving(place: PlaceView) -> list[Text]:
    lines = [Text("line-now-serving", {"tokens": list(place.now_serving)})] if place.now_serving else []
    return [*lines, Text(f"crowd-{place.crowd}")] if place.crowd else lines


STATES = {"where": State(show_place, shows_back=False)}
