"""What a state is: a question and what its answer leads to. Never a flow of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.turn import Turn


def nowhere(turn: Turn) -> str:
    """The answer of a state whose choices all lead elsewhere by themselves."""
    return turn.conversation.state


def to_menu(_turn: Turn) -> str:
    return "menu"


@dataclass(frozen=True, slots=True)
class State:
    """`answer` reads `turn.picked` and returns the next state's name; it may raise DomainError.

    `free_text`: the answer is what was written, in `turn.words`. `wider`: the state to which a day or time belongs that
    isn't among the choices. `is_open`: also for who hasn't agreed yet. `shows_back`: Back stands under the choices.
    `needs_name`: who has agreed comes to their name before it. `reads`: such words are the answer itself, in
    `turn.words`, rather than one of the choices.
    """

    ask: Callable[[Turn], Reply]
    answer: Callable[[Turn], str] = nowhere
    back: Callable[[Turn], str] = to_menu
    shows_back: bool = True
    free_text: bool = False
    wider: str | None = None
    is_open: bool = False
    needs_name: bool = True
    reads: Callable[[str], bool] | None = None


def goes(*keys: str) -> tuple[Choice, ...]:
    """Choices that mean the same everywhere; each is labelled by the text of its own name."""
    return tuple(Choice(key, Text(key)) for key in keys)


def id_of(key: str) -> int:
    """17 of `slot:17@2026-11-24T10:30`."""
    return int(key.partition(":")[2].partition("@")[0])
