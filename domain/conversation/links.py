"""Links that open a conversation where they lead: a site's, a service's, a printed token's. Never follows one itself.

Telegram sends what stands behind `?start=` as `/start …`; elsewhere the same is written by hand, or stands ready in the
message that a link or QR code has opened, with words around it that people may have changed.
"""

import re
from dataclasses import dataclass
from enum import Enum

_TICKET = re.compile(r"(?:/?start\s+)?t_([\w-]{8,64})", flags=re.IGNORECASE | re.ASCII)
_SERVICE = re.compile(r"(?:/?start\s+)?service_(\d{1,18})", flags=re.IGNORECASE | re.ASCII)
_SITE = re.compile(r"(?:/?start|site:|book|बुक)\s*([a-z0-9_-]+)", flags=re.IGNORECASE)
# "book tomorrow" may mean a day; these mean a link, even where there is nothing of that name.
_ONLY_A_LINK = re.compile(r"/?start\s|site:", flags=re.IGNORECASE)
# Among other words in any script: nothing that is part of a longer Latin word, and a token's key only in whole.
_AMONG_WORDS = re.IGNORECASE | re.ASCII
_TICKET_WITHIN = re.compile(r"(?<![a-z0-9])t_([\w-]{22})(?![\w-])", flags=_AMONG_WORDS)
_SERVICE_WITHIN = re.compile(r"(?<![a-z0-9])service_(\d{1,18})(?!\w)", flags=_AMONG_WORDS)
_SITE_WITHIN = re.compile(r"(?<!\w)site:([a-z0-9][\w-]*)", flags=_AMONG_WORDS)


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


def site_payload(slug: str) -> str:
    return f"site:{slug}"


def link_in(text: str) -> Link | None:
    said = text.strip()
    if ticket := _TICKET.fullmatch(said):
        return Link(LinkKind.TICKET, ticket[1])
    if service := _SERVICE.fullmatch(said):
        return Link(LinkKind.SERVICE, service[1])
    if site := _SITE.fullmatch(said):
        return Link(LinkKind.SITE, site[1].lower(), may_be_words=_ONLY_A_LINK.match(said) is None)
    return _link_within(said)


def _link_within(said: str) -> Link | None:
    """A code that words stand around. Of a site only where there is such a one: people do write of sites."""
    if ticket := _TICKET_WITHIN.search(said):
        return Link(LinkKind.TICKET, ticket[1])
    if service := _SERVICE_WITHIN.search(said):
        return Link(LinkKind.SERVICE, service[1])
    if site := _SITE_WITHIN.search(said):
        return Link(LinkKind.SITE, site[1].rstrip("-_").lower(), may_be_words=True)
    return None
