"""Whether a channel lets us write to this address, and what is said where others read along.

It must never begin a conversation.
"""

from dataclasses import replace
from datetime import timedelta

from domain.conversation.turn import Turn
from domain.use_cases import alerts

QUIET_IN_A_GROUP = timedelta(minutes=1)  # between two answers there
_UNANSWERED = frozenset({"blocked", "unblocked", "nothing", "group"})


def is_out_of_reach(turn: Turn) -> bool:
    """Handles what isn't said to us in private; True when there is nothing more to answer."""
    kind = turn.incoming.kind
    if kind == "blocked":
        turn.save_address(replace(turn.address, blocked_at=turn.address.blocked_at or turn.now))
    elif turn.address.blocked_at is not None:
        # Whoever writes to us or unblocks us can be written to.
        turn.save_address(replace(turn.address, blocked_at=None))
        catch_up(turn)
    if kind == "group" and _may_speak(turn):
        turn.say("group-only-private")
    return kind in _UNANSWERED


def catch_up(turn: Turn) -> None:
    """What was kept up to date stood still while the person took nothing from us, and a call went unheard."""
    mine = turn.uow.tickets.live_of_address(turn.address.id)
    for ticket in sorted(
        mine, key=lambda ticket: ticket.queue_id
    ):  # queues are locked by id, here as everywhere
        alerts.tell_on_return(turn.uow, ticket, now=turn.now)
        turn.uow.live.refresh(ticket.id, now=turn.now)


def _may_speak(turn: Turn) -> bool:
    """A group's conversation is saved with its answers alone, so that it tells when the last one was."""
    last = turn.conversation.updated_at
    return last is None or turn.now - last >= QUIET_IN_A_GROUP
