"""What we tell a person unasked: kinds, how long each is worth sending, its one key. Never wording, never sending."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from domain.ids import AddressId, AppointmentId, OrganisationId, OutboxId, QueueId, SiteId, TicketId


class Lane(Enum):
    """The RQ queue that a row's hint goes to; urgent words never wait behind bulk."""

    ALERTS = "alerts"
    BULK = "bulk"


class NoticeKind(Enum):
    REPLY = "reply"  # an answer to what the person wrote
    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    NEAR = "near"  # "you're 3 away", and "almost your turn" at 1
    CALLED = "called"  # "it's your turn"
    UNDONE = "undone"  # a correction of NEAR or CALLED
    CODE = "code"  # says that two addresses are one person's, where it is typed at the other


VALID_FOR = {
    NoticeKind.REPLY: timedelta(hours=1),
    NoticeKind.CONFIRMED: timedelta(hours=24),
    NoticeKind.MOVED: timedelta(hours=24),
    NoticeKind.CANCELLED: timedelta(hours=24),
    NoticeKind.REMINDER: timedelta(hours=4),
    NoticeKind.NEAR: timedelta(minutes=15),
    NoticeKind.CALLED: timedelta(minutes=5),
    NoticeKind.UNDONE: timedelta(minutes=15),
    NoticeKind.CODE: timedelta(minutes=10),
}
# How long each may take to arrive; then somebody asks, and goes another way where it can't wait. An answer has no such
# time: who wrote is there, and writes again.
ARRIVES_WITHIN = {
    NoticeKind.CALLED: timedelta(seconds=50),
    NoticeKind.UNDONE: timedelta(seconds=75),
    NoticeKind.NEAR: timedelta(minutes=3),
    NoticeKind.MOVED: timedelta(minutes=12),
    NoticeKind.CANCELLED: timedelta(minutes=12),
    NoticeKind.REMINDER: timedelta(minutes=12),
}
# What they say is for one person's eyes: nobody keeps it, not even as what was said.
SECRET_KINDS = frozenset({NoticeKind.CODE})
# What may be the answer to something the person wrote, and so keeps its order on the way to them.
ANSWERS = (NoticeKind.REPLY, NoticeKind.CONFIRMED, NoticeKind.MOVED, NoticeKind.CANCELLED)
# Each takes back or outdates the one before, so that the last to arrive must be the last that was said.
WORDS_OF_THE_LINE = (NoticeKind.NEAR, NoticeKind.CALLED, NoticeKind.UNDONE)
# In the data of an answer to who has stopped: it says so, and the provider takes it.
DESPITE_STOP = "despite_stop"
URGENT_KINDS = frozenset({NoticeKind.REPLY, NoticeKind.CODE, *WORDS_OF_THE_LINE})


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to come: kind and references, never finished words, so that the truth of the sending moment is told.

    `data` is JSON: the replies of a REPLY, the ticket's interval and threshold of a NEAR, and the like.
    `replaces` is the provider's id of the message to edit in place, where the channel can; `fallback_of` the row that
    did not reach the person at another address of theirs.
    """

    kind: NoticeKind
    address_id: AddressId
    dedupe_key: str
    due_at: datetime
    not_after: datetime
    organisation_id: OrganisationId | None = None
    site_id: SiteId | None = None
    queue_id: QueueId | None = None
    ticket_id: TicketId | None = None
    appointment_id: AppointmentId | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    replaces: str | None = None
    fallback_of: OutboxId | None = None

    @property
    def is_answer(self) -> bool:
        """Whether it answers what the person wrote; such a row carries its replies whatever its kind."""
        return "replies" in self.data

    @property
    def is_urgent(self) -> bool:
        """Whether somebody is waiting for it now: in front of a chat, or for their turn."""
        return self.kind in URGENT_KINDS or self.is_answer

    @property
    def is_rather_told_twice(self) -> bool:
        """Whether a person who isn't told at all loses their turn or comes for nothing."""
        takes_back_a_call = self.kind is NoticeKind.UNDONE and self.data.get("was") == NoticeKind.CALLED.value
        return takes_back_a_call or (
            self.kind in (NoticeKind.CALLED, NoticeKind.CANCELLED) and not self.is_answer
        )

    @property
    def arrives_within(self) -> timedelta | None:
        """How long it may take before somebody asks what became of it; None where nobody does."""
        return None if self.is_answer else ARRIVES_WITHIN.get(self.kind)

    @property
    def lane(self) -> Lane:
        # All of a lane are equally urgent: where a channel's pace makes words wait, the first holds up the next.
        return Lane.ALERTS if self.is_urgent else Lane.BULK


def near_key(*, ticket_id: int, interval: int, alert_round: int, threshold: int) -> str:
    return f"ticket:{ticket_id}:interval:{interval}:round:{alert_round}:near:{threshold}"


def called_key(*, ticket_id: int, interval: int, alert_round: int, call: int) -> str:
    return f"ticket:{ticket_id}:interval:{interval}:round:{alert_round}:called:{call}"


def undone_key(*, ticket_id: int, event_id: int, address_id: int) -> str:
    return f"ticket:{ticket_id}:undone:{event_id}:{address_id}"


def appointment_key(*, appointment_id: int, kind: NoticeKind) -> str:
    return f"appointment:{appointment_id}:{kind.value}"
