"""From a message to an answer: the table of states, and what holds in all of them. Never knows a channel's name."""

from collections.abc import Callable
from dataclasses import replace

from domain.conversation import desk, reach, subscription, unreadable
from domain.conversation.flows import (
    also_sms,
    appointments,
    assistance,
    booking,
    following,
    language,
    linked,
    live_taps,
    phone,
    tracking,
    welcome,
)
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.paging import MORE, page_after, page_before, paged, ways
from domain.conversation.state import State, to_menu
from domain.conversation.turn import Turn
from domain.conversation.understand import Understood, anywhere, named, tapped, understand, understand_when
from domain.conversation.words import GREETING
from domain.errors import DomainError
from domain.texts.compose import BACK, EARLIER, WAY_OUT

MOST_STEPS = 4  # questions that one message may answer: "tomorrow 10:30" answers two
STATES: dict[str, State] = {
    **welcome.STATES,
    **booking.STATES,
    **appointments.STATES,
    **tracking.STATES,
    **following.STATES,
    **language.STATES,
    **phone.STATES,
    **also_sms.STATES,
    **assistance.STATES,
}
ANYWHERE: dict[str, Callable[[Turn], str]] = {
    GREETING: welcome.greet,
    "go-menu": to_menu,
    WAY_OUT: to_menu,
    "go-book": booking.begin,
    "go-visits": appointments.to_list,
    "go-move": appointments.begin_moving,
    "go-where": tracking.begin,
    "go-here": tracking.say_here,
    "go-late": tracking.say_late,
    "go-leave": tracking.begin_leaving,
    "go-language": language.begin,
    "go-phone": phone.begin,
    "go-join": phone.begin_joining,
    also_sms.ASK: also_sms.begin,
    also_sms.END: also_sms.end,
    phone.CONTACT: phone.take_contact,
    "go-help": assistance.begin,
    "go-privacy": assistance.begin_privacy,
}
# What may be asked before anything is agreed to.
OPEN = frozenset({"go-help", "go-language", "go-privacy", *(language.CHOSEN + name for name in ("en", "hi"))})
LOST_TIMES = frozenset({"slot-unknown", "slot-closed", "slot-past", "slot-full", "same-slot"})
AFTER_REFUSAL = {
    "service-unavailable": "service",
    "already-booked": "visits",
    "appointment-unknown": "visits",
    "appointment-over": "visits",
    "already-called": "where",
    "too-late-to-cancel": "visit",
    "ticket-unknown": "where",
}
# What is true or meant only when it's written: where somebody is, and which page they looked at.
OF_THEIR_MOMENT = frozenset({BACK, MORE, "go-here", "go-late"})
# Also where something is to be written freely: nobody is called so.
ALWAYS_UNDERSTOOD = OPEN | {GREETING, BACK, "go-menu"}


def take(turn: Turn) -> None:
    """Answers one message: what is said stands in `turn.said`, what is remembered in `turn.conversation`."""
    if reach.is_out_of_reach(turn) or subscription.is_silenced(turn):
        return
    asked = live_taps.hear(turn)
    if asked is None:
        _hear(turn)
    elif asked:
        _go(turn, asked)
    if not turn.is_aside:
        _ask(turn)


def _hear(turn: Turn) -> None:
    if _follow_link(turn):
        return
    if turn.conversation.state not in STATES:
        if not desk.is_registered(turn) and anywhere(turn.incoming.text) not in OPEN:
            _go(turn, welcome.greet(turn))
            return
        _go(turn, "menu")
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
    state = STATES[turn.conversation.state]
    if unreadable.is_refused(turn, wants_name=state.free_text):
        return None
    if unreadable.is_late(turn):
        return _understood_late(turn)
    return _understood_freely(turn) if state.free_text else _understood_here(turn)


def _understood_here(turn: Turn) -> Understood | None:
    reads = STATES[turn.conversation.state].reads
    if reads is not None and reads(turn.words):
        return Understood("")
    found = understand(turn.words, choices=turn.conversation.choices, today=desk.today(turn))
    found = found or _understood_wider(turn)
    if found is None:
        turn.say("command-unknown" if turn.words.startswith("/") else "not-understood")
    return found


