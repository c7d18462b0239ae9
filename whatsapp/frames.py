"""Frames of choices: contents with gaps, made at Twilio once, that carry any question while a conversation is open.

Which gap holds what is said here alone, for whoever makes a frame and for whoever fills it. Pure; never sends.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from whatsapp.render import BUTTONS, ROWS

# Twilio takes no empty value (error 21656), and a row of a list has to have a description: one that nobody sees.
BLANK = "\u200b"


@dataclass(frozen=True, slots=True)
class Frame:
    """For one message with so many choices: as buttons, or as a list that a button opens."""

    name: str
    choices: int
    is_list: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """What stands in the gaps `{{1}}`, `{{2}}` and so on."""
        parts = ("id", "title", "description") if self.is_list else ("id", "title")
        numbers = range(1, self.choices + 1)
        options = [f"{part}-{number}" for number in numbers for part in parts]
        return ("body", *(["button"] if self.is_list else []), *options)

    @property
    def fingerprint(self) -> str:
        """Another one for other gaps: what was made with older ones holds other things in them."""
        return sha256(json.dumps(self.types).encode()).hexdigest()[:12]

    @property
    def types(self) -> dict[str, Any]:
        """The content's `types`, as the Content API takes them."""
        numbers = range(1, self.choices + 1)
        if self.is_list:
            items = [
                {
                    "id": self._gap(f"id-{number}"),
                    "item": self._gap(f"title-{number}"),
                    "description": self._gap(f"description-{number}"),
                }
                for number in numbers
            ]
            picker = {"body": self._gap("body"), "button": self._gap("button"), "items": items}
            return {"twilio/list-picker": picker}
        actions = [
            {"id": self._gap(f"id-{number}"), "title": self._gap(f"title-{number}")} for number in numbers
        ]
        return {"twilio/quick-reply": {"body": self._gap("body"), "actions": actions}}

    def filled(self, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """What `render_whatsapp` made of a question, in the order of the gaps."""
        options = payload["rows"] if self.is_list else payload["buttons"]
        said = {"body": payload["body"], "button": payload.get("button", "")}
        for number, option in enumerate(options, start=1):
            said |= {f"{part}-{number}": value for part, value in option.items()}
        return tuple(said[name] or BLANK for name in self.variables)

    def _gap(self, name: str) -> str:
        number = self.variables.index(name) + 1
        return f"{{{{{number}}}}}"


FRAMES = {
    frame.name: frame
    for frame in (
        *(Frame(f"quick-{choices}", choices, is_list=False) for choices in range(1, BUTTONS + 1)),
        *(Frame(f"list-{choices}", choices, is_list=True) for choices in range(1, ROWS + 1)),
    )
}


def frame_for(payload: Mapping[str, Any]) -> Frame | None:
    """The frame that a rendered message goes in; None for plain text."""
    if payload["type"] == "buttons":
        return FRAMES[f"quick-{len(payload['buttons'])}"]
    if payload["type"] == "list":
        return FRAMES[f"list-{len(payload['rows'])}"]
    return None


def content_variables(values: Sequence[str]) -> str:
    """`ContentVariables`, as Twilio takes them: JSON from the gap's number to what stands there."""
    numbered = {str(number): value for number, value in enumerate(values, start=1)}
    return json.dumps(numbered, ensure_ascii=False)
