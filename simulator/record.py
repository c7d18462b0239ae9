"""A session at a simulated phone, written down as a transcript test. Never runs anything."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator import handset

_WHAT_VARIES = re.compile(r"\d|https?:")  # times, tokens, codes and links differ from day to day


@dataclass(frozen=True, slots=True)
class Said:
    """What the person did: `says` or `picks` something, which has a number then, or only `looks`."""

    verb: str
    words: str = ""
    number: int = 0


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
        "from tests.transcripts.town import DemoTown\n\n\n"
        "def test_the_recorded_conversation_holds(demo_town: DemoTown) -> None:\n"
        f"    chat = Chat(demo_town, {_quoted(channel.removeprefix('sim-'))})\n"
        f"{body}\n"
    )


def _step(step: Step) -> str:
    heard = [_quoted(line) for line in _steady_lines(step)]
    return f"chat.{_did(step.did)}" + (f".hears({', '.join(heard)})" if heard else "")


def _did(said: Said) -> str:
    if said.verb == "looks":
        return "looks()"
    # A label with a date in it is another one tomorrow; the number before it stays.
    varies = said.verb == "picks" and _WHAT_VARIES.search(said.words)
    return f"{said.verb}({said.number if varies else _quoted(said.words)})"


def _steady_lines(step: Step) -> list[str]:
    """The last line of the answer's last message that says the same tomorrow."""
    if not step.shown:
        return []
    shown = handset.lines(step.shown[-1])
    return [line for line in next(shown).splitlines() if line.strip() and not _WHAT_VARIES.search(line)][-1:]


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
