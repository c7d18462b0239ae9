"""A frame's gaps hold what the sender puts into them: both sides go by one mapping."""

import json
import re
from typing import Any

import pytest

from domain.conversation.messages import Message, Option
from whatsapp.frames import BLANK, FRAMES, Frame, as_read, content_variables, frame_for
from whatsapp.render import render_whatsapp


def question(
    count: int, *, text: str = "Which?", hint: str = "", label: str = "Choice {n}"
) -> dict[str, Any]:
    options = tuple(Option(f"7:{n}", n, label.format(n=n), hint=hint) for n in range(1, count + 1))
    (payload,) = render_whatsapp(Message(text, options, choose="Choose"))
    return payload


def shown(frame: Frame, values: tuple[str, ...]) -> dict[str, Any]:
    """What Twilio makes of the frame: each gap replaced by its value."""
    told = json.loads(content_variables(values))
    whole = json.dumps(frame.types)
    return json.loads(re.sub(r"\{\{(\d+)\}\}", lambda gap: json.dumps(told[gap[1]])[1:-1], whole))


def test_there_is_a_frame_for_each_number_of_choices_and_about_each_of_lines() -> None:
    kinds = [*(f"quick-{n}" for n in (1, 2, 3)), *(f"list-{n}" for n in range(1, 11))]
    ends = ["", "-lines-3", "-lines-5", "-lines-7", "-lines-9"]
    assert [*FRAMES] == [kind + end for end in ends for kind in kinds]


@pytest.mark.parametrize("count", [2, 7])
@pytest.mark.parametrize("lines", range(1, 10))
def test_each_line_has_a_gap_of_its_own(lines: int, count: int) -> None:
    text = "\n".join(f"{n}st line" if n % 2 else "" for n in range(1, lines + 1))
    payload = question(count, text=text)
    frame = frame_for(payload)
    assert frame is not None and frame in FRAMES.values()
    values = frame.filled(payload)
    assert not any("\n" in value for value in values)
    (made,) = shown(frame, values).values()
    assert as_read(made["body"]).rstrip("\n") == text.rstrip("\n")
    assert frame.lines - lines in {0, 1}


def test_no_frame_has_ten_lines() -> None:
    assert frame_for(question(2, text="line\n" * 9 + "line")) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_choices_come_back_as_buttons(count: int) -> None:
    payload = question(count)
    frame = frame_for(payload)
    assert frame == FRAMES[f"quick-{count}"]
    assert shown(frame, frame.filled(payload)) == {
        "twilio/quick-reply": {"body": payload["body"], "actions": payload["buttons"]}
    }


@pytest.mark.parametrize("count", range(4, 11))
def test_more_come_back_as_a_list(count: int) -> None:
    payload = question(count, hint="Room 2")
    frame = frame_for(payload)
    assert frame == FRAMES[f"list-{count}"]
    items = [{"id": row["id"], "item": row["title"], "description": "Room 2"} for row in payload["rows"]]
    assert shown(frame, frame.filled(payload)) == {
        "twilio/list-picker": {"body": payload["body"], "button": "Choose", "items": items}
    }


def test_a_few_long_choices_are_a_list_too() -> None:
    assert frame_for(question(2, label="A choice longer than a button {n}")) == FRAMES["list-2"]


def test_a_text_needs_no_frame() -> None:
    assert frame_for({"type": "text", "body": "Booked."}) is None


def test_variables_are_written_in_their_own_script_by_number() -> None:
    assert content_variables(("आशा", 'A "B"')) == '{"1": "आशा", "2": "A \\"B\\""}'


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("", BLANK),
        ("it's", "it\u2019s"),
        ("a\tb", "a b"),
        ("a      b", "a b"),
        ("10:00  Room 2", "10:00 Room 2"),
    ],
)
def test_no_value_is_one_that_twilio_refuses(value: str, taken: str) -> None:
    assert json.loads(content_variables([value])) == {"1": taken}


def test_what_was_put_there_for_twilio_is_not_read() -> None:
    assert as_read(f"It\u2019s your turn{BLANK}") == "It's your turn"
