"""Links that open a chat with words ready to be sent. Never sends anything itself.

Whoever sends such words has written first: that opens WhatsApp's window of free conversation, and costs nothing.
"""

from urllib.parse import quote

from settings import Settings
from whatsapp.countries import sms_link_number


def whatsapp_link(words: str, *, number: str) -> str:
    """WhatsApp's "click to chat"; `number` as it is set, with its `+`."""
    return f"https://wa.me/{number.removeprefix('+')}?text={quote(words, safe='')}"


def sms_link(words: str, *, number: str) -> str:
    """By RFC 5724. iOS reads it as Android does, from version 8 on."""
    return f"sms:{number}?body={quote(words, safe='')}"


def open_whatsapp(settings: Settings, words: str, _country: str | None) -> str | None:
    return whatsapp_link(words, number=settings.twilio_whatsapp_from)


def open_sms(settings: Settings, words: str, country: str | None) -> str | None:
    number = sms_link_number(settings, country)
    return None if number is None else sms_link(words, number=number)
