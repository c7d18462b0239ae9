"""What follows from the bot's token: whose it is, and what Telegram must say to be believed. Neither is stored nor
configured.
"""

import hmac
from hashlib import sha256

from settings import Settings


def bot_id(token: str) -> str:
    """The bot's own id, which every token begins with."""
    return token.partition(":")[0]


def webhook_secret(settings: Settings) -> str:
    """Of the signs that the Bot API takes in a `secret_token`; another for another bot or another SECRET_KEY."""
    message = f"telegram-webhook:{settings.telegram_bot_token}"
    return hmac.new(settings.secret_key.encode(), message.encode(), sha256).hexdigest()


def is_the_secret(sent: str, *, secret: str) -> bool:
    """In constant time, whatever bytes a header may hold."""
    return hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), secret.encode())
