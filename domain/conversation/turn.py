"""One message and everything its answer needs. Collects what is said; never decides, never commits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.booking import Appointment
from domain.conversation.messages import Capabilities, Conversation, Incoming, Reply, Text
from domain.events import Actor
from domain.notices import NoticeKind
from domain.people import Address
from domain.ports import Catalogue, UnitOfWork


@dataclass(slots=True)
class Turn:
    """`picked` is the key of the choice that was made, `words` what was written or is left of it.

    `kind` and `about` say what the answer tells besides: a booking confirmed, moved or cancelled. Such a message is
    kept: `keeps_shown` says that the tapped one is such, and that the answer must not take its place. `repeats`: the
    tapped message has just become the present question, so that a button it had before was tapped twice. `is_aside`:
    what is said stands beside the conversation, whose question is left as it is. `channels` are all there are, by name,
    each with its kind; `by_number` names the one among them that reaches a phone by its number, or "".
    """

    uow: UnitOfWork
    catalogue: Catalogue
    incoming: Incoming
    conversation: Conversation
    address: Address
    capabilities: Capabilities
    now: datetime
    public_url: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)
    by_number: str = ""
    picked: str = ""
    words: str = ""
    said: list[Reply] = field(default_factory=list)
    kind: NoticeKind = NoticeKind.REPLY
    about: Appointment | None = None
    stale: bool = False
    keeps_shown: bool = False
    repeats: bool = False
    is_aside: bool = False

    @property
    def language(self) -> str:
        return self.address.language or self.catalogue.language_for(None)

    @property
    def actor(self) -> Actor:
        return Actor(address_id=self.address.id)

    def say(self, key: str, **params: object) -> None:
        self.said.append(Reply(Text(key, params)))

    def shown(self, text: Text) -> str:
        """The text as this person sees it now."""
        return self.catalogue.render(text, language=self.language, variant=self.capabilities.variant)

    def number(self, name: str) -> int | None:
        """What the conversation remembers under `name`."""
        value = self.conversation.data.get(name)
        return value if isinstance(value, int) else None

    def word(self, name: str) -> str:
        value = self.conversation.data.get(name)
        return value if isinstance(value, str) else ""

    def remember(self, **data: int | str | None) -> None:
        """Ids and dates only: what a person wrote or is called belongs to their address."""
        kept = {
            name: value for name, value in {**self.conversation.data, **data}.items() if value is not None
        }
        self.conversation = replace(self.conversation, data=kept)

    def at_site(self, site_id: int) -> None:
        self.conversation = replace(self.conversation, site_id=site_id)

    def tell(self, kind: NoticeKind, appointment: Appointment) -> None:
        self.kind, self.about = kind, appointment

    def save_address(self, address: Address) -> None:
        self.uow.people.save_address(address)
        self.address = address

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A refusal inside leaves nothing: neither rows, nor what this turn remembers and has said."""
        before = (self.conversation, self.address, list(self.said), self.kind, self.about)
        try:
            with self.uow.attempt():
                yield
        except BaseException:
            self.conversation, self.address, self.said, self.kind, self.about = before
            raise
