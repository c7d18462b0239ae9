"""Messages as WhatsApp and SMS show them, by Twilio. Pure; never sends, never picks words."""

from collections.abc import Sequence
from dataclasses import replace

from domain.conversation.messages import Capabilities, Message, Option
from whatsapp.segments import in_gsm, segments

WHATSAPP_CAPABILITIES = Capabilities(
    variant="whatsapp",
    page_size=10,
    edits_in_place=False,
    answers_stop=False,
    text_limit=1024,
    handle_is_phone=True,
)
# A page of choices takes three segments at most (`tests/texts/sms_lengths.py`): eight short ones in the GSM alphabet,
# or five where every character takes two octets.
SMS_CAPABILITIES = Capabilities(
    variant="sms",
    page_size=8,
    edits_in_place=False,
    answers_stop=True,
    text_limit=1600,
    handle_is_phone=True,
    by_number=True,
    other_page_size=5,
)
# Where nobody can answer, nothing is asked, and nobody is told what to write.
SMS_ONE_WAY_CAPABILITIES = replace(SMS_CAPABILITIES, variant="sms-one-way", takes_answers=False)
BUTTONS, BUTTON_TITLE = 3, 20
ROWS, ROW_TITLE, ROW_DESCRIPTION = 10, 24, 72
LIST_BUTTON = 20
CUT = "…"


def render_whatsapp(message: Message) -> list[dict[str, object]]:
    """`type` is `buttons` (three at most), `list` (ten rows at most) or `text`."""
    *before, body = _parts(message.text)
    payloads: list[dict[str, object]] = [{"type": "text", "body": part} for part in before]
    return [*payloads, _interactive(message, body)]


def _interactive(message: Message, body: str) -> dict[str, object]:
    options = message.options
    if not options:
        return {"type": "text", "body": body}
    if len(options) <= BUTTONS and all(len(option.label) <= BUTTON_TITLE for option in options):
        buttons = [{"id": option.ref, "title": option.label} for option in options]
        return {"type": "buttons", "body": body, "buttons": buttons}
    if len(options) <= ROWS:
        rows = [_row(option) for option in options]
        return {"type": "list", "body": body, "button": cut(message.choose, LIST_BUTTON), "rows": rows}
    return {"type": "text", "body": cut(numbered(body, options), WHATSAPP_CAPABILITIES.text_limit)}


def render_sms(message: Message) -> list[dict[str, object]]:
    """Numbered plain text; `segments` is how many messages the network makes of it."""
    body = in_gsm(
        cut(numbered(message.text, message.options), SMS_CAPABILITIES.text_limit), language=message.language
    )
    return [{"type": "sms", "body": body, "segments": segments(body)}]


def numbered(text: str, options: Sequence[Option]) -> str:
    """The choices as lines to pick from by their number."""
    return "\n".join([text, *(f"{option.number}. {option.label}" for option in options)])


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)].rstrip() + CUT


def _row(option: Option) -> dict[str, str]:
    """A title that doesn't fit stands whole in the description."""
    described = [option.label] if len(option.label) > ROW_TITLE else []
    description = " - ".join([*described, option.hint] if option.hint else described)
    return {
        "id": option.ref,
        "title": cut(option.label, ROW_TITLE),
        "description": cut(description, ROW_DESCRIPTION),
    }


def _parts(text: str) -> list[str]:
    """Too long for one message: the last paragraph, which asks, goes below in one of its own."""
    limit = WHATSAPP_CAPABILITIES.text_limit
    before, blank, last = text.rpartition("\n\n")
    if len(text) <= limit or not blank:
        return [cut(text, limit)]
    return [cut(before, limit), cut(last, limit)]
