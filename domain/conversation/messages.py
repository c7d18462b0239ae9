"""What people say to us and what we say back, with no channel in sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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
class Choice:
    """`key` is what the flow understands, `label` what the person sees, `hint` a second line where there is one."""

    key: str
    label: Text
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of an answer. `columns` is how many short choices fit side by side."""

    say: Text
    choices: tuple[Choice, ...] = ()
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel's `read` makes of a payload.

    `tapped` is the opaque reference of a choice (`<revision>:<number>`, see `Option.ref`), `shown_in` the provider's
    id of the message that carried it, `language` the channel's hint. `kind` is `text`, `tap`, `stopped`, `resumed` or
    `unsupported` (media and the like).
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


@dataclass(frozen=True, slots=True)
class Option:
    """A rendered choice: `ref` comes back when it is tapped, `number` is what to type."""

    ref: str
    number: int
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message, in one language, on its way to a channel's `render`.

    `choose` is what stands on the button that opens a list of options, where a channel has one.
    """

    text: str
    options: tuple[Option, ...] = ()
    columns: int = 1
    choose: str = ""
    replaces: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show. `variant` picks a text's attribute (`telegram`, `whatsapp`, `sms`).

    `page_size` is how many choices one message carries, More and Back included (the engine pages the rest);
    `answers_stop` that the provider itself answers STOP and START, so that we stay silent.
    """

    variant: str
    page_size: int
    edits_in_place: bool
    answers_stop: bool
    text_limit: int


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
