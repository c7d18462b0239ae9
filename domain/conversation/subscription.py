"""STOP and START: whether we may write to this address at all. Never argues."""

from dataclasses import replace
from datetime import datetime

from domain.conversation.reach import catch_up
from domain.conversation.turn import Turn
from domain.conversation.words import START, STOP, plain


def is_silenced(turn: Turn) -> bool:
    """Handles what stops or resumes; True when there is nothing more to answer.

    Where the provider answers STOP and START itself, we only keep what was said.
    """
    if turn.address.stopped_at is None:
        return _stops(turn) and _stop(turn)
    if not _resumes(turn):
        return _hear_no_more(turn)
    turn.save_address(replace(turn.address, stopped_at=None))
    catch_up(turn)
    if turn.capabilities.answers_stop:
        return True
    turn.say("resumed")
    return False


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
    return _hear_no_more(turn)


def _written_at(turn: Turn) -> datetime:
    return min(turn.incoming.sent_at or turn.now, turn.now)


def _hear_no_more(turn: Turn) -> bool:
    if not turn.capabilities.answers_stop:
        turn.say("stopped")
    return True
