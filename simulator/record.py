"""A session at a simulated phone, written down as a transcript test. Never runs anything."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.booking import CODE_ALPHABET, CODE_LENGTH
from simulator import handset

LONGEST_HEARD = 60  # characters
# Times, tokens, codes and links differ from one day or run to the next; a code may be letters only.
_WHAT_VARIES = re.compile(rf"\d|https?:|\b[{CODE_ALPHABET}]{{{CODE_LENGTH}}}\b")


@dataclass(frozen=True, slots=True)
class Said:
    """What the person did: `says` or `picks` something, which has a mark then, or only `looks`."""

    verb: str
    words: str = ""
    mark: str = ""


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
    # A label with a date in it is another one tomorrow; the mark before it stays.
    varies = said.verb == "picks" and _WHAT_VARIES.search(said.words)
    return f"{said.verb}({said.mark if varies else _quoted(said.words)})"


def _steady_lines(step: Step) -> list[str]:
    """The last line of the answer's last message that says the same tomorrow."""
    if not step.shown:
        return []
    shown = handset.lines(step.shown[-1])
    steady = [line for line in next(shown).splitlines() if line.strip() and not _WHAT_VARIES.search(line)]
    return [_end_of(line) for line in steady[-1:]]


def _end_of(line: str) -> str:
    """A long line by its last words."""
    return line if len(line) <= LONGEST_HEARD else line[-LONGEST_HEARD:].partition(" ")[2]


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
