"""The address that Telegram posts updates to: believed by its secret, stored, answered. Nothing else happens here.

Its answer makes Telegram answer the callback query, so that the tapped button stops turning before anybody has worked
the update, and without a call of ours. Whatever goes wrong is told as an error, so that Telegram repeats.
"""

import json
from collections.abc import Callable
from typing import Any, NoReturn

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from bot.ingest import Update, ingest, query_of
from bot.secret import is_the_secret, webhook_secret
from domain.ports import Services

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name
# A long text that answers another long text, both with keyboards; one that we refuse would come again for ever.
_MOST_BYTES = 1024 * 1024


def webhook_view(services: Services) -> Callable[[], ResponseReturnValue]:
    """The view of PATH, for POST alone."""
    secret = webhook_secret(services.settings)

    def take() -> ResponseReturnValue:
        if not is_the_secret(request.headers.get(SECRET_HEADER, ""), secret=secret):
            return "", 403
        request.max_content_length = _MOST_BYTES
        update = _update(request.get_data(cache=False))
        if update is None:
            return "", 400
        ingest(services, [update])
        query_id = query_of(update)
        return jsonify({"method": "answerCallbackQuery", "callback_query_id": query_id} if query_id else {})

    return take


def _update(body: bytes) -> Update | None:
    """What was posted, if it is an update as far as we need to know."""
    try:
        update: Any = json.loads(body, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return update if isinstance(update, dict) and isinstance(update.get("update_id"), int) else None


def _no_json(constant: str) -> NoReturn:
    """Python reads NaN and Infinity; a database does not."""
    raise ValueError(constant)
