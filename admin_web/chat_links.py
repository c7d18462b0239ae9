"""Links that open the chat where they lead, and their pictures for paper and walls. Never sends anybody there."""

from dataclasses import dataclass

import segno
from markupsafe import Markup

from domain.ports import UnitOfWork

_CHANNEL = "telegram"


@dataclass(frozen=True, slots=True)
class ChatLink:
    """An address that a phone's camera opens; `picture` is its QR code, drawn into the page."""

    address: str
    title: str

    @property
    def picture(self) -> Markup:
        return code_picture(self.address, title=self.title)


def our_bot(uow: UnitOfWork) -> str | None:
    """The bot's user name; None while there is no bot."""
    return uow.ingest_leases.account(_CHANNEL)


def chat_link(bot: str, payload: str, *, title: str) -> ChatLink:
    """`payload` is what the bot is told when the chat opens (see `domain.conversation.links`)."""
    return ChatLink(address=f"https://t.me/{bot}?start={payload}", title=title)


def code_picture(address: str, *, title: str) -> Markup:
    """A QR code as SVG, in the page itself."""
    code = segno.make(address, error="m", micro=False)
    drawing = code.svg_inline(scale=5, border=2, omitsize=True, title=title)
    return Markup(drawing)  # noqa: S704 - segno draws it, and the address is ours
