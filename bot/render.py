"""Messages as Telegram's Bot API takes them. Pure; never sends, never picks words."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from bot.calendar import Cell, month_rows
from domain.conversation.messages import Capabilities, Message, Option
from domain.conversation.paging import MORE
from domain.texts.compose import EARLIER

CAPABILITIES = Capabilities(
    variant="telegram",
    page_size=24,
    edits_in_place=True,
    answers_stop=False,
    text_limit=4096,
    shows_calendar=True,
    keeps_live=True,
    shares_contact=True,
    shows_way_out=True,
)
TAP = "c:"  # what callback data begins with when it is a choice of ours; 64 bytes at most in all
NOTHING = "n"  # the callback data of every button that means nothing
CUT = "…"


def render(message: Message) -> list[dict[str, object]]:
    """`{"method": …, "text": …, …}` each, ready for the method but for `chat_id`."""
    if message.closes_contact and not message.asks_contact:
        said, message = _without_contact(message)
        return [said, *render(message)]
    payload: dict[str, object] = {
        "method": "sendMessage",
        "text": _escaped(message.text, limit=CAPABILITIES.text_limit),
        "parse_mode": "HTML",
    }
    if message.silent:
        payload["disable_notification"] = True
    if message.asks_contact:
        # Telegram edits no message into one with such a keyboard.
        return [payload | {"reply_markup": _contact_keyboard(message)}]
    if message.replaces is not None:
        payload |= {"method": "editMessageText", "message_id": int(message.replaces)}
        payload.pop("disable_notification", None)
    # An edit without a keyboard removes the old one, which is what a question that was answered wants.
    if message.options:
        payload["reply_markup"] = {"inline_keyboard": _keyboard(message)}
    return [payload]


def _without_contact(message: Message) -> tuple[dict[str, object], Message]:
    """A message of its own takes the keyboard away, since one message can't both do that and carry buttons: what was
    said before the question, or a few words where nothing was.
    """
    said, _, asked = message.text.rpartition("\n\n")
    first: dict[str, object] = {
        "method": "sendMessage",
        "text": _escaped(said or message.closes_contact, limit=CAPABILITIES.text_limit),
        "parse_mode": "HTML",
        "reply_markup": {"remove_keyboard": True},
    }
    return first, replace(message, text=asked, closes_contact="")


def _escaped(text: str, *, limit: int) -> str:
    """HTML-escaped and cut by whole characters: Telegram counts after it has parsed the entities."""
    if len(text.encode("utf-16-le")) // 2 <= limit:
        return escape(text, quote=False)
    units = text.encode("utf-16-le")[: 2 * (limit - len(CUT))]
    return escape(units.decode("utf-16-le", errors="ignore"), quote=False) + CUT


def _keyboard(message: Message) -> list[list[dict[str, str]]]:
    """The choices, and on one row below them what is never counted: Back and Menu."""
    counted = [option for option in message.options if option.number]
    is_calendar = any(option.day for option in counted)
    rows = _calendar(message) if is_calendar else _side_by_side(counted, columns=message.columns)
    below = [_cell(option) for option in message.options if not option.number and option.key != EARLIER]
    return [[_button(cell) for cell in row] for row in [*rows, below] if row]


def _side_by_side(options: Sequence[Option], *, columns: int) -> list[list[Cell]]:
    cells = [_cell(option) for option in options]
    return [cells[start : start + columns] for start in range(0, len(cells), columns)]


def _calendar(message: Message) -> list[list[Cell]]:
    """What is no day, such as the earliest time, stands above the month."""
    above = [o for o in message.options if o.number and o.day is None and o.key != MORE]
    return [*([_cell(option)] for option in above), *month_rows(message.options, language=message.language)]


def _contact_keyboard(message: Message) -> dict[str, object]:
    """Its other buttons only write their own label, which is understood like typed."""
    rows = [[{"text": option.label}] for option in message.options]
    return {
        "keyboard": [[{"text": message.asks_contact, "request_contact": True}], *rows],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def _cell(option: Option) -> Cell:
    return option.label, option.ref


def _button(cell: Cell) -> dict[str, str]:
    label, ref = cell
    return {"text": label, "callback_data": NOTHING if ref is None else TAP + ref}
