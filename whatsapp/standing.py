"""How each content stands: may be sent, waits, is still to be made, or is refused. Never asks Twilio, changes nothing.

What may not be sent is said otherwise: in another language, by another channel. This says so to owners, who alone can
mend it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from babel import Locale

from checks.examination import Finding
from domain.ports import Catalogue, Content, UnitOfWork
from settings import Settings
from whatsapp.channel import SANDBOX, WHATSAPP
from whatsapp.contents import Definition, definitions
from whatsapp.known_frames import GONE

APPROVED, UNSUBMITTED = "approved", "unsubmitted"
WAITING_STATES = frozenset({"received", "pending"})
CREATE = "python app.py whatsapp-templates create"
STATUS = "python app.py whatsapp-templates status"

_OF_THE_SANDBOX = "The sandbox can't have ours approved: 24 hours after they wrote, nobody is told anything."


class Verdict(Enum):
    USABLE = "can be sent"
    WAITING = "waiting for WhatsApp's approval"
    MISSING = "to be made"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Standing:
    """What we want to have at Twilio, and what we have there, if anything."""

    definition: Definition
    content: Content | None

    @property
    def verdict(self) -> Verdict:
        content = self.content
        if content is None or content.fingerprint != self.definition.fingerprint or content.state == GONE:
            return Verdict.MISSING
        if self.definition.is_frame:
            return Verdict.USABLE
        if content.state == APPROVED:
            return Verdict.USABLE if content.category == self.definition.category else Verdict.REFUSED
        if content.state == UNSUBMITTED:
            return Verdict.MISSING
        return Verdict.WAITING if content.state in WAITING_STATES else Verdict.REFUSED

    @property
    def state(self) -> str:
        """In a word or three."""
        if self.content is None:
            return "not made"
        return self.content.state if self._is_of_today else "in older words"

    @property
    def category(self) -> str:
        return (self.content.category or "") if self.content is not None else ""

    @property
    def reason(self) -> str:
        """Why not, where somebody says so."""
        if self.content is None or not self._is_of_today:
            return ""
        if self.verdict is Verdict.REFUSED and self.content.state == APPROVED:
            return f"not taken for {self.definition.category}"
        return self.content.reason or ""

    @property
    def _is_of_today(self) -> bool:
        return self.content is not None and self.content.fingerprint == self.definition.fingerprint


def standings(uow: UnitOfWork, wanted: Iterable[Definition], *, account: str) -> list[Standing]:
    kept = {
        (content.name, content.language): content
        for content in uow.contents.of(channel=WHATSAPP, account=account)
    }
    return [Standing(definition, kept.get((definition.name, definition.language))) for definition in wanted]


def template_findings(uow: UnitOfWork, *, settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """For the self-check: one for the frames, one for the templates of each language."""
    if not settings.has_whatsapp:
        return
    all_of_them = standings(uow, definitions(catalogue), account=settings.twilio_account_sid)
    frames = _finding("WhatsApp buttons and lists", [one for one in all_of_them if one.definition.is_frame])
    if settings.twilio_whatsapp_from == SANDBOX:
        yield replace(frames, ok=True)
        yield Finding(name="WhatsApp templates", ok=True, told=_OF_THE_SANDBOX)
        return
    yield frames
    for language in catalogue.languages:
        theirs = [one for one in all_of_them if one.definition.language == language]
        yield _finding(f"WhatsApp templates, {language_name(language)}", theirs)


def counted(standings: Iterable[Standing]) -> str:
    """Such as "7 can be sent, 2 refused"."""
    counts = Counter(standing.verdict for standing in standings)
    return ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])


def advice(standings: Sequence[Standing]) -> str:
    """What to do first; "" where nothing is to be done."""
    verdicts = {standing.verdict for standing in standings}
    if Verdict.MISSING in verdicts:
        return f"{CREATE} makes what is missing."
    if Verdict.REFUSED in verdicts:
        return f"{STATUS} says what and why. What is refused goes in another language or by SMS."
    if Verdict.WAITING in verdicts:
        return "WhatsApp takes up to two days. Until then it goes in another language or by SMS."
    return ""


def language_name(language: str) -> str:
    return str(Locale.parse(language).english_name)


def _finding(name: str, standings: Sequence[Standing]) -> Finding:
    todo = advice(standings)
    return Finding(name=name, ok=not todo, told=f"{counted(standings)}.", todo=todo)
