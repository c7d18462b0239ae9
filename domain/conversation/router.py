"""From a message to an answer: the table of states, and what holds in all of them. Never knows a channel's name."""

import re
from collections.abc import Callable
from dataclasses import replace

from domain.conversation import desk, subscription
from domain.conversation.flows import appointments, assistance, booking, language, phone, tracking, welcome
from domain.conversation.messages import Reply
from domain.conversation.paging import MORE, paged, per_page
from domain.conversation.state import State
from domain.conversation.turn import Turn
from domain.conversation.understand import Understood, tapped, understand, understand_when
from domain.conversation.words import GREETING
from domain.errors import DomainError
from domain.people import NAME_LENGTH
from domain.texts.compose import BACK

LONGEST = 500  # characters of a text that we try to understand
MOST_STEPS = 4  # questions that one message may answer: "tomorrow 10:30" answers two
STATES: dict[str, State] = {
    **welcome.STATES,
    **booking.STATES,
    **appointments.STATES,
    **tracking.STATES,
    **language.STATES,
    **phone.STATES,
    **assistance.STATES,
}
ANYWHERE: dict[str, Callable[[Turn], str]] = {
    GREETING: welcome.greet,
    "go-menu": lambda _turn: "menu",
    "go-book": booking.begin,
    "go-visits": appointments.to_list,
    "go-where": tracking.begin,
    "go-language": language.begin,
    "go-phone": phone.begin,
    phone.CONTACT: phone.take_contact,
    "go-help": assistance.begin,
}
LOST_TIMES = frozenset({"slot-unknown", "slot-closed", "slot-past", "slot-full", "same-slot"})
AFTER_REFUSAL = {
    "service-unavailable": "service",
    "already-booked": "visits",
    "appointment-unknown": "visits",
    "appointment-over": "visits",
    "already-called": "where",
    "too-late-to-cancel": "visit",
}
ALWAYS_UNDERSTOOD = frozenset(
    {GREETING, BACK, "go-menu", "go-help", "go-language", "language:en", "language:hi"}
)
SITE_LINK = re.compile(r"(?:/?start|site:|book|बुक)\s*([a-z0-9_-]+)", flags=re.IGNORECASE)
# "book tomorrow" may mean a day; these mean a site, even where there is none of that name.
ONLY_A_LINK = re.compile(r"/?start\s|site:", flags=re.IGNORECASE)


def take(turn: Turn) -> None:
    """Answers one message: what is said stands in `turn.said`, what is remembered in `turn.conversation`."""
    if subscription.is_silenced(turn):
        return
    _hear(turn)
    _ask(turn)


def _hear(turn: Turn) -> None:
    if _follow_site_link(turn):
        return
    if turn.conversation.state not in STATES:
        if not desk.is_registered(turn):
            _go(turn, welcome.greet(turn))
            return
        turn.conversation = replace(turn.conversation, state="menu")
    turn.words = turn.incoming.text.strip()
    understood = _understood(turn)
    for _ in range(MOST_STEPS):
        if understood is None:
            return
        turn.words = understood.rest or turn.words
        _proceed(turn, understood.key)
        if not understood.rest:
            return
        _number_choices(turn)
        understood = understand_when(
            understood.rest, choices=turn.conversation.choices, today=desk.today(turn)
        )


def _understood(turn: Turn) -> Understood | None:
    """None when there is nothing to apply: then it has been said why."""
    if turn.incoming.kind == "tap":
        return _tap(turn)
    if turn.incoming.kind == "contact":
        return Understood(phone.CONTACT)
    problem = _unreadable(turn)
    if problem is not None:
        _say_what_fits(turn, problem)
        return None
    reads = STATES[turn.conversation.state].reads
    if reads is not None and reads(turn.words):
        return Understood("")
    found = understand(turn.words, choices=turn.conversation.choices, today=desk.today(turn))
    if STATES[turn.conversation.state].free_text:
        return found if found and found.key in ALWAYS_UNDERSTOOD else Understood("")
    found = found or _understood_wider(turn)
    if found is None:
        turn.say("not-understood")
    return found


def _tap(turn: Turn) -> Understood | None:
    conversation = turn.conversation
    key = tapped(turn.incoming.tapped or "", revision=conversation.revision, choices=conversation.choices)
    if key is None:
        turn.stale = True
        turn.say("older-message")
        return None
    return Understood(key)


def _unreadable(turn: Turn) -> str | None:
    """Why this can't be read at all, as a text's key."""
    if turn.incoming.kind == "unsupported":
        return "text-only"
    if not turn.words:
        return "nothing-written"
    return "too-long" if len(turn.words) > LONGEST else None


