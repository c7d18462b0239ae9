"""The screens of simulated phones, and the signs of life of processes."""

from domain.ports import PhoneMessage, UnitOfWork
from tests.contract.ground import MINUTE, NOW

ASHA = {"channel": "sim-sms", "handle": "asha"}
RAVI = {"channel": "sim-wa", "handle": "ravi"}


def test_a_screen_shows_its_latest_messages_oldest_first(uow: UnitOfWork) -> None:
    ids = [uow.phones.show(**ASHA, payload={"n": n}, mine=n == 0, now=NOW) for n in range(3)]
    uow.phones.show(**RAVI, payload={"n": 9}, mine=False, now=NOW)
    assert uow.phones.screen(**ASHA, limit=2) == [
        PhoneMessage(ids[1], mine=False, payload={"n": 1}, at=NOW, edited=False),
        PhoneMessage(ids[2], mine=False, payload={"n": 2}, at=NOW, edited=False),
    ]
    assert [m.mine for m in uow.phones.screen(**ASHA, limit=9)] == [True, False, False]
    assert uow.phones.phones() == [("sim-sms", "asha"), ("sim-wa", "ravi")]


def test_a_message_can_be_edited_where_it_is_shown_and_only_if_we_sent_it(uow: UnitOfWork) -> None:
    ours = uow.phones.show(**ASHA, payload={"n": 1}, mine=False, now=NOW)
    theirs = uow.phones.show(**ASHA, payload={"n": 2}, mine=True, now=NOW)
    assert uow.phones.edit(ours, **ASHA, payload={"n": 3})
    assert not uow.phones.edit(ours, **RAVI, payload={"n": 4})
    assert not uow.phones.edit(theirs, **ASHA, payload={"n": 4})
    shown = uow.phones.screen(**ASHA, limit=9)
    assert [(m.payload["n"], m.edited) for m in shown] == [(3, True), (2, False)]


def test_a_message_can_be_removed_where_it_is_shown_and_only_if_we_sent_it(uow: UnitOfWork) -> None:
    ours = uow.phones.show(**ASHA, payload={"n": 1}, mine=False, now=NOW)
    theirs = uow.phones.show(**ASHA, payload={"n": 2}, mine=True, now=NOW)
    assert not uow.phones.remove(ours, **RAVI)
    assert not uow.phones.remove(theirs, **ASHA)
    assert uow.phones.remove(ours, **ASHA)
    assert not uow.phones.remove(ours, **ASHA)
    assert [m.id for m in uow.phones.screen(**ASHA, limit=9)] == [theirs]


def test_the_last_beat_of_each_process_is_kept(uow: UnitOfWork) -> None:
    assert uow.heartbeats.last() == {}
    uow.heartbeats.beat("clock", now=NOW)
    uow.heartbeats.beat("worker", now=NOW)
    uow.heartbeats.beat("clock", now=NOW + MINUTE)
    assert uow.heartbeats.last() == {"clock": NOW + MINUTE, "worker": NOW}
