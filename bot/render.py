"""Messages as Telegram's Bot API takes them. Pure; never sends, never picks words."""

from html import escape

from domain.conversation.messages import Capabilities, Message, Option

CAPABILITIES = Capabilities(
    variant="telegram",
    page_size=24,
    edits_in_place=True,
    answers_stop=False,
    text_limit=4096,
    shares_contact=True,
)
TAP = "c:"  # what callback data begins with when it is a choice of ours; 64 bytes at most in all
CUT = "…"


def render(message: Message) -> list[dict[str, object]]:
    """`{"method": …, "text": …, …}`, ready for the method but for `chat_id`."""
    payload: dict[str, object] = {
        "method": "sendMessage",
        "text": _escaped(message.text, limit=CAPABILITIES.text_limit),
        "parse_mode": "HTML",
    }
    if message.replaces is not None:
        payload |= {"method": "editMessageText", "message_id": int(message.replaces)}
    # An edit without a keyboard removes the old one, which is what a question that was answered wants.
    if message.options:
        payload["reply_markup"] = {"inline_keyboard": _keyboard(message)}
    return [payload]


def _escaped(text: str, *, limit: int) -> str:
    """HTML-escaped and cut by whole characters: Telegram counts after it has parsed the entities."""
    if len(text.encode("utf-16-le")) // 2 <= limit:
        return escape(text, quote=False)
    units = text.encode("utf-16-le")[: 2 * (limit - len(CUT))]
    return escape(units.decode("utf-16-le", errors="ignore"), quote=False) + CUT


def _keyboard(message: Message) -> list[list[dict[str, str]]]:
    numbered = [option for option in message.options if option.number]
    rows = [
        [_button(option) for option in numbered[start : start + message.columns]]
        for start in range(0, len(numbered), message.columns)
    ]
    return rows + [[_button(option)] for option in message.options if not option.number]


def _button(option: Option) -> dict[str, str]:
    return {"text": option.label, "callback_data": TAP + option.ref}
