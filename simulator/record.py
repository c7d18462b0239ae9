"""A session at a simulated phone, written down as a transcript test. Never runs anything."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator import handset

_WHAT_VARIES = re.compile(r"\d|https?:")  # times, tokens, codes and links differ from day to day


@dataclass(frozen=True, slots=True)
class Said:
    """What the person did: `says` or `picks` something, or only `looks`."""

    verb: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    did: Said
    shown: tuple[Mapping[str, object], ...]


def as_test(channel: str, steps: Sequence[Step]) -> str:
    """A module for tests/transcripts. It hears the lines without digits: those are true on any day."""
    body = "\n".join(f"    {_step(step)}" for step in steps) or "    assert chat.screen == []"
    return (
        '"""Recorded at a simulated phone."""\n\n'
        "from tests.transcripts.chat import Chat\n"
        "from tests.transcripts.town import Town\n\n\n"
        "def test_the_recorded_conversation_holds(two_sites: Town) -> None:\n"
        f"    chat = Chat(two_sites, {channel.removeprefix('sim-')!r})\n"
        f"{body}\n"
    )


def _step(step: Step) -> str:
    did = "looks()" if step.did.verb == "looks" else f"{step.did.verb}({step.did.words!r})"
    heard = [repr(line) for line in _steady_lines(step)]
    return f"chat.{did}" + (f".hears({', '.join(heard)})" if heard else "")


def _steady_lines(step: Step) -> list[str]:
    """The first line of the answer's last message that says the same tomorrow."""
    if not step.shown:
        return []
    text = next(handset.lines(step.shown[-1]))
    return [line for line in text.splitlines() if line.strip() and not _WHAT_VARIES.search(line)][:1]
