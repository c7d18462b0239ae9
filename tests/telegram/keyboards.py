"""What may stand in `reply_markup`, and what of it a chat shows."""

from typing import Any

from tests.telegram.refusals import BUTTON_DATA_INVALID, bad_request

Markup = dict[str, Any]
_ACTIONS = ("callback_data", "url", "web_app", "login_url", "switch_inline_query", "copy_text", "pay")
_MOST_BUTTONS, _MOST_IN_A_ROW, _LONGEST_DATA = 100, 8, 64


def inline(markup: Markup | None) -> Markup | None:
    """The inline keyboard, checked; None for none, or for one of another kind."""
    if markup is None or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    for button in (button for row in rows for button in row):
        _check(button)
    if sum(map(len, rows)) > _MOST_BUTTONS or any(len(row) > _MOST_IN_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def below_the_chat(markup: Markup | None, *, before: Markup | None) -> Markup | None:
    """The reply keyboard after a message with this markup."""
    if markup is None or "inline_keyboard" in markup or markup.get("force_reply"):
        return before
    if markup.get("remove_keyboard"):
        return None
    if "keyboard" not in markup:
        raise bad_request("object expected as reply markup")
    return markup


def _check(button: Markup) -> None:
    if not button.get("text"):
        raise bad_request("text button in the inline keyboard can't be empty")
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if actions[0] == "callback_data" and not 1 <= len(button["callback_data"].encode()) <= _LONGEST_DATA:
        raise BUTTON_DATA_INVALID
