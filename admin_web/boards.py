"""The wall: now serving, big. Tokens and counters only, never a name; it says itself when it is out of date."""

from dataclasses import dataclass

from babel import Locale
from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from admin_web.access import public
from admin_web.provided import now, transaction
from admin_web.streams import LivePage
from admin_web.words import clock_time, say
from domain.conversation.messages import Text
from domain.use_cases.follow import board
from domain.views import BoardCall, BoardQueue, BoardView

blueprint = Blueprint("boards", __name__)


@dataclass(frozen=True, slots=True)
class NewestCall:
    call: BoardCall
    queue: BoardQueue


@dataclass(frozen=True, slots=True)
class Board:
    view: BoardView
    slug: str
    language: str
    topics: frozenset[str]

    @property
    def direction(self) -> str:
        return "rtl" if Locale.parse(self.language).text_direction == "rtl" else "ltr"

    @property
    def newest(self) -> NewestCall | None:
        """Of all services: what the eye must find first."""
        calls = [NewestCall(call, queue) for queue in self.view.queues for call in queue.calls]
        return max(calls, key=lambda newest: newest.call.called_at, default=None)

    def word(self, key: str) -> str:
        return say(Text(key), language=self.language)

    def waiting(self, queue: BoardQueue) -> str:
        return say(Text("board-waiting", {"waiting": queue.waiting}), language=self.language)

    def wait(self, queue: BoardQueue) -> str | None:
        if queue.low is None or queue.high is None:
            return None
        wait = {"low": queue.low, "high": queue.high}
        return say(Text("ticket-waiting", {"wait": wait}), language=self.language)


@blueprint.get("/board/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    found = board_of(slug)
    if found is None:
        abort(404)
    return render_template("board.html", board=found)


def board_of(slug: str) -> Board | None:
    with transaction() as uow:
        view = board(uow, slug=slug, now=now())
        site = uow.places.site_by_slug(slug)
        if view is None or site is None:
            return None
        counts = uow.days.counts(site_id=site.id, day=view.business_date)
    topics = frozenset(f"queue:{row.queue_id}" for row in counts if row.queue_id is not None)
    return Board(view=view, slug=slug, language=site.default_language, topics=topics)


def live_page(slug: str) -> LivePage | None:
    found = board_of(slug)
    if found is None:
        return None
    return LivePage(
        html=render_template("board_live.html", board=found),
        at=clock_time(found.view.updated_at, found.view.time_zone),
        topics=found.topics,
    )
