"""STOP and START: whether we may write to this address at all. Never argues."""

from dataclasses import replace

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
    """A link of a site counts: Telegram sends `/start <site>` when somebody comes back by it."""
    said = plain(turn.incoming.text)
    return turn.incoming.kind == "resumed" or said in START or said.partition(" ")[0] in START


def _stop(turn: Turn) -> bool:
    turn.save_address(replace(turn.address, stopped_at=turn.now))
    return _hear_no_more(turn)


def _hear_no_more(turn: Turn) -> bool:
    if not turn.capabilities.answers_stop:
        turn.say("stopped")
    return True
