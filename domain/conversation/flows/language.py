"""Choosing a language, at any time, kept with the address. Never a guess once it was chosen."""

from dataclasses import replace

from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, nowhere
from domain.conversation.turn import Turn

CHOSEN = "language:"


def begin(turn: Turn) -> str:
    if turn.conversation.state != "language":
        turn.remember(before=turn.conversation.state)
    return "language"


def ask_language(turn: Turn) -> Reply:
    languages = turn.catalogue.languages
    return Reply(
        Text("language-ask"), tuple(Choice(CHOSEN + name, Text(f"language-{name}")) for name in languages)
    )


def take_language(turn: Turn) -> str:
    """Understood in every state: goes on where the person was, in the new language."""
    turn.save_address(replace(turn.address, language=turn.picked.removeprefix(CHOSEN)))
    turn.say("language-changed")
    state = turn.conversation.state
    return before(turn) if state == "language" else state


def before(turn: Turn) -> str:
    """The question that was left for this one; the menu, where that was another one that is only looked at."""
    state = turn.word("before")
    return "menu" if state in {"", "language", "privacy"} else state


STATES = {"language": State(ask_language, nowhere, back=before, is_open=True)}
