"""A long list of choices, a page at a time; numbers go on across pages. Never looks at what is chosen.

A page begins after the last choice that was shown before it, found by its key: the list may have changed meanwhile, and
yet nothing is shown twice and nothing is left out. Every page but the last ends with More.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.conversation.messages import Choice, Text
from domain.texts.compose import BACK, EARLIER, WAY_OUT

MORE = "go-more"


@dataclass(frozen=True, slots=True)
class Paged:
    """`start` is how many keys of `before` still stand before this page; `rest` its choices and those of the pages
    after it, as they are counted, More included; `shown` those of this page, and what stands below them.
    """

    start: int
    rest: tuple[Choice, ...]
    shown: tuple[Choice, ...]


def paged(
    choices: Sequence[Choice],
    *,
    before: Sequence[str],
    size: int,
    below: Sequence[Choice],
    by_month: bool = False,
) -> Paged:
    """The page after the keys of `before`, or an earlier one when nothing is left there.

    `size` counts More and what stands `below`; a month is shown whole, however many days it has.
    """
    left = _left(choices, before)
    while before and not left:
        before = before[: page_before(before, len(before))]
        left = _left(choices, before)
    pages = _months(left) if by_month else _pages(left, size=size, below=len(below), is_first=not before)
    rest = [*_with_more(pages)]
    return Paged(len(before), tuple(c for page in rest for c in page), (*(rest[0] if rest else ()), *below))


def page_after(keys: Sequence[str], start: int) -> int | None:
    """Where the page after the one at `start` begins."""
    return next((place + 1 for place in range(start, len(keys)) if keys[place] == MORE), None)


def page_before(keys: Sequence[str], start: int) -> int:
    """Where the page before the one at `start` begins."""
    return next((place + 1 for place in range(start - 2, -1, -1) if keys[place] == MORE), 0)


def ways(*, earlier: bool, back: bool, out: bool) -> tuple[Choice, ...]:
    """What stands below the choices, and is never counted."""
    offered = ((EARLIER, EARLIER, earlier), (BACK, BACK, back), (WAY_OUT, "go-menu", out))
    return tuple(Choice(key, Text(label)) for key, label, is_offered in offered if is_offered)


def _left(choices: Sequence[Choice], before: Sequence[str]) -> list[Choice]:
    """The choices after the last one of `before` that is still there."""
    places = {choice.key: place for place, choice in enumerate(choices)}
    last = next((places[key] for key in reversed(before) if key in places), -1)
    seen = set(before)
    return [choice for choice in choices[last + 1 :] if choice.key not in seen]


def _pages(left: list[Choice], *, size: int, below: int, is_first: bool) -> list[list[Choice]]:
    if is_first and len(left) <= size - below:
        return [left]
    room = size - max(1, below)  # every page but the first has at least Back below it
    pages = []
    while len(left) > room:
        pages.append(left[: room - 1])
        left = left[room - 1 :]
    return [*pages, left]


def _months(left: list[Choice]) -> list[list[Choice]]:
    """What is no day, such as the earliest time, stands with the days after it."""
    pages: list[list[Choice]] = [[]]
    month = None
    for choice in left:
        of = (choice.day.year, choice.day.month) if choice.day else month
        if month is not None and of != month:
            pages.append([])
        month = of
        pages[-1].append(choice)
    return pages


def _with_more(pages: Sequence[list[Choice]]) -> Iterable[list[Choice]]:
    more = Choice(MORE, Text("go-more"))
    return [*([*page, more] for page in pages[:-1]), *pages[-1:]]
