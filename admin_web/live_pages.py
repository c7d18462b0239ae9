"""The addresses of pages that move by themselves: a stream, or with `?poll` one snapshot with an ETag."""

from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from admin_web import boards, queues, streams, tickets
from admin_web.access import public, requires
from admin_web.form_keys import key_of
from admin_web.staff import current_staff, is_still_logged_in
from admin_web.streams import LivePage, Read, StreamPlaces
from domain.people import Role

blueprint = Blueprint("live", __name__, url_prefix="/live")

places = StreamPlaces(streams.MOST_STREAMS)


@blueprint.get("/queues/<int:queue_id>")
@requires(Role.OPERATOR, of="queue")
def queue(queue_id: int) -> ResponseReturnValue:
    counter_id = request.args.get("counter", type=int)
    form_key = key_of(request.args)
    return streams.answer(
        for_staff(lambda: queues.live_page(queue_id, counter_id, form_key=form_key)), places=places
    )


@blueprint.get("/boards/<slug>")
@public
def board(slug: str) -> ResponseReturnValue:
    return streams.answer(lambda: boards.live_page(slug), places=places)


@blueprint.get("/tickets/<link>")
@public
def ticket(link: str) -> ResponseReturnValue:
    return streams.answer(lambda: tickets.live_page(link), places=places)


def for_staff(read: Callable[[], LivePage | None]) -> Read:
    """The page only as long as the log-in and its roles stand."""
    staff = current_staff()

    def read_if_logged_in() -> LivePage | None:
        return read() if staff is not None and is_still_logged_in(staff) else None

    return read_if_logged_in
