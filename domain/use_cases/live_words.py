"""What the message of a ticket shows that is kept up to date: its place and what may be said of it. Never sends."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from domain.conversation.messages import Message, Option, Text
from domain.ports import Catalogue
from domain.queue import AT_COUNTER, AWAITED, Ticket
from domain.schedule import Site
from domain.texts.compose import as_json
from domain.texts.when import clock_time
from domain.use_cases.place_lines import place_lines
from domain.views import PlaceView

Button = tuple[str, str]  # verb, and the text on it
_REFRESH: Button = ("refresh", "where-refresh")


@dataclass(frozen=True, slots=True)
class LiveWords:
    """A place as it is told in one language. `about` and `lines` are all but the time of day."""

    ticket_id: int
    about: Mapping[str, object]
    lines: tuple[Text, ...]
    updated: Text
    buttons: tuple[Button, ...]
    language: str

    @property
    def content(self) -> str:
        """A hash of what is shown, without the time of day: who has seen it needs no edit."""
        said = [self.language, as_json(self.about), as_json(list(self.lines)), self.buttons]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def message(self, *, catalogue: Catalogue, variant: str, replaces: str | None) -> Message:
        def words(text: Text) -> str:
            return catalogue.render(text, language=self.language, variant=variant)

        lines = {"lines": [*self.lines, self.updated]}
        return Message(
            text=words(Text("where", {**self.about, "lines": lines})),
            options=tuple(
                Option(ref=f"t:{self.ticket_id}:{verb}", number=number, label=words(Text(key)), key=verb)
                for number, (verb, key) in enumerate(self.buttons, 1)
            ),
            columns=2,
            replaces=replaces,
            silent=True,
            language=self.language,
        )


def live_words(ticket: Ticket, place: PlaceView, site: Site, *, language: str) -> LiveWords:
    return LiveWords(
        ticket_id=ticket.id,
        about={"service": place.service, "token": place.token},
        lines=tuple(place_lines(place, site)),
        updated=Text("line-updated", {"time": clock_time(place.updated_at, site)}),
        buttons=_buttons(ticket),
        language=language,
    )


def _buttons(ticket: Ticket) -> tuple[Button, ...]:
    """What makes sense as things stand; nothing once the visit is over."""
    if ticket.state in AT_COUNTER:
        return (_REFRESH,)
    if ticket.state not in AWAITED:
        return ()
    said = (("here", "go-here", ticket.here_at), ("late", "go-late", ticket.late_at))
    coming = tuple((verb, key) for verb, key, at in said if at is None)
    return (*coming, ("leave", "go-leave"), _REFRESH)
