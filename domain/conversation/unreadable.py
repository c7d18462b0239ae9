"""What can't be read as an answer: no text, too much of it, or one that was long on its way. Never guesses."""

from datetime import timedelta

from domain.conversation.turn import Turn
from domain.people import NAME_LENGTH

LONGEST = 500  # characters of a text that we try to understand
# Of its writing a message may answer a question; later there may be another one.
ANSWERS_WITHIN = timedelta(minutes=5)
_SAID_OF_KIND = {
    "unsupported": "text-only",
    "edited": "edited-message",
    "location": "place-unread",
}


def is_refused(turn: Turn, *, wants_name: bool) -> bool:
    """Whether there is nothing in it to understand; then it has been said why."""
    said = _SAID_OF_KIND.get(turn.incoming.kind)
    if said is not None:
        turn.say(said)
    elif turn.words and len(turn.words) <= LONGEST:
        return False
    elif wants_name:
        turn.say("not-understood-name", length=NAME_LENGTH)
    else:
        turn.say("too-long" if turn.words else "nothing-written")
    return True


def is_late(turn: Turn) -> bool:
    written = turn.incoming.sent_at
    return written is not None and turn.now - written > ANSWERS_WITHIN
