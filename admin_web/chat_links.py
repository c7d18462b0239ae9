"""Links that open a chat where they lead, and their pictures for paper and walls. Never sends anybody there.

One for each channel that people can write to first. SMS stands before the others: who has no app must not be led to a
shop for one by the first picture they see.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import segno
from markupsafe import Markup

from admin_web.provided import provided
from domain.conversation.links import service_payload, site_payload, ticket_payload
from domain.conversation.messages import Text
from domain.ports import Channel, UnitOfWork
from domain.schedule import Service, Site

_TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class ChatLink:
    """An address that a phone's camera opens; `picture` is its QR code, drawn into the page.

    `label` names the channel, `sends` says that a message stands ready there, which has to be sent.
    """

    address: str
    title: str
    label: str = ""
    sends: bool = False

    @property
    def picture(self) -> Markup:
        return code_picture(self.address, title=self.title)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a link leads to: `payload` as Telegram's bot is told it, `words` as people send it elsewhere."""

    payload: str
    words: Text
    title: str


def at_service(service: Service) -> Aim:
    payload = service_payload(service.id)
    words = Text("link-service", {"service": service.discreet_name, "code": payload})
    return Aim(payload, words, title=f"the days of {service.name}")


def at_site(site: Site) -> Aim:
    words = Text("link-site", {"site": site.name, "code": site_payload(site.slug)})
    return Aim(site.slug, words, title=f"all of {site.name}")


def at_token(key: str) -> Aim:
    payload = ticket_payload(key)
    return Aim(payload, Text("link-token", {"code": payload}), title="this token")


def chat_links(uow: UnitOfWork, aim: Aim, *, site: Site) -> list[ChatLink]:
    """One for each channel that people at this site can write to first; none for simulated ones."""
    return [*_of_twilio(aim, site), *_of_telegram(uow, aim)]


def has_way_without_link(links: list[ChatLink]) -> bool:
    """Whether SMS goes out here that nobody can write to first."""
    by_number = any(_is_by_number(channel) for channel in _channels())
    return by_number and not any(link.address.startswith("sms:") for link in links)


def _of_twilio(aim: Aim, site: Site) -> Iterator[ChatLink]:
    catalogue = provided().catalogue
    language = catalogue.language_for(site.default_language)
    for channel in sorted(_channels(), key=_is_by_number, reverse=True):
        words = catalogue.render(aim.words, language=language, variant=channel.capabilities.variant)
        address = channel.opens(words, site.country) if channel.opens else None
        if address is not None:
            name = _name(channel.capabilities.variant)
            label = f"{name}, on any phone" if _is_by_number(channel) else name
            yield ChatLink(address, f"QR code of {aim.title}, by {name}", label, sends=True)


def _of_telegram(uow: UnitOfWork, aim: Aim) -> Iterator[ChatLink]:
    """Telegram's own user name of the bot is known once its process has said so."""
    bot = uow.ingest_leases.account(_TELEGRAM)
    if bot is not None:
        name = _name(_TELEGRAM)
        yield ChatLink(f"https://t.me/{bot}?start={aim.payload}", f"QR code of {aim.title}, by {name}", name)


def _channels() -> list[Channel]:
    return list(provided().channels.values())


def _is_by_number(channel: Channel) -> bool:
    return channel.opens is not None and channel.capabilities.by_number


def _name(variant: str) -> str:
    return provided().catalogue.render(Text(f"channel-{variant}"), language="en", variant="web")


def code_picture(address: str, *, title: str) -> Markup:
    """A QR code as SVG, in the page itself."""
    code = segno.make(address, error="m", micro=False)
    drawing = code.svg_inline(scale=5, border=2, omitsize=True, title=title)
    return Markup(drawing)  # noqa: S704 - segno draws it, and the address is ours
