"""Links that open a conversation where they lead: a site's, a service's, a printed token's. Never follows one itself.

Telegram sends what stands behind `?start=` as `/start …`; elsewhere the same is written by hand.
"""

import re
from dataclasses import dataclass
from enum import Enum

_TICKET = re.compile(r"(?:/?start\s+)?t_([\w-]{8,64})", flags=re.IGNORECASE | re.ASCII)
_SERVICE = re.compile(r"(?:/?start\s+)?service_(\d{1,18})", flags=re.IGNORECASE | re.ASCII)
_SITE = re.compile(r"(?:/?start|site:|book|बुक)\s*([a-z0-9_-]+)", flags=re.IGNORECASE)
# "book tomorrow" may mean a day; these mean a link, even where there is nothing of that name.
_ONLY_A_LINK = re.compile(r"/?start\s|site:", flags=re.IGNORECASE)


class LinkKind(Enum):
    SITE = "site"
    SERVICE = "service"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Link:
    """`value` is a site's slug, a service's id, or a token's key. `may_be_words`: it's only a link if there is such a
    site.
    """

    kind: LinkKind
    value: str
    may_be_words: bool = False


def service_payload(service_id: int) -> str:
    return f"service_{service_id}"


def ticket_payload(key: str) -> str:
    return f"t_{key}"


def link_in(text: str) -> Link | None:
    said = text.strip()
    if ticket := _TICKET.fullmatch(said):
        return Link(LinkKind.TICKET, ticket[1])
    if service := _SERVICE.fullmatch(said):
        return Link(LinkKind.SERVICE, service[1])
    if site := _SITE.fullmatch(said):
        return Link(LinkKind.SITE, site[1].lower(), may_be_words=_ONLY_A_LINK.match(said) is None)
    return None
