"""A long list of choices, a page at a time; numbers go on across pages. Never looks at what is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.conversation.messages import Choice, Text
from domain.texts.compose import BACK

MORE = "go-more"


@dataclass(frozen=True, slots=True)
class Paged:
    """`numbered` are the choices of all pages as they are counted, More included; `shown` those of this page."""

    numbered: tuple[Choice, ...]
    shown: tuple[Choice, ...]
    start: int


def paged(choices: Sequence[Choice], *, start: int, size: int, back: bool) -> Paged:
    """The page that begins at `start`, or the last one when there are fewer by now. Back comes last, unnumbered."""
    if len(choices) <= size - back:
        return Paged(tuple(choices), (*choices, *_backs(back)), 0)
    step = per_page(size)
    numbered = _with_more(choices, step=step)
    first = min(start, (len(numbered) - 1) // step * step)
    return Paged(tuple(numbered), (*numbered[first : first + step], *_backs(back or first > 0)), first)


def per_page(size: int) -> int:
    """How many numbers a page that is not the last one has: one place is Back's."""
    return size - 1


def _with_more(choices: Sequence[Choice], *, step: int) -> list[Choice]:
    numbered: list[Choice] = []
    left = list(choices)
    while len(left) > step:
        numbered += [*left[: step - 1], Choice(MORE, Text("go-more"))]
        left = left[step - 1 :]
    return numbered + left


def _backs(back: bool) -> tuple[Choice, ...]:
    return (Choice(BACK, Text("go-back")),) if back else ()
