"""What a channel has approved of our words, for a time when no conversation is open. Never sends, never asks for it.

A channel that puts our words into another category than we asked for charges and limits them as what they are not: such
words are not used, as if they were refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.conversation.messages import TemplateText, Text
from domain.ports import Approved, Catalogue, Channel, Content, UnitOfWork

UTILITY, AUTHENTICATION = "UTILITY", "AUTHENTICATION"
CODE = "notice-code"  # of its own category, in the channel's own wording
# Stand beside a notice and add to it; one approved form of words is one message, which goes without them.
ASIDES = frozenset({"line-wait"})
LONGEST_VALUE = 100  # characters; five of them and the words around stay below what a template may hold
NOTHING = "-"  # an empty gap is refused
CUT = "…"


def approved_words(
    uow: UnitOfWork,
    said: Mapping[str, Any],
    *,
    channel: Channel,
    languages: Sequence[str],
    catalogue: Catalogue,
) -> Approved | None:
    """`said` (see `texts.compose`) in the first of these languages in which the channel has approved today's words.

    None where it has in none of them, or where more is said than one form of words holds.
    """
    text = _only_text(said)
    if text is None:
        return None
    found = (_approved(uow, text, channel=channel, language=lang, catalogue=catalogue) for lang in languages)
    return next((approved for approved in found if approved is not None), None)


def category_of(key: str) -> str:
    """What the words of this text are to the provider of a channel, by its own rules."""
    return AUTHENTICATION if key == CODE else UTILITY


def may_be_sent(content: Content, template: TemplateText) -> bool:
    """Approved as what it is, and in the words of today: an older one's gaps may hold something else."""
    return (
        content.state == "approved"
        and content.category == category_of(content.name)
        and content.fingerprint == template.fingerprint
    )


def _approved(
    uow: UnitOfWork, text: Text, *, channel: Channel, language: str, catalogue: Catalogue
) -> Approved | None:
    template = catalogue.templates(language).get(text.key)
    if template is None:
        return None
    content = uow.contents.find(text.key, channel=channel.name, account=channel.account, language=language)
    if content is None or not may_be_sent(content, template):
        return None
    words = catalogue.params_in_words(text, language=language, variant=channel.capabilities.variant)
    values = tuple(_one_line(words[name]) for name in template.variables)
    return Approved(content.content_id, values, template.filled(values))


def _only_text(said: Mapping[str, Any]) -> Text | None:
    texts = [reply["say"] for reply in said["replies"] if reply["say"]["text"] not in ASIDES]
    return Text(texts[0]["text"], texts[0]["params"]) if len(texts) == 1 else None


def _one_line(words: str) -> str:
    line = " ".join(words.split()) or NOTHING
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - len(CUT)].rstrip() + CUT
