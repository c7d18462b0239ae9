"""Where a link leads that opened the conversation: to a site, a service, or a printed token. Never past what has to be
agreed to first: the router sees to that.
"""

from dataclasses import replace

from domain.conversation.flows import booking, following
from domain.conversation.links import LinkKind, link_in
from domain.conversation.turn import Turn
from domain.schedule import Site


def led_to(turn: Turn) -> str | None:
    """The state whose question comes next; None where the message is no link."""
    link = link_in(turn.incoming.text) if turn.incoming.kind in {"text", "resumed"} else None
    if link is None:
        return None
    site = turn.uow.places.site_by_slug(link.value) if link.kind is LinkKind.SITE else None
    if site is None and link.may_be_words:
        return None
    turn.conversation = replace(turn.conversation, page=0)
    if link.kind is LinkKind.SITE:
        return _to_site(turn, site)
    if link.kind is LinkKind.SERVICE:
        return booking.begin_at(turn, turn.uow.places.service(int(link.value)))
    return following.begin(turn, link.value)


def _to_site(turn: Turn, site: Site | None) -> str:
    if site is None:
        turn.say("place-unknown")
        return "site"
    turn.at_site(site.id)
    return booking.begin(turn)
