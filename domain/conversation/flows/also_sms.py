"""Also by SMS: what does not reach somebody in this chat may go to their phone. Its own agreement, never given in place
of one who has said STOP there.
"""

from domain.conversation import desk
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State
from domain.conversation.turn import Turn
from domain.ids import OrganisationId
from domain.people import CONSENT_VERSION, Address
from domain.phones import ending
from domain.use_cases import link

ASK, END = "go-sms", "go-no-sms"


def offered(turn: Turn) -> tuple[str, ...]:
    """The choice of the menu: none where there is no such way, or where its owner writes by SMS themselves."""
    phone = turn.address.phone
    if phone is None or turn.address.verified_at is None or not turn.by_number or _organisation(turn) is None:
        return ()
    known = _address(turn, phone)
    if known is None or known.consent_at is None:
        return (ASK,)
    return (END,) if known.last_inbound_at is None and known.stopped_at is None else ()


def begin(turn: Turn) -> str:
    return "sms" if ASK in offered(turn) else "menu"


def ask(turn: Turn) -> Reply:
    say = Text("sms-ask", {"ending": ending(turn.address.phone or "")})
    return Reply(say, (Choice("yes", Text("sms-agree")),))


def agree(turn: Turn) -> str:
    if turn.picked != "yes" or ASK not in offered(turn):
        return "menu"
    agreed = turn.uow.people.agree_for(
        turn.address.phone or "",
        channel=turn.by_number,
        like=turn.address,
        version=CONSENT_VERSION,
        now=turn.now,
    )
    if agreed is None:
        turn.say("sms-stopped")
        return "menu"
    link.join(turn.uow, turn.address, agreed, at=_organisation(turn), actor=turn.actor, now=turn.now)
    turn.say("sms-on")
    return "menu"


def end(turn: Turn) -> str:
    known = _address(turn, turn.address.phone or "") if END in offered(turn) else None
    if known is not None and turn.uow.people.agree_no_more(known.id):
        turn.say("sms-off")
    return "menu"


def _organisation(turn: Turn) -> OrganisationId | None:
    """Where both addresses stand for one person, if neither stands for anybody yet."""
    users = turn.uow.people.users_of(turn.address.id)
    if users:
        return users[0].organisation_id
    here = desk.site(turn)
    return here.organisation_id if here else None


def _address(turn: Turn, phone: str) -> Address | None:
    known = turn.uow.people.known_by_phone(phone, channels=[turn.by_number])
    return next((address for address in known if address.handle == phone), None)


STATES = {"sms": State(ask, agree)}
