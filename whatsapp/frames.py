"""Frames of choices: contents with gaps, made at Twilio once, that carry any question while a conversation is open.

Which gap holds what is said here alone, for whoever makes a frame and for whoever fills it. Pure; never sends.

A value must be one line, not empty, without a tab or many spaces in a row (errors 21656 and 92007, which don't agree
on whether that holds in an open conversation too). So each line of the words has a gap of its own, and there is a frame
for each number of choices and about as many lines.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from whatsapp.render import BUTTONS, ROWS

LINES = (1, 3, 5, 7, 9)  # paragraphs stand apart by an empty line
BLANK = "\u200b"  # a value that nobody sees: of an empty line, or of a row's description, which Twilio wants to have
# Unlike the other one it breaks no value, whatever quotes its reader at Twilio takes (twilio-node, issue 1082).
APOSTROPHE = "\u2019"
_WIDE = re.compile(r"[ \t]{2,}|\t")


@dataclass(frozen=True, slots=True)
class Frame:
    """For one message with so many lines and choices: as buttons, or as a list that a button opens."""

    choices: int
    is_list: bool
    lines: int = 1

    @property
    def name(self) -> str:
        kind = "list" if self.is_list else "quick"
        return f"{kind}-{self.choices}" + (f"-lines-{self.lines}" if self.lines > 1 else "")

    @property
    def variables(self) -> tuple[str, ...]:
        """What stands in the gaps `{{1}}`, `{{2}}` and so on."""
        parts = ("id", "title", "description") if self.is_list else ("id", "title")
        options = [f"{part}-{number}" for number in self._numbers for part in parts]
        return (*self._lines, *(["button"] if self.is_list else []), *options)

    @property
    def fingerprint(self) -> str:
        """Another one for other gaps: what was made with older ones holds other things in them."""
        return sha256(json.dumps(self.types).encode()).hexdigest()[:12]

    @property
    def types(self) -> dict[str, Any]:
        """The content's `types`, as the Content API takes them."""
        body = "\n".join(self._gap(line) for line in self._lines)
        if self.is_list:
            picker = {"body": body, "button": self._gap("button"), "items": [*map(self._item, self._numbers)]}
            return {"twilio/list-picker": picker}
        return {"twilio/quick-reply": {"body": body, "actions": [*map(self._action, self._numbers)]}}

    def filled(self, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """What `render_whatsapp` made of a question, in the order of the gaps."""
        options = payload["rows"] if self.is_list else payload["buttons"]
        said = dict(zip(self._lines, str(payload["body"]).split("\n"), strict=False))
        said["button"] = payload.get("button", "")
        for number, option in enumerate(options, start=1):
            said |= {f"{part}-{number}": value for part, value in option.items()}
        return tuple(said.get(name, "") for name in self.variables)

    @property
    def _numbers(self) -> range:
        return range(1, self.choices + 1)

    @property
    def _lines(self) -> list[str]:
        return [f"line-{number}" for number in range(1, self.lines + 1)]

    def _item(self, number: int) -> dict[str, str]:
        described = self._gap(f"description-{number}")
        return {
            "id": self._gap(f"id-{number}"),
            "item": self._gap(f"title-{number}"),
            "description": described,
        }

    def _action(self, number: int) -> dict[str, str]:
        return {"id": self._gap(f"id-{number}"), "title": self._gap(f"title-{number}")}

    def _gap(self, name: str) -> str:
        number = self.variables.index(name) + 1
        return f"{{{{{number}}}}}"


FRAMES = {
    frame.name: frame
    for lines in LINES
    for frame in (
        *(Frame(choices, is_list=False, lines=lines) for choices in range(1, BUTTONS + 1)),
        *(Frame(choices, is_list=True, lines=lines) for choices in range(1, ROWS + 1)),
    )
}


def frame_for(payload: Mapping[str, Any]) -> Frame | None:
    """The frame that a rendered message goes in; None for plain text, and for more lines than any frame has."""
    options = payload.get("buttons") or payload.get("rows")
    wanted = str(payload["body"]).count("\n") + 1
    lines = next((lines for lines in LINES if lines >= wanted), None)
    return Frame(len(options), payload["type"] == "list", lines) if options and lines else None


def content_variables(values: Sequence[str]) -> str:
    """`ContentVariables`, as Twilio takes them: JSON from the gap's number to what stands there."""
    numbered = {str(number): _taken(value) for number, value in enumerate(values, start=1)}
    return json.dumps(numbered, ensure_ascii=False)


def as_read(body: str) -> str:
    """A body as Twilio has it, without what was put there for Twilio's sake."""
    return body.replace(BLANK, "").replace(APOSTROPHE, "'")


def _taken(value: str) -> str:
    return _WIDE.sub(" ", value).replace("'", APOSTROPHE) or BLANK
