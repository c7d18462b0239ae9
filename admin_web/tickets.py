"""A person's own page behind an unguessable link, and the paper token that a desk prints. Never a name or phone."""

from dataclasses import dataclass

from babel import Locale
from flask import Blueprint, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_web.access import public, requires
from admin_web.chat_links import ChatLink, at_token, chat_links
from admin_web.own_pages import own_page
from admin_web.provided import now, provided, transaction
from admin_web.streams import LivePage
from admin_web.words import clock_time, say
from domain.conversation.links import ticket_payload
from domain.conversation.messages import Text
from domain.people import Role
from domain.ports import UnitOfWork
from domain.queue import Ticket
from domain.use_cases.follow import ticket_page
from domain.views import PlaceView

blueprint = Blueprint("tickets", __name__)

_OVER = {"completed", "left", "transferred", "void"}


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A place and the language to say it in."""

    view: PlaceView
    link: str
    language: str
    queue_id: int
    has_phone: bool

    @property
    def direction(self) -> str:
        return "rtl" if Locale.parse(self.language).text_direction == "rtl" else "ltr"

    @property
    def mood(self) -> str:
        """`now`, `done`, `missed`, `later` or `waiting`: how the page looks, besides what it says."""
        if self.view.state in {"called", "serving"}:
            return "now"
        if self.view.state in {"no_show", "on_hold"}:
            return "missed"
        if self.view.state in _OVER:
            return "done"
        return "waiting" if self.view.queue_state == "open" else "later"

    @property
    def headline(self) -> str:
        return self.say(_headline(self.view))

    @property
    def lines(self) -> list[str]:
        return [self.say(text) for text in _lines(self.view, has_phone=self.has_phone)]

    def say(self, text: Text) -> str:
        return say(text, language=self.language)

    def word(self, key: str) -> str:
        return self.say(Text(key))


@blueprint.get("/t/<link>")
@public
def show(link: str) -> ResponseReturnValue:
    page = page_of(link)
    if page is None:
        abort(404)
    response = make_response(render_template("ticket.html", page=page))
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/tickets/<int:ticket_id>/paper")
@requires(Role.OPERATOR, of="ticket")
def paper(ticket_id: int) -> ResponseReturnValue:
    """The printable token of somebody at the desk: a walk-in's, or a booking's with its day and time."""
    with transaction() as uow:
        ticket = uow.tickets.get(ticket_id)
        visit = uow.appointments.visit(ticket.visit_id) if ticket else None
        service = uow.places.service(ticket.service_id) if ticket else None
        site = uow.places.site(ticket.site_id) if ticket else None
        ahead = uow.tickets.ahead(ticket) if ticket and ticket.state.value == "waiting" else None
        key = _key(uow, ticket)
        chats = chat_links(uow, at_token(key), site=site) if key and site else []
    if ticket is None or visit is None:
        abort(404)
    return render_template(
        "paper.html",
        ticket=ticket,
        visit=visit,
        service=service,
        site=site,
        ahead=ahead,
        page=_page_address(visit.link),
        chats=chats,
        simulated=ticket_payload(key)
        if key and not chats and provided().settings.simulator_allowed
        else None,
        back=own_page(request.args.get("page")) or _console_of(ticket),
    )


def _key(uow: UnitOfWork, ticket: Ticket | None) -> str | None:
    """What opens this token's place in a chat; None where its words go to somebody's phone already."""
    link = None if ticket is None else uow.ticket_links.of_visit(ticket.visit_id, now=now())
    return link.key if link is not None and link.address_id is None else None


def _page_address(link: str) -> ChatLink:
    address = public_address(url_for("tickets.show", link=link))
    return ChatLink(address, title="QR code of the page that follows this token")


def page_of(link: str) -> TicketPage | None:
    with transaction() as uow:
        view = ticket_page(uow, link=link, now=now())
        visit = uow.appointments.visit_by_link(link) if view else None
        ticket = uow.tickets.latest_of_visit(visit.id) if visit else None
        if view is None or visit is None or ticket is None:
            return None
        language = _language(uow, visit.address_id)
    has_phone = ticket.address_id is not None
    return TicketPage(view=view, link=link, language=language, queue_id=ticket.queue_id, has_phone=has_phone)


def live_page(link: str) -> LivePage | None:
    page = page_of(link)
    if page is None:
        return None
    return LivePage(
        html=render_template("ticket_live.html", page=page),
        at=clock_time(page.view.updated_at, page.view.time_zone),
        topics=frozenset({f"queue:{page.queue_id}"}),
    )


def _console_of(ticket: Ticket) -> str:
    counter_id = request.args.get("counter", type=int)
    return url_for("queues.show", queue_id=ticket.queue_id, counter=counter_id)


def public_address(path: str) -> str:
    """An address that another device can open: of PUBLIC_URL where there is one."""
    base = provided().settings.public_url or request.host_url.rstrip("/")
    return base + path


def _language(uow: UnitOfWork, address_id: int | None) -> str:
    """The person's own, chosen in chat; else the browser's."""
    address = uow.people.address_by_id(address_id) if address_id is not None else None
    if address is not None and address.language:
        return provided().catalogue.language_for(address.language)
    wanted = request.accept_languages.best_match(list(provided().catalogue.languages))
    return provided().catalogue.language_for(wanted)


# What there is to say of a ticket that is neither in line nor called.
_KEYS = {
    "serving": "line-serving",
    "no_show": "line-missed",
    "on_hold": "line-held",
    "left": "ticket-void",
    "void": "ticket-void",
}


def _headline(view: PlaceView) -> Text:
    if view.state == "called":
        return Text("ticket-called", {"counter": view.counter}) if view.counter else Text("line-called-desk")
    if view.state in {"expected", "waiting"}:
        return _headline_in_line(view)
    return Text(_KEYS.get(view.state, "ticket-done"))


def _headline_in_line(view: PlaceView) -> Text:
    if view.queue_state == "paused":
        return Text("line-paused", {"service": view.service})
    if view.queue_state != "open":
        return Text("ticket-not-started", {"service": view.service})
    return Text("ticket-ahead", {"ahead": view.ahead or 0})


def _lines(view: PlaceView, *, has_phone: bool) -> list[Text]:
    """What stands below the headline. Who has no phone isn't promised that we write."""
    if view.state not in {"expected", "waiting"}:
        return []
    lines = []
    if view.queue_state != "open":
        at = {"at": view.due_at.isoformat(), "zone": view.time_zone, "as": "day-time"}
        lines.append(Text("line-later" if has_phone else "ticket-later", {"at": at}))
    if view.low is not None and view.high is not None:
        lines.append(Text("ticket-waiting", {"wait": {"low": view.low, "high": view.high}}))
    if view.now_serving:
        lines.append(Text("line-now-serving", {"tokens": list(view.now_serving)}))
    if view.crowd and view.queue_state == "open":
        lines.append(Text(f"crowd-{view.crowd}"))
    return lines
