"""Replies as JSON in an outbox row, and from there as messages in one language. Never a decision."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.conversation.messages import Choice, Message, Option, Reply, Text
from domain.ports import Catalogue

BACK = "go-back"
EARLIER = "go-earlier"  # the page before, where Back leaves the question
WAY_OUT = "way-out"  # to the menu, beside Back
# Choices that are not counted: what their reference has in a number's place.
UNCOUNTED = {BACK: "0", EARLIER: "p", WAY_OUT: "m"}


def replies_as_data(
    replies: Sequence[Reply],
    *,
    revision: int,
    first: int,
    closes: int | None = None,
    closes_contact: bool = False,
) -> dict[str, object]:
    """`first` is the number of the first choice. Only the last reply asks; the others only say.

    `closes` is the outbox row of the question that stands above with its buttons; `closes_contact`: that asked for a
    phone number, and this one doesn't.
    """
    return {
        "replies": [
            {
                "say": _text_as_json(reply.say),
                "choices": [_choice_as_json(c) for c in reply.choices],
                "columns": reply.columns,
                "asks_contact": _text_as_json(reply.asks_contact) if reply.asks_contact else None,
            }
            for reply in replies
        ],
        "revision": revision,
        "first": first,
        "closes": closes,
        "closes_contact": closes_contact,
    }


def messages_of(
    data: Mapping[str, Any], *, catalogue: Catalogue, language: str, variant: str, replaces: str | None = None
) -> tuple[Message, ...]:
    """The message of a row's `data` (see `replies_as_data`), which edits `replaces`: one, with a paragraph a reply.

    Several would be charged one by one, and arrive seconds apart where a channel takes one a second.
    """

    def words(text: Mapping[str, Any]) -> str:
        return catalogue.render(Text(text["text"], text["params"]), language=language, variant=variant)

    replies = data["replies"]
    if not replies:
        return ()
    options = _options(replies[-1]["choices"], revision=data["revision"], first=data["first"], words=words)
    message = Message(
        text="\n\n".join(words(reply["say"]) for reply in replies),
        options=options,
        columns=replies[-1]["columns"],
        choose=words({"text": "choose", "params": {}}) if options else "",
        replaces=replaces,
        asks_contact=words(asks) if (asks := replies[-1]["asks_contact"]) else "",
        closes_contact=words({"text": "contact-closed", "params": {}}) if data.get("closes_contact") else "",
        language=language,
    )
    return (message,)


def as_json(value: object) -> object:
    """A text's parameter as JSON."""
    match value:
        case Text():
            return _text_as_json(value)
        case Mapping():
            return {name: as_json(inner) for name, inner in value.items()}
        case str() | int() | None:
            return value
        case Sequence():
            return [as_json(inner) for inner in value]
        case _:
            raise TypeError(f"a text can't carry {type(value).__name__}")


def _text_as_json(text: Text) -> dict[str, object]:
    return {"text": text.key, "params": as_json(text.params)}


def _choice_as_json(choice: Choice) -> dict[str, object]:
    return {
        "key": choice.key,
        "label": _text_as_json(choice.label),
        "hint": _text_as_json(choice.hint) if choice.hint else None,
        "day": choice.day.isoformat() if choice.day else None,
    }


def _options(
    choices: Sequence[Mapping[str, Any]], *, revision: int, first: int, words: Any
) -> tuple[Option, ...]:
    options = []
    for position, choice in enumerate(choices):
        number = 0 if choice["key"] in UNCOUNTED else first + position
        options.append(
            Option(
                ref=f"{revision}:{UNCOUNTED.get(choice['key'], number)}",
                number=number,
                label=words(choice["label"]),
                hint=words(choice["hint"]) if choice["hint"] else "",
                day=date.fromisoformat(choice["day"]) if choice["day"] else None,
                key=choice["key"],
            )
        )
    return tuple(options)
