"""What is said put into words for one address: its language, its channel. Never decides what is said."""

import re
from collections.abc import Mapping
from dataclasses import replace

from domain.conversation.messages import Capabilities, Message
from domain.notices import SECRET_KINDS, Notice, NoticeKind
from domain.people import Address
from domain.ports import Catalogue, Outgoing, UnitOfWork
from domain.texts.compose import messages_of

URGENT = frozenset({NoticeKind.NEAR, NoticeKind.CALLED, NoticeKind.UNDONE, NoticeKind.CODE})


def language_of(uow: UnitOfWork, notice: Notice, address: Address, *, catalogue: Catalogue) -> str:
    """The person's own language, else the site's."""
    hint = address.language
    if hint is None and notice.site_id is not None:
        site = uow.places.site(notice.site_id)
        hint = site.default_language if site is not None else None
    return catalogue.language_for(hint)


def languages_read(
    uow: UnitOfWork, notice: Notice, address: Address, *, catalogue: Catalogue
) -> tuple[str, ...]:
    """Where the person's own language has no words to choose from: theirs, what they read elsewhere, the site's."""
    hints = [address.language, *(user.language for user in uow.people.users_of(address.id))]
    if notice.organisation_id is not None:
        others = uow.people.others_of(address.id, organisation_id=notice.organisation_id)
        hints[1:1] = [other.language for other in others]
    site = uow.places.site(notice.site_id) if notice.site_id is not None else None
    hints.append(site.default_language if site is not None else None)
    known = [catalogue.language_for(hint) for hint in hints if hint is not None]
    return tuple(dict.fromkeys(known or [catalogue.language_for(None)]))


def put_into_words(
    said: Mapping[str, object],
    notice: Notice,
    *,
    capabilities: Capabilities,
    catalogue: Catalogue,
    language: str,
) -> tuple[Message, ...]:
    """The first message takes the place of the one that was tapped, where the channel edits.

    Nothing is asked where nobody can answer, nor at another address than the one whose conversation counts the choices.
    """
    may_ask = capabilities.takes_answers and notice.fallback_of is None
    messages = messages_of(
        said,
        catalogue=catalogue,
        language=language,
        variant=capabilities.variant,
        replaces=notice.replaces if capabilities.edits_in_place else None,
    )
    if not may_ask:
        messages = tuple(replace(message, options=(), choose="") for message in messages)
    return tuple(replace(message, urgent=notice.kind in URGENT) for message in messages)


def as_kept(outgoing: Outgoing, notice: Notice) -> list[str]:
    """What was said, for staff's eyes: without the digits of what is for the person's alone."""
    approved = outgoing.approved
    texts = [message.text for message in outgoing.messages] if approved is None else [approved.text]
    if notice.kind not in SECRET_KINDS:
        return texts
    return [re.sub(r"\d{4,}", "***", text) for text in texts]
