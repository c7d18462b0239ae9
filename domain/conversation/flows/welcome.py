"""Meeting somebody: what to do in an emergency, agreement, name, menu. Never books."""

from dataclasses import replace

from domain.conversation import desk
from domain.conversation.flows import also_sms, booking, following, phone
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes
from domain.conversation.turn import Turn
from domain.conversation.words import GREETING, agreement
from domain.people import CONSENT_VERSION, clean_name
from domain.phones import phone_of_handle
from domain.use_cases import link


def greet(turn: Turn) -> str:
    say_emergency(turn)
    if not desk.is_registered(turn):
        here = desk.site(turn)
        if here is None:
            turn.say("welcome")
        else:
            turn.say("welcome-site", site=here.name)
    return "menu"


def say_emergency(turn: Turn) -> None:
    here = desk.site(turn)
    if here is not None and here.emergency_text:
        turn.say("label", words=here.emergency_text)
    else:
        turn.say("emergency-general")


def ask_consent(turn: Turn) -> Reply:
    others = [language for language in turn.catalogue.languages if language != turn.language]
    choices = [Choice("yes", Text("consent-agree"))]
    choices += [Choice(f"language:{language}", Text(f"language-{language}")) for language in others]
    if turn.capabilities.shows_way_out:
        choices.append(Choice("no", Text("consent-decline")))
    return Reply(Text("consent-ask"), tuple(choices))


def agree(turn: Turn) -> str:
    if turn.picked == "no" or declines(turn.words):
        return _decline(turn)
    if turn.picked != "yes":
        return "consent"
    turn.save_address(replace(turn.address, consent_at=turn.now, consent_version=CONSENT_VERSION))
    _keep_vouched_phone(turn)
    token = turn.number("follow")
    if token is not None:
        return following.take_up(turn, token)
    return booking.go_on(turn) if desk.is_registered(turn) else "name"


def declines(words: str) -> bool:
    """A written no is one, also where no choice offers it."""
    return agreement(words) == "no"


def _keep_vouched_phone(turn: Turn) -> None:
    """Where the chat is the phone's own, its number needs no code; a user name is none."""
    vouched = phone_of_handle(turn.address.handle) if turn.capabilities.handle_is_phone else None
    if vouched is not None:
        turn.address = link.keep_phone(turn.uow, turn.address, vouched, now=turn.now)


def _decline(turn: Turn) -> str:
    """Also for who agreed, came to the name, and went back."""
    turn.save_address(replace(turn.address, consent_at=None, consent_version=None))
    return "declined"


def show_declined(_turn: Turn) -> Reply:
    return Reply(Text("consent-declined"), (Choice(GREETING, Text("begin-again")),))


def ask_name(_turn: Turn) -> Reply:
    return Reply(Text("name-ask"))


def take_name(turn: Turn) -> str:
    turn.save_address(replace(turn.address, display_name=clean_name(turn.words)))
    return booking.go_on(turn)


def to_consent(_turn: Turn) -> str:
    return "consent"


def ask_menu(turn: Turn) -> Reply:
    shares = ("go-phone",) if phone.may_be_asked(turn) else ()
    joins = ("go-join",) if phone.may_join(turn) else ()
    ways = (*shares, *joins, *also_sms.offered(turn))
    return Reply(Text("menu-ask"), goes("go-book", "go-visits", "go-where", *ways, "go-language", "go-help"))


STATES = {
    "consent": State(ask_consent, agree, shows_back=False, is_open=True, reads=declines),
    "declined": State(show_declined, shows_back=False, is_open=True),
    "name": State(ask_name, take_name, back=to_consent, shows_back=False, free_text=True, is_open=True),
    "menu": State(ask_menu, shows_back=False),
}
