"""The lines that tell somebody's place: in an answer, and in the message that is kept up to date. Never a promise of a
single minute.
"""

from domain.conversation.messages import Text
from domain.queue import IN_LINE, QueueState, TicketState
from domain.schedule import Site, business_date
from domain.texts.when import day_and_time
from domain.views import PlaceView

SAID_OF_STATE = {
    TicketState.SERVING.value: "line-serving",
    TicketState.NO_SHOW.value: "line-missed",
    TicketState.ON_HOLD.value: "line-held",
    TicketState.LEFT.value: "ticket-void",
    TicketState.VOID.value: "ticket-void",
}
_WAITS = frozenset(state.value for state in IN_LINE)


def place_lines(place: PlaceView, site: Site, *, is_told: bool = True) -> list[Text]:
    """How things stand, without the time of day. Who isn't told when the turn comes isn't promised it."""
    if place.state == TicketState.CALLED.value:
        return [_called(place)]
    if place.state not in _WAITS:
        return [Text(SAID_OF_STATE.get(place.state, "line-done")), *_presence(place)]
    if place.business_date > business_date(place.updated_at, site.zone):
        key = "line-later" if is_told else "ticket-later"
        return [Text(key, {"at": day_and_time(place.due_at, site)})]
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
    return lines + _presence(place)


def _presence(place: PlaceView) -> list[Text]:
    if place.state not in _WAITS and place.state != TicketState.ON_HOLD.value:
        return []
    said = {"line-here": place.here, "line-late": place.late}
    return [Text(key) for key, holds in said.items() if holds]


def _serving(place: PlaceView) -> list[Text]:
    lines = [Text("line-now-serving", {"tokens": list(place.now_serving)})] if place.now_serving else []
    return [*lines, Text(f"crowd-{place.crowd}")] if place.crowd else lines
