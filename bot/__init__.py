"""The Telegram edge; it may import the domain and must never import persistence or another edge."""

import logging

CHANNEL = "telegram"

# The client's libraries tell of every request: the address with the bot's token in it, and what it says to whom.
for _library in ("httpx", "httpcore", "telegram"):
    logging.getLogger(_library).setLevel(logging.WARNING)
