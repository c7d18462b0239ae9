"""What to do in an emergency, which words work, and what is kept of a person. Never needs an agreement first."""

from domain.conversation.flows.language import before
from domain.conversation.flows.welcome import say_emergency
from domain.conversation.messages import Reply, Text
from domain.conversation.state import State, goes, nowhere
from domain.conversation.turn import Turn


def begin(turn: Turn) -> str:
    say_emergency(turn)
    return "help"


def show_help(_turn: Turn) -> Reply:
    return Reply(Text("help"), goes("go-book", "go-visits", "go-where", "go-language", "go-menu"))


def begin_privacy(turn: Turn) -> str:
    if turn.conversation.state != "privacy":
        turn.remember(before=turn.conversation.state)
    return "privacy"


def show_privacy(_turn: Turn) -> Reply:
    return Reply(Text("privacy"))


STATES = {
    "help": State(show_help, nowhere, shows_back=False, is_open=True),
    "privacy": State(show_privacy, nowhere, back=before, is_open=True),
}
