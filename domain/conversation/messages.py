"""What people say to us and what we say back, with no channel in sight."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

_GAP = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence by name. Language, wording and length are chosen when it is sent.

    Params are str, int, a Text (as JSON `{"text": key, "params": {…}}`), lists of these (shown with commas),
    several lines as `{"lines": [Text, …]}`, instants as `{"at": iso, "zone": name, "as": "time"}` (or "day",
    "day-time"), dates as `{"at": iso, "as": "date"}`, wait ranges as `{"low": 5, "high": 15}`.
    """

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A text in the form that a channel approves beforehand, in one language.

    `body` has a gap `{{1}}`, `{{2}}` … for each of `variables`, which are in the order of their first appearance.
    """

    body: str
    variables: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Another one for other words, or for other variables in the same gaps."""
        return sha256("\0".join((self.body, *self.variables)).encode()).hexdigest()[:12]

    def filled(self, values: Sequence[str]) -> str:
        """What the person reads."""
        return _GAP.sub(lambda gap: values[int(gap[1]) - 1], self.body)


@dataclass(frozen=True, slots=True)
class Choice:
    """`key` is what the flow understands, `label` what the person sees, `hint` a second line where there is one.

    `day` is the date that it stands for, for channels that show a calendar.
    """

    key: str
    label: Text
    hint: Text | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of an answer. `columns` is how many short choices fit side by side.

    `asks_contact` labels the button that shares the person's own phone number, where a channel has one.
    """

    say: Text
    choices: tuple[Choice, ...] = ()
    columns: int = 1
    asks_contact: Text | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel's `read` makes of a payload.

    `tapped` is the opaque reference of a choice (`<revision>:<number>`, or `t:<ticket>:<verb>` of a live message, see
    `Option.ref`), `shown_in` the provider's id of the message that carried it, `language` the channel's hint. `kind` is

    - `text`, `tap`: words, or a choice;
    - `edited`: a message that was answered already was changed;
    - `contact`: `phone` as the channel gives it; `is_own` says that the channel vouches for it being the sender's;
    - `location`, `unsupported`: a place; pictures, voice, stickers and whatever else we don't read;
    - `stopped`, `resumed`: the person opted out or in again by the provider's own means;
    - `blocked`, `unblocked`: the channel says that we can't, or can again, write to them;
    - `group`: said where others read along;
    - `nothing`: a button that means nothing, such as a calendar's empty day.

    `answered`: a word that the provider itself answers, such as STOP or HELP by SMS: it is kept, not answered twice.
    """

    channel: str
    handle: str
    provider_id: str
    kind: str = "text"
    text: str = ""
    tapped: str | None = None
    shown_in: str | None = None
    language: str | None = None
    sent_at: datetime | None = None
    phone: str = ""
    is_own: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A rendered choice: `ref` comes back when it is tapped, `number` is what to type.

    `day` is the date that it stands for, `key` what the flow understands by it.
    """

    ref: str
    number: int
    label: str
    hint: str = ""
    day: date | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message, in one language, on its way to a channel's `render`.

    `choose` is what stands on the button that opens a list of options, where a channel has one; `asks_contact` what
    stands on the one that shares a phone number, `closes_contact` what is said when that button is taken away again and
    nothing else is said. `silent` arrives without a sound.
    """

    text: str
    options: tuple[Option, ...] = ()
    columns: int = 1
    choose: str = ""
    replaces: str | None = None
    urgent: bool = False
    silent: bool = False
    asks_contact: str = ""
    closes_contact: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show. `variant` picks a text's attribute (`telegram`, `whatsapp`, `sms`).

    `page_size` is how many choices one message carries, More and Back included (the engine pages the rest), and
    `other_page_size` how many in a language that isn't written in Latin letters, where those cost more (0: the same);
    `answers_stop` that the provider itself answers STOP and START, so that we stay silent; `shows_calendar` that days
    are picked from a month's grid; `keeps_live` that one message per ticket is kept up to date by edits;
    `shares_contact` that a button sends the person's own phone number; `shows_way_out` that Menu stands beside Back
    under every question, because a button costs nothing; `window` is how long after the person's last words we may
    write freely, None for always: outside of it only words go that the channel has approved; `confirms` that it tells
    later what became of a message; `handle_is_phone` that the channel vouches for a handle that is a phone number;
    `by_number` that it reaches any phone by its number, whether its owner has written or not; `takes_answers` that
    people can write to us there: if not, nothing is asked.
    """

    variant: str
    page_size: int
    edits_in_place: bool
    answers_stop: bool
    text_limit: int
    shows_calendar: bool = False
    keeps_live: bool = False
    shares_contact: bool = False
    shows_way_out: bool = False
    window: timedelta | None = None
    confirms: bool = False
    handle_is_phone: bool = False
    by_number: bool = False
    takes_answers: bool = True
    other_page_size: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """One address's chat state. `choices` are all (key, label as shown) of the question, numbered from 1 on.

    `page` is the index of the first one shown. `revision` moves at each turn, so that an older message's buttons are
    known as such.
    """

    address_id: int
    state: str = "start"
    data: Mapping[str, object] = field(default_factory=dict)
    choices: tuple[tuple[str, str], ...] = ()
    page: int = 0
    revision: int = 0
    site_id: int | None = None
    updated_at: datetime | None = None
