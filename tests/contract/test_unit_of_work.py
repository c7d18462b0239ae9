"""The unit of work: nothing without a commit, hints only after it."""

from dataclasses import replace

import pytest

from domain.notices import Lane, Notice, NoticeKind
from domain.ports import Sent, UnitOfWork
from tests.contract.ground import MINUTE, NOW, Ground, Heard, Uows, an_address, prepare


class ChangedMind(Exception):
    pass


def _notice(uow: UnitOfWork, key: str, *, kind: NoticeKind = NoticeKind.NEAR) -> Notice:
    address_id = an_address(uow).id
    return Notice(kind=kind, address_id=address_id, dedupe_key=key, due_at=NOW, not_after=NOW + MINUTE)


def _write_everything_that_is_announced(uow: UnitOfWork) -> None:
    reminder = _notice(uow, "reminder", kind=NoticeKind.REMINDER)
    uow.outbox.add(
        [_notice(uow, "near"), reminder, replace(reminder, dedupe_key="late", due_at=NOW + MINUTE)]
    )
    for provider_id in ("m1", "m2"):
        uow.inbox.add(channel="sim-sms", handle="asha", provider_id=provider_id, payload={}, now=NOW)
        uow.phones.show(channel="sim-sms", handle="asha", payload={}, mine=True, now=NOW)
        uow.poke(7)


def _prepare_and_change_mind(uows: Uows) -> None:
    with uows() as uow:
        prepare(uow)
        raise ChangedMind


def _claim_and_change_mind(uow: UnitOfWork, slot_id: int) -> None:
    with uow.attempt():
        uow.slots.claim_seat(slot_id, now=NOW)
        _write_everything_that_is_announced(uow)
        raise ChangedMind


def test_what_is_not_committed_never_was(own_uows: Uows, heard: Heard) -> None:
    with own_uows() as uow:
        prepare(uow)
        _write_everything_that_is_announced(uow)
    with own_uows() as uow:
        assert uow.places.sites() == []
        uow.commit()
    assert heard == Heard()


def test_what_is_committed_stays(own_uows: Uows) -> None:
    with own_uows() as uow:
        ground = prepare(uow)
        uow.commit()
    with own_uows() as uow:
        assert uow.places.sites() == [ground.site]


def test_an_exception_rolls_back(own_uows: Uows) -> None:
    with pytest.raises(ChangedMind):
        _prepare_and_change_mind(own_uows)
    with own_uows() as uow:
        assert uow.places.sites() == []


def test_a_rollback_forgets_rows_and_hints(own_uows: Uows, heard: Heard) -> None:
    with own_uows() as uow:
        _write_everything_that_is_announced(uow)
        uow.rollback()
        prepare(uow)
        uow.commit()
    assert heard == Heard()
    with own_uows() as uow:
        assert len(uow.places.sites()) == 1
        assert uow.phones.phones() == []


def test_a_commit_hints_of_what_is_due_once_each(own_uows: Uows, heard: Heard) -> None:
    with own_uows() as uow:
        _write_everything_that_is_announced(uow)
        assert heard == Heard()
        uow.commit()
        uow.commit()
        due = uow.outbox.due(now=NOW, hinted_before=NOW, limit=9)
    ids: dict[Lane, list[int]] = {
        lane: [outbox_id for outbox_id, its_lane in due if its_lane is lane] for lane in Lane
    }
    assert heard == Heard(
        outbox=[(Lane.ALERTS, ids[Lane.ALERTS]), (Lane.BULK, ids[Lane.BULK])],
        senders=[("sim-sms", "asha")],
        queues=[7],
        phones=[("sim-sms", "asha")],
    )
    assert [len(i) for i in ids.values()] == [1, 1]


def test_a_broken_announcer_loses_nothing(own_uows: Uows, heard: Heard) -> None:
    heard.broken = True
    with own_uows() as uow:
        _write_everything_that_is_announced(uow)
        uow.commit()
    with own_uows() as uow:
        assert len(uow.outbox.due(now=NOW, hinted_before=NOW, limit=9)) == 2
        assert uow.inbox.due(channels={"sim-sms"}, now=NOW, hinted_before=NOW, limit=9) == [
            ("sim-sms", "asha")
        ]


def test_sending_an_answer_hints_of_what_waited_behind_it(own_uows: Uows, heard: Heard) -> None:
    with own_uows() as uow:
        answer, alert = uow.outbox.add([_notice(uow, "a", kind=NoticeKind.REPLY), _notice(uow, "b")])
        uow.commit()
        uow.outbox.claim([answer, alert], now=NOW, lease_until=NOW + MINUTE)
        uow.commit()
        heard.outbox.clear()
        uow.outbox.record_sent(answer, sent=Sent("p"), said=["hello"], now=NOW)
        uow.commit()
    assert heard.outbox == [(Lane.ALERTS, [alert])]


def test_a_failed_attempt_leaves_what_was_before_it(own_uows: Uows, heard: Heard) -> None:
    with own_uows() as uow:
        ground = prepare(uow)
        uow.poke(1)
        with pytest.raises(ChangedMind):
            _claim_and_change_mind(uow, ground.slots[0].id)
        with uow.attempt():
            uow.slots.claim_seat(ground.slots[1].id, now=NOW)
        uow.commit()
    with own_uows() as uow:
        booked = [s.booked for s in uow.slots.of_day(service_id=ground.service.id, day=ground.slots[0].day)]
    assert booked == [0, 1]
    assert heard == Heard(queues=[1])


def test_attempts_can_be_nested(uow: UnitOfWork, ground: Ground) -> None:
    slot_id = ground.slots[0].id
    with uow.attempt():
        uow.slots.claim_seat(slot_id, now=NOW)
        with pytest.raises(ChangedMind):
            _claim_and_change_mind(uow, slot_id)
    slot = uow.slots.get(slot_id)
    assert slot is not None
    assert slot.booked == 1
