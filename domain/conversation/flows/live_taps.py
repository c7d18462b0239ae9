"""Buttons of the message that is kept up to date. They stand beside the conversation: its own question stays as it is.

A reference names a ticket and a verb, and anybody could make one up: whose the ticket is and how it stands is looked
up each time.
"""

import re

from domain.conversation.flows import tracking
from domain.conversation.turn import Turn
from domain.errors import DomainError
from domain.queue import LIVE, Ticket
from domain.use_cases import presence

_REF = re.compile(r"t:(\d{1,18}):(here|late|leave|refresh)", flags=re.ASCII)


def hear(turn: Turn) -> str | None:
    """None for anything but a live message's button of a ticket that is this person's; else the state whose question is
    asked now, or "" where nothing is.
    """
    match = _REF.fullmatch(turn.incoming.tapped or "") if turn.incoming.kind == "tap" else None
    ticket = match and presence.own_ticket(turn.uow, ticket_id=int(match[1]), address_id=turn.address.id)
    if match is None or ticket is None:
        return None
    turn.is_aside = True
    verb = match[2]
    try:
        with turn.attempt():
            return _begin_leaving(turn, ticket) if verb == "leave" else _do(turn, ticket, verb)
    except DomainError as refusal:
        turn.uow.live.refresh(ticket.id, now=turn.now)
        turn.say(refusal.key, **refusal.params)
        return ""


def _do(turn: Turn, ticket: Ticket, verb: str) -> str:
    if verb == "refresh" and ticket.state not in LIVE:
        raise DomainError("ticket-over")
    if verb != "refresh":
        say = presence.check_in if verb == "here" else presence.running_late
        say(turn.uow, ticket_id=ticket.id, actor=turn.actor, now=turn.now)
    turn.uow.live.refresh(ticket.id, now=turn.now)
    return ""


def _begin_leaving(turn: Turn, ticket: Ticket) -> str:
    """Asked in a message of its own: what was tapped goes on showing the place."""
    presence.refuse_leaving(turn.uow, ticket_id=ticket.id, actor=turn.actor)
    tracking.follow(turn, ticket)
    turn.is_aside, turn.keeps_shown = False, True
    return "leave"
