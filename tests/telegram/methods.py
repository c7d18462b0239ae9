"""The methods of the Bot API that the double knows, each with the checks that Telegram documents."""

import re
import time
from collections.abc import Callable
from typing import Any

from tests.telegram.accounts import Account, Chat, Json, Message
from tests.telegram.keyboards import inline
from tests.telegram.markup import parsed, units
from tests.telegram.refusals import (
    CANT_DELETE,
    CANT_EDIT,
    DELETE_NOT_FOUND,
    EDIT_NOT_FOUND,
    NO_MESSAGE_ID,
    NOT_MODIFIED,
    QUERY_TOO_OLD,
    TEXT_IS_EMPTY,
    TOO_LONG,
    bad_request,
)

Method = Callable[[Account, Json], Any]
LONGEST_TEXT = 4096
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LONGEST = {"name": 64, "description": 512, "short_description": 120}


def get_me(bot: Account, params: Json) -> Json:
    return bot.as_json()


def send_message(bot: Account, params: Json) -> Json:
    chat = bot.chat(params.get("chat_id"))
    text, entities = _text(params)
    chat.refuse_if_closed()
    markup = params.get("reply_markup")
    inline(markup)
    sent = bot.writes(
        chat,
        text=text,
        entities=entities,
        markup=markup,
        is_silent=bool(params.get("disable_notification")),
    )
    return sent.as_json()


def edit_message_text(bot: Account, params: Json) -> Json:
    message = _editable(bot, params)
    text, entities = _text(params)
    _edit(message, text=text, entities=entities, markup=inline(params.get("reply_markup")))
    return message.as_json()


def edit_message_reply_markup(bot: Account, params: Json) -> Json:
    message = _editable(bot, params)
    markup = inline(params.get("reply_markup"))
    _edit(message, text=message.text, entities=message.entities, markup=markup)
    return message.as_json()


def delete_message(bot: Account, params: Json) -> bool:
    chat = bot.chat(params.get("chat_id"))
    message = _named(chat, params)
    if message is None:
        raise DELETE_NOT_FOUND
    if chat.profile is None and not message.is_ours:
        raise CANT_DELETE
    message.is_deleted = True
    return True


def answer_callback_query(bot: Account, params: Json) -> bool:
    query = bot.queries.get(str(params.get("callback_query_id", "")))
    if query is None or query.is_expired:
        raise QUERY_TOO_OLD
    query.answers.append({name: value for name, value in params.items() if name != "callback_query_id"})
    return True


def set_my_commands(bot: Account, params: Json) -> bool:
    commands = params.get("commands", [])
    for command in commands:
        if not _COMMAND.fullmatch(command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_scope(params)] = commands
    return True


def get_my_commands(bot: Account, params: Json) -> list[Json]:
    return bot.commands.get(_scope(params), [])


def delete_my_commands(bot: Account, params: Json) -> bool:
    bot.commands.pop(_scope(params), None)
    return True


def get_chat(bot: Account, params: Json) -> Json:
    chat = bot.chat(params.get("chat_id"))
    return chat.as_json() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


def _told_per_language(name: str, of: Callable[[Account], dict[str, str]]) -> tuple[Method, Method]:
    """`setMy…` and `getMy…` of one text; a language without its own has the default's."""

    def set_it(bot: Account, params: Json) -> bool:
        text = params.get(name, "")
        if len(text) > _LONGEST[name]:
            raise bad_request(f"{name.replace('_', ' ')} is too long")
        of(bot)[params.get("language_code", "")] = text
        return True

    def get_it(bot: Account, params: Json) -> Json:
        texts = of(bot)
        return {name: texts.get(params.get("language_code", "")) or texts.get("", "")}

    return set_it, get_it


def _text(params: Json) -> tuple[str, list[Json]]:
    """What is shown: without the white space around it, counted after its entities."""
    mode = params.get("parse_mode", "")
    if mode not in {"", "HTML"}:
        raise bad_request("unsupported parse_mode")
    raw = str(params.get("text", ""))
    text, entities = parsed(raw) if mode else (raw, [])
    cut = units(text) - units(text.lstrip())
    shown = text.strip()
    if not shown:
        raise TEXT_IS_EMPTY
    if units(shown) > LONGEST_TEXT:
        raise TOO_LONG
    return shown, [found | {"offset": max(0, found["offset"] - cut)} for found in entities]


def _editable(bot: Account, params: Json) -> Message:
    chat = bot.chat(params.get("chat_id"))
    message = _named(chat, params)
    if message is None:
        raise EDIT_NOT_FOUND
    if not message.is_ours:
        raise CANT_EDIT
    chat.refuse_if_closed()
    return message


def _edit(message: Message, **content: Any) -> None:
    if all(getattr(message, name) == value for name, value in content.items()):
        raise NOT_MODIFIED
    for name, value in content.items():
        setattr(message, name, value)
    message.edited += 1
    message.edit_date = int(time.time())


def _named(chat: Chat, params: Json) -> Message | None:
    message_id = params.get("message_id")
    if not message_id:
        raise NO_MESSAGE_ID
    message = chat.messages.get(message_id)
    return None if message is None or message.is_deleted else message


def _scope(params: Json) -> tuple[str, str]:
    scope = params.get("scope", {"type": "default"})
    return scope["type"], params.get("language_code", "")


_set_name, _get_name = _told_per_language("name", lambda bot: bot.names)
_set_description, _get_description = _told_per_language("description", lambda bot: bot.descriptions)
_set_short, _get_short = _told_per_language("short_description", lambda bot: bot.short_descriptions)

METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": send_message,
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "getchat": get_chat,
    "setmyname": _set_name,
    "getmyname": _get_name,
    "setmydescription": _set_description,
    "getmydescription": _get_description,
    "setmyshortdescription": _set_short,
    "getmyshortdescription": _get_short,
}