def _understood_freely(turn: Turn) -> Understood | None:
    """What was written is the answer itself, but for the choices below the question and what nobody is called."""
    key = named(turn.words, choices=turn.conversation.choices)
    word = anywhere(turn.words)
    is_command = turn.words.startswith("/")
    key = key or (word if is_command or word in ALWAYS_UNDERSTOOD else None)
    if key is None and is_command:
        turn.say("command-unknown")
        return None
    return Understood(key or "")


def _understood_late(turn: Turn) -> Understood | None:
    """A message that was long on its way was meant for another question; words that only lead somewhere still do."""
    key = anywhere(turn.words)
    if key is None or key in OF_THEIR_MOMENT:
        turn.say("late-message")
        return None
    return Understood(key)


def _tap(turn: Turn) -> Understood | None:
    conversation = turn.conversation
    key = tapped(turn.incoming.tapped or "", revision=conversation.revision, choices=conversation.choices)
    if key is not None:
        return Understood(key)
    if turn.repeats:
        turn.is_aside = True  # the answer to the first tap is the answer
    else:
        turn.stale = True
        turn.say("older-message")
    return None


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
    if key in {MORE, EARLIER}:
        return _turn_page(turn, is_next=key == MORE)
    if key == BACK and turn.conversation.page and not _shows_months(turn):
        return _turn_page(turn, is_next=False)
    turn.conversation = replace(turn.conversation, page=0)
    if key == BACK:
        return STATES[turn.conversation.state].back(turn)
    if key in ANYWHERE:
        return ANYWHERE[key](turn)
    return STATES[turn.conversation.state].answer(turn)


def _turn_page(turn: Turn, *, is_next: bool) -> str:
    conversation = turn.conversation
    keys = [key for key, _ in conversation.choices]
    page = (page_after if is_next else page_before)(keys, conversation.page)
    if page is None:
        turn.say("no-more")
    else:
        turn.conversation = replace(conversation, page=page)
    return conversation.state


def _shows_months(turn: Turn) -> bool:
    """Whether the question is a calendar, which has a way of its own to the month before."""
    is_of_days = any(key.startswith("day:") for key, _ in turn.conversation.choices)
    return turn.capabilities.shows_calendar and is_of_days


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
    if not STATES[state].is_open and not desk.has_agreed(turn):
        state = "consent"
    elif STATES[state].needs_name and not STATES[state].is_open and not desk.is_registered(turn):
        state = "name"
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
    before = turn.conversation.choices[: turn.conversation.page]
    is_calendar = turn.capabilities.shows_calendar and any(choice.day for choice in reply.choices)
    below = _ways(turn, reply, is_calendar=is_calendar)
    shows_out = any(way.key == WAY_OUT for way in below)
    page = paged(
        [choice for choice in reply.choices if not (shows_out and choice.key == "go-menu")],
        before=[key for key, _ in before],
        size=_page_size(turn),
        below=below,
        by_month=is_calendar,
    )
    rest = ((choice.key, turn.shown(choice.label)) for choice in page.rest)
    turn.conversation = replace(turn.conversation, choices=(*before[: page.start], *rest), page=page.start)
    return replace(reply, choices=page.shown)


def _page_size(turn: Turn) -> int:
    """A language whose own word for More is of Latin letters is written in them."""
    other = turn.capabilities.other_page_size
    return other if other and not turn.shown(Text(MORE)).isascii() else turn.capabilities.page_size


def _ways(turn: Turn, reply: Reply, *, is_calendar: bool) -> tuple[Choice, ...]:
    """What stands below the choices: Back, and the menu where a button more costs nothing."""
    state, page = turn.conversation.state, turn.conversation.page
    offers_menu = any(choice.key == "go-menu" for choice in reply.choices)
    # Where Menu is offered, Back would only be a second way to it.
    back = STATES[state].shows_back and not offers_menu
    if turn.capabilities.shows_way_out:
        back = back or STATES[state].back is not to_menu
    out = turn.capabilities.shows_way_out and state != "menu" and desk.is_registered(turn)
    return ways(earlier=is_calendar and page > 0, back=back or (page > 0 and not is_calendar), out=out)


def _follow_link(turn: Turn) -> bool:
    """What a link leads to skips the questions before it."""
    wanted = linked.led_to(turn)
    if wanted is None:
        return False
    _go(turn, wanted)
    if turn.conversation.state != wanted:  # who has to agree or to say a name first
        of_the_link, turn.said = turn.said, []
        welcome.greet(turn)  # what to do in an emergency stands first
        turn.said += of_the_link
    return True
