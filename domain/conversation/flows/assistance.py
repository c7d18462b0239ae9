"""What to do in an emergency, and which words work. Never needs an agreement first."""

from domain.conversation.flows.welcome import say_emergency
from domain.conversation.messages import Reply, Text
from domain.conversation.state import State, goes, nowhere
from domain.conversation.turn import Turn


def begin(turn: Turn) -> str:
    say_emergency(turn)
    return "help"


def show_help(_turn: Turn) -> Reply:
    return Reply(Text("help"), goes("go-book", "go-visits", "go-where", "go-language", "go-menu"))


STATES = {"help": State(show_help, nowhere, shows_back=False, is_open=True)}
