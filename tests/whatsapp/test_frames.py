"""A frame's gaps hold what the sender puts into them: both sides go by one mapping."""

import json
import re
from typing import Any

import pytest

from domain.conversation.messages import Message, Option
from whatsapp.frames import BLANK, FRAMES, Frame, content_variables, frame_for
from whatsapp.render import render_whatsapp


def question(count: int, *, hint: str = "", label: str = "Choice {n}") -> dict[str, Any]:
    options = tuple(Option(f"7:{n}", n, label.format(n=n), hint=hint) for n in range(1, count + 1))
    (payload,) = render_whatsapp(Message("Which?\n\nTap one.", options, choose="Choose"))
    return payload


def shown(frame: Frame, values: tuple[str, ...]) -> dict[str, Any]:
    """What Twilio makes of the frame: each gap replaced by its value."""
    told = json.loads(content_variables(values))
    whole = json.dumps(frame.types)
    return json.loads(re.sub(r"\{\{(\d+)\}\}", lambda gap: json.dumps(told[gap[1]])[1:-1], whole))


def test_there_is_a_frame_for_each_number_of_choices() -> None:
    assert [*FRAMES] == [*(f"quick-{n}" for n in (1, 2, 3)), *(f"list-{n}" for n in range(1, 11))]
    assert all(frame.name == name for name, frame in FRAMES.items())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_choices_come_back_as_buttons(count: int) -> None:
    payload = question(count)
    frame = frame_for(payload)
    assert frame is FRAMES[f"quick-{count}"]
    assert shown(frame, frame.filled(payload)) == {
        "twilio/quick-reply": {"body": payload["body"], "actions": payload["buttons"]}
    }


@pytest.mark.parametrize("count", range(4, 11))
def test_more_come_back_as_a_list(count: int) -> None:
    payload = question(count, hint="Room 2")
    frame = frame_for(payload)
    assert frame is FRAMES[f"list-{count}"]
    items = [{"id": row["id"], "item": row["title"], "description": "Room 2"} for row in payload["rows"]]
    assert shown(frame, frame.filled(payload)) == {
        "twilio/list-picker": {"body": payload["body"], "button": "Choose", "items": items}
    }


def test_a_few_long_choices_are_a_list_too() -> None:
    assert frame_for(question(2, label="A choice longer than a button {n}")) is FRAMES["list-2"]


def test_no_gap_is_left_empty() -> None:
    payload = question(4)
    assert FRAMES["list-4"].filled(payload)[4::3] == (BLANK,) * 4


def test_a_text_needs_no_frame() -> None:
    assert frame_for({"type": "text", "body": "Booked."}) is None


def test_variables_are_written_in_their_own_script_by_number() -> None:
    assert content_variables(("आशा", 'A "B"')) == '{"1": "आशा", "2": "A \\"B\\""}'
