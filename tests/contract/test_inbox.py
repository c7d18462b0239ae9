"""The inbox: what arrived, once."""

from datetime import datetime

from domain.ids import InboxId
from domain.ports import InboxRow, UnitOfWork
from tests.contract.ground import MINUTE, NOBODY, NOW


def _add(uow: UnitOfWork, provider_id: str, *, handle: str = "asha", at: datetime = NOW) -> InboxId | None:
    return uow.inbox.add(
        channel="sim-sms", handle=handle, provider_id=provider_id, payload={"text": "hi"}, now=at
    )


def _due(uow: UnitOfWork, *, at: datetime, hinted_before: datetime | None = None) -> list[str]:
    before = at if hinted_before is None else hinted_before
    due = uow.inbox.due(channels={"sim-sms"}, now=at, hinted_before=before, limit=9)
    assert {channel for channel, _ in due} <= {"sim-sms"}
    return [handle for _, handle in due]


def test_a_message_is_stored_once_whatever_its_provider_repeats(uow: UnitOfWork) -> None:
    first = _add(uow, "m1")
    assert first is not None
    assert _add(uow, "m1") is None
    other = uow.inbox.add(channel="sim-wa", handle="asha", provider_id="m1", payload={}, now=NOW)
    assert other is not None


def test_the_oldest_message_of_an_address_comes_first(uow: UnitOfWork) -> None:
    first, _, second = _add(uow, "m1"), _add(uow, "m2", handle="ravi"), _add(uow, "m3")
    assert first is not None
    assert second is not None
    (row,) = uow.inbox.waiting(channel="sim-sms", handle="asha", limit=1)
    assert row == InboxRow(first, "sim-sms", "asha", "m1", {"text": "hi"}, NOW, 0)
    both = uow.inbox.waiting(channel="sim-sms", handle="asha", limit=5)
    assert [row.id for row in both] == [first, second]
    assert uow.inbox.mark_processed(first, now=NOW)
    assert not uow.inbox.mark_processed(first, now=NOW)
    (row, *_) = uow.inbox.waiting(channel="sim-sms", handle="asha", limit=1)
    assert row.id == second
    assert uow.inbox.mark_processed(second, now=NOW, error="gave-up")
    assert uow.inbox.waiting(channel="sim-sms", handle="asha", limit=1) == []
    assert not uow.inbox.mark_processed(NOBODY, now=NOW)


def test_a_failed_attempt_is_counted_and_rests(uow: UnitOfWork) -> None:
    first = _add(uow, "m1")
    assert first is not None
    _add(uow, "m2")
    uow.inbox.count_attempt(first, error="bug", due_at=NOW + MINUTE)
    (row, *_) = uow.inbox.waiting(channel="sim-sms", handle="asha", limit=1)
    assert (row.id, row.attempts) == (first, 1)
    # The younger message waits for the older one, or answers would lose their order.
    assert _due(uow, at=NOW) == []
    assert _due(uow, at=NOW + MINUTE) == ["asha"]


def test_senders_are_due_oldest_first_and_not_again_while_a_hint_is_fresh(uow: UnitOfWork) -> None:
    for number, handle in enumerate(["ravi", "asha", "ravi"]):
        _add(uow, f"m{number}", handle=handle, at=NOW + number * MINUTE)
    assert _due(uow, at=NOW + 9 * MINUTE) == ["ravi", "asha"]
    assert _due(uow, at=NOW) == ["ravi"]
    # A commit gives a hint of its own, so a row counts as hinted when it fell due.
    assert _due(uow, at=NOW, hinted_before=NOW - MINUTE) == []
    later = NOW + 9 * MINUTE
    uow.inbox.mark_hinted([("sim-sms", "ravi")], now=later)
    uow.inbox.mark_hinted([], now=later)
    assert _due(uow, at=later, hinted_before=later - MINUTE) == ["asha"]
    assert _due(uow, at=later + MINUTE) == ["ravi", "asha"]
    due = uow.inbox.due(channels={"sim-sms"}, now=later + MINUTE, hinted_before=later + MINUTE, limit=1)
    assert due == [("sim-sms", "ravi")]


def test_many_are_asked_at_once_which_nobody_has_stored(uow: UnitOfWork) -> None:
    _add(uow, "m1")
    _add(uow, "m1200")
    asked = [f"m{number}" for number in range(1, 1301)]
    assert {*asked} - uow.inbox.unknown(asked, channel="sim-sms") == {"m1", "m1200"}
    assert uow.inbox.unknown(["m1"], channel="sim-wa") == {"m1"}
    assert uow.inbox.unknown([], channel="sim-sms") == set()


def test_what_came_by_a_channel_that_is_gone_is_in_nobodys_way(uow: UnitOfWork) -> None:
    _add(uow, "m1")
    assert uow.inbox.due(channels={"sim-wa"}, now=NOW, hinted_before=NOW, limit=9) == []
    assert uow.inbox.due(channels=set(), now=NOW, hinted_before=NOW, limit=9) == []
    assert uow.inbox.due(channels={"sim-wa", "sim-sms"}, now=NOW, hinted_before=NOW, limit=9) == [
        ("sim-sms", "asha")
    ]
