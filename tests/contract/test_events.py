"""Events: appended, undone at most once."""

from dataclasses import replace

import pytest

from domain.events import UNDOABLE, Actor, Event, EventName, RecordedEvent
from domain.ports import UnitOfWork
from tests.contract.ground import NOBODY, NOW, Ground, a_ticket, a_user


def _event(ground: Ground, name: EventName = EventName.TICKET_CALLED) -> Event:
    return Event(
        name=name,
        at=NOW,
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
        actor=Actor(),
        queue_id=ground.queue.id,
        counter_id=ground.counter.id,
    )


def test_the_last_action_is_read_back_whole(uow: UnitOfWork, ground: Ground) -> None:
    ticket = a_ticket(uow, ground, number=1)
    event = replace(
        _event(ground),
        actor=Actor(user_id=a_user(uow, ground)),
        ticket_id=ticket.id,
        data={"changes": [{"ticket": ticket.id, "before": None}]},
    )
    event_id = uow.events.add(event)
    wanted = RecordedEvent(event_id, event, undone=False)
    assert uow.events.last_action(counter_id=ground.counter.id) == wanted
    assert uow.events.last_of_queue(ground.queue.id) == wanted
    assert uow.events.last_action(counter_id=NOBODY) is None
    assert uow.events.last_of_queue(NOBODY) is None


@pytest.mark.parametrize("name", EventName)
def test_only_what_undo_knows_is_an_action(uow: UnitOfWork, ground: Ground, name: EventName) -> None:
    uow.events.add(_event(ground, name))
    assert (uow.events.last_action(counter_id=ground.counter.id) is not None) == (name in UNDOABLE)
    assert (uow.events.last_of_queue(ground.queue.id) is not None) == (name in UNDOABLE)


def test_an_undone_action_uncovers_the_one_before(uow: UnitOfWork, ground: Ground) -> None:
    first = uow.events.add(_event(ground))
    second = uow.events.add(_event(ground))
    assert uow.events.mark_undone(second)
    assert not uow.events.mark_undone(second)
    assert not uow.events.mark_undone(NOBODY)
    last = uow.events.last_action(counter_id=ground.counter.id)
    assert last is not None
    assert last.id == first


def test_a_queue_sees_what_any_counter_did(uow: UnitOfWork, ground: Ground) -> None:
    other = uow.places.add_counter(site=ground.site, name="Room 2", service_ids=[])
    mine = uow.events.add(_event(ground))
    theirs = uow.events.add(replace(_event(ground), counter_id=other))
    last = uow.events.last_action(counter_id=ground.counter.id)
    of_queue = uow.events.last_of_queue(ground.queue.id)
    assert last is not None
    assert of_queue is not None
    assert (last.id, of_queue.id) == (mine, theirs)
