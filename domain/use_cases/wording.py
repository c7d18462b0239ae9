"""Replies put into words: a language, a channel's variant, numbered choices. Never decides what is said."""

from collections.abc import Sequence
from dataclasses import replace

from domain.conversation.messages import Capabilities, Message, Option, Reply, Text
from domain.notices import Notice, NoticeKind
from domain.people import Address
from domain.ports import Catalogue, UnitOfWork

URGENT = frozenset({NoticeKind.NEAR, NoticeKind.CALLED, NoticeKind.UNDONE})


def language_of(uow: UnitOfWork, notice: Notice, address: Address, *, catalogue: Catalogue) -> str:
    """The person's own language, else the site's."""
    hint = address.language
    if hint is None and notice.site_id is not None:
        site = uow.places.site(notice.site_id)
        hint = site.default_language if site is not None else None
    return catalogue.language_for(hint)


def put_into_words(
    said: Sequence[Reply], notice: Notice, capabilities: Capabilities, catalogue: Catalogue, *, language: str
) -> tuple[Message, ...]:
    """The first message takes the place of the one that was tapped, where the channel edits."""

    def words(text: Text | None) -> str:
        if text is None:
            return ""
        return catalogue.render(text, language=language, variant=capabilities.variant)

    revision, number = notice.data.get("revision", 0), _first_number(notice)
    messages = []
    for reply in said:
        options = [
            Option(f"{revision}:{n}", n, words(choice.label), words(choice.hint))
            for n, choice in enumerate(reply.choices, start=number)
        ]
        number += len(options)
        messages.append(
            Message(words(reply.say), tuple(options), reply.columns, urgent=notice.kind in URGENT)
        )
    if messages and notice.replaces is not None and capabilities.edits_in_place:
        messages[0] = replace(messages[0], replaces=notice.replaces)
    return tuple(messages)


def _first_number(notice: Notice) -> int:
    first = notice.data.get("first", 1)
    assert isinstance(first, int)
    return first