def _say_what_fits(turn: Turn, problem: str) -> None:
    is_name = STATES[turn.conversation.state].free_text and problem != "text-only"
    if is_name:
        turn.say("not-understood-name", length=NAME_LENGTH)
    else:
        turn.say(problem)


def _understood_wider(turn: Turn) -> Understood | None:
    """A day or time that isn't offered here belongs to the question before: "Friday" said among Monday's times."""
    here = turn.conversation
    while (wider := STATES[turn.conversation.state].wider) is not None:
        _go(turn, wider)
        _number_choices(turn)
        found = understand_when(turn.words, choices=turn.conversation.choices, today=desk.today(turn))
        if found is not None:
            return found
    turn.conversation = here
    return None


def _proceed(turn: Turn, key: str) -> None:
    turn.picked = key
    try:
        with turn.attempt():
            _go(turn, _next(turn, key))
    except DomainError as refusal:
        _refuse(turn, refusal)


def _next(turn: Turn, key: str) -> str:
    if key.startswith(language.CHOSEN):
        return language.take_language(turn)
    if key == MORE:
        return _turn_page(turn, by=1)
    if key == BACK:
        return _back(turn)
    if key in ANYWHERE:
        return ANYWHERE[key](turn)
    return STATES[turn.conversation.state].answer(turn)


def _back(turn: Turn) -> str:
    if turn.conversation.page > 0:
        return _turn_page(turn, by=-1)
    return STATES[turn.conversation.state].back(turn)


def _turn_page(turn: Turn, *, by: int) -> str:
    page = turn.conversation.page + by * per_page(turn.capabilities.page_size)
    if page >= len(turn.conversation.choices):
        turn.say("no-more")
    else:
        turn.conversation = replace(turn.conversation, page=max(0, page))
    return turn.conversation.state


def _refuse(turn: Turn, refusal: DomainError) -> None:
    """The refusal is an ordinary answer: its text, and at once what can be done instead."""
    turn.say(refusal.key, **refusal.params)
    if refusal.key in LOST_TIMES:
        _go(turn, booking.to_free_times(turn))
    else:
        _go(turn, AFTER_REFUSAL.get(refusal.key, turn.conversation.state))


def _go(turn: Turn, state: str) -> None:
    """To a state; who hasn't agreed or has no name yet comes to that question first."""
    state = state if state in STATES else "menu"
    if not STATES[state].is_open and not desk.is_registered(turn):
        state = "name" if desk.has_agreed(turn) else "consent"
    page = turn.conversation.page if state == turn.conversation.state else 0
    turn.conversation = replace(turn.conversation, state=state, page=page)


def _ask(turn: Turn) -> None:
    turn.said.append(_number_choices(turn))


def _number_choices(turn: Turn) -> Reply:
    """The state's question with the choices of this page; all of them are kept as they are shown."""
    try:
        reply = STATES[turn.conversation.state].ask(turn)
    except DomainError as refusal:  # what the question was about is gone
        turn.say(refusal.key, **refusal.params)
        _go(turn, "menu")
        reply = STATES[turn.conversation.state].ask(turn)
    page = paged(
        reply.choices,
        start=turn.conversation.page,
        size=turn.capabilities.page_size,
        back=_shows_back(turn, reply),
    )
    choices = tuple((choice.key, turn.shown(choice.label)) for choice in page.numbered)
    turn.conversation = replace(turn.conversation, choices=choices, page=page.start)
    return replace(reply, choices=page.shown)


def _shows_back(turn: Turn, reply: Reply) -> bool:
    """Where Menu is offered, Back would only be a second way to it."""
    offers_menu = any(choice.key == "go-menu" for choice in reply.choices)
    return STATES[turn.conversation.state].shows_back and not offers_menu


def _follow_site_link(turn: Turn) -> bool:
    """A site's own link skips the choice of site: `/start <slug>`, `site:<slug>`, `book <slug>`."""
    said = turn.incoming.text.strip()
    link = SITE_LINK.fullmatch(said) if turn.incoming.kind in {"text", "resumed"} else None
    site = turn.uow.places.site_by_slug(link[1].lower()) if link else None
    if site is None and not (link and ONLY_A_LINK.match(said)):
        return False
    if site is None:
        turn.say("place-unknown")
    else:
        turn.at_site(site.id)
    if not desk.is_registered(turn):
        welcome.greet(turn)
    _go(turn, booking.begin(turn) if site else "site")
    return True
