"""My phone number: shared by the channel's own button, then a code where the number is known already.

Never says that a number is known before the channel has vouched for it, and never shows where else it is.
"""

import re

from domain.conversation import desk
from domain.conversation.messages import Choice, Reply, Text
from domain.conversation.state import State, goes
from domain.conversation.turn import Turn
from domain.conversation.understand import latin_digits
from domain.errors import DomainError
from domain.notices import VALID_FOR, NoticeKind
from domain.people import Address
from domain.phones import ending, phone_of_contact
from domain.use_cases import link
from domain.use_cases.link import Tried

CONTACT = "contact"  # the key that a shared contact stands for, whatever was asked
AGAIN = "code-again"
# More digits than a choice's number has: somebody types a code.
_LIKE_A_CODE = re.compile(r"\d{5,12}", flags=re.ASCII)


def may_be_asked(turn: Turn) -> bool:
    return turn.capabilities.shares_contact and turn.address.verified_at is None


def begin(turn: Turn) -> str:
    return "phone" if may_be_asked(turn) else "menu"


def may_join(turn: Turn) -> bool:
    """Where a verified phone leads to another chat of this person's that takes messages and isn't joined yet."""
    return any(other.consent_at is not None for other in _reachable(turn))


def begin_joining(turn: Turn) -> str:
    return _send_code(turn) if may_join(turn) else "menu"


def ask_phone(_turn: Turn) -> Reply:
    return Reply(Text("phone-ask"), goes("go-menu"), asks_contact=Text("phone-share"))


def take_contact(turn: Turn) -> str:
    """A contact that came, asked for or not. Raises DomainError phone-impossible."""
    if not turn.incoming.is_own:
        turn.say("phone-not-yours")
        return turn.conversation.state
    if not desk.is_registered(turn):
        turn.say("phone-not-yet")
        return turn.conversation.state
    here = desk.site(turn)
    phone = phone_of_contact(turn.incoming.phone, country=here.country if here else None)
    turn.address = link.keep_phone(turn.uow, turn.address, phone, now=turn.now)
    if link.elsewhere(turn.uow, turn.address, channels=turn.channels):
        return _send_code(turn)
    turn.say("phone-kept", ending=ending(phone))
    return "menu"


def ask_code(turn: Turn) -> Reply:
    choices = (Choice(AGAIN, Text("phone-code-again")), *goes("go-menu"))
    code = turn.uow.link_codes.live(turn.address.id, now=turn.now)
    if code is None or code.tries >= link.MOST_TRIES:
        return Reply(Text("phone-code-none"), choices)
    about = {"ending": ending(turn.address.phone or ""), "by": _kind_of(turn, code.target_id)}
    is_new = code.expires_at - turn.now == VALID_FOR[NoticeKind.CODE]
    return Reply(Text("phone-code-ask" if is_new else "phone-code-wait", about), choices)


def take_code(turn: Turn) -> str:
    if turn.picked == AGAIN:
        return _send_code(turn)
    typed = _digits(turn.words)
    if len(typed) != link.DIGITS:
        turn.say("phone-code-six")
        return "phone-code"
    here = desk.site(turn)
    tried = link.try_code(
        turn.uow,
        turn.address,
        typed,
        at=here.organisation_id if here else None,
        actor=turn.actor,
        now=turn.now,
    )
    if tried is Tried.JOINED:
        turn.say("phone-joined")
        return _lead_on(turn)
    if tried is Tried.WRONG:
        turn.say("phone-code-wrong", left=link.tries_left(turn.uow, turn.address, now=turn.now))
    else:
        turn.say(_SAID_OF[tried])
    return "phone-code"


_SAID_OF = {
    Tried.SPENT: "phone-code-spent",
    Tried.OVER: "phone-code-over",
    Tried.UNSENT: "phone-code-unsent",
}


def looks_like_a_code(words: str) -> bool:
    return _LIKE_A_CODE.fullmatch(_digits(words)) is not None


def _lead_on(turn: Turn) -> str:
    """A third address of the same number is joined in its turn; a code for one says nothing of another."""
    return _send_code(turn) if _reachable(turn) else "menu"


def _reachable(turn: Turn) -> list[Address]:
    others = link.elsewhere(turn.uow, turn.address, channels=turn.channels)
    return [other for other in others if other.stopped_at is None and other.blocked_at is None]


def _send_code(turn: Turn) -> str:
    """A refusal keeps the number that was shared."""
    try:
        with turn.attempt():
            link.ask_for_code(
                turn.uow,
                turn.address,
                by=turn.capabilities.variant,
                channels=turn.channels,
                site=desk.site(turn),
                now=turn.now,
            )
    except DomainError as refusal:
        turn.say(refusal.key, **refusal.params)
        return "menu"
    return "phone-code"


def _kind_of(turn: Turn, address_id: int) -> Text:
    address = turn.uow.people.address_by_id(address_id)
    assert address is not None
    return Text(f"channel-{turn.channels[address.channel]}")


def _digits(words: str) -> str:
    """As codes are typed: in any script, with spaces or a dash in the middle."""
    return re.sub(r"[\s-]", "", latin_digits(words))


STATES = {
    "phone": State(ask_phone, shows_back=False),
    "phone-code": State(ask_code, take_code, shows_back=False, reads=looks_like_a_code),
}
