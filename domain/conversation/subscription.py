"""STOP and START: whether we may write to this address at all. Never argues, and never answers what the provider does.

Whoever stops by a word that the provider doesn't know, such as a Hindi one by SMS, gets our answer: it is ours alone
that they have stopped, and nothing holds our words back but us.
"""

from dataclasses import replace
from datetime import datetime

from domain.conversation.reach import catch_up
from domain.conversation.turn import Turn
from domain.conversation.words import START, STOP, plain

_BY_OUR_WORD = "stopped-by-our-word"


def is_silenced(turn: Turn) -> bool:
    """Handles what stops or resumes; True when there is nothing more to answer."""
    if turn.address.stopped_at is not None:
        return _resume(turn) if _resumes(turn) else _hear_no_more(turn)
    if _stops(turn):
        return _stop(turn)
    # Words that begin again stop nobody: a YES to our question is an answer, whatever else the provider makes of it.
    return turn.incoming.answered and turn.incoming.kind != "resumed"


def _stops(turn: Turn) -> bool:
    return turn.incoming.kind == "stopped" or plain(turn.incoming.text) in STOP


def _resumes(turn: Turn) -> bool:
    """A link of a site counts: Telegram sends `/start <site>` when somebody comes back by it.

    What was written before the STOP is over, though it may come after it.
    """
    said = plain(turn.incoming.text)
    stopped_at = turn.address.stopped_at
    if stopped_at is not None and _written_at(turn) < stopped_at:
        return False
    return turn.incoming.kind == "resumed" or said in START or said.partition(" ")[0] in START


def _stop(turn: Turn) -> bool:
    turn.save_address(replace(turn.address, stopped_at=_written_at(turn)))
    if turn.capabilities.answers_stop and not turn.incoming.answered:
        turn.remember(**{_BY_OUR_WORD: 1})
    return _hear_no_more(turn)


def _written_at(turn: Turn) -> datetime:
    return min(turn.incoming.sent_at or turn.now, turn.now)


def _hear_no_more(turn: Turn) -> bool:
    if not _is_held_back(turn):
        turn.say("stopped")
    return True


def _resume(turn: Turn) -> bool:
    was_held_back = _is_held_back(turn)
    turn.save_address(replace(turn.address, stopped_at=None))
    catch_up(turn)
    if was_held_back:
        return True
    turn.remember(**{_BY_OUR_WORD: None})
    turn.say("resumed")
    return False


def _is_held_back(turn: Turn) -> bool:
    """Whether the provider answers in our place, and takes nothing from us for who has stopped by its words."""
    if turn.number(_BY_OUR_WORD):
        return turn.incoming.answered and turn.incoming.kind == "stopped"
    return turn.incoming.answered or turn.capabilities.answers_stop
