"""Which process takes in a channel's messages."""

from dataclasses import replace

from domain.ports import IngestLease, UnitOfWork
from tests.contract.ground import MINUTE, NOW

OURS = IngestLease(channel="telegram", holder="a", mode="polling", lease_until=NOW + MINUTE)
THEIRS = replace(OURS, holder="b", mode="webhook", lease_until=NOW + 3 * MINUTE)


def test_nobody_holds_at_first(uow: UnitOfWork) -> None:
    assert uow.ingest_leases.of("telegram") is None


def test_a_lease_keeps_others_out_until_it_ends(uow: UnitOfWork) -> None:
    assert uow.ingest_leases.hold(OURS, now=NOW)
    assert not uow.ingest_leases.hold(THEIRS, now=NOW + MINUTE / 2)
    assert uow.ingest_leases.of("telegram") == OURS
    assert uow.ingest_leases.hold(THEIRS, now=NOW + MINUTE)
    assert uow.ingest_leases.of("telegram") == THEIRS
    assert not uow.ingest_leases.hold(OURS, now=NOW + MINUTE)


def test_its_holder_renews_it_and_the_account_once_known_stays(uow: UnitOfWork) -> None:
    longer = replace(OURS, lease_until=NOW + 2 * MINUTE)
    assert uow.ingest_leases.hold(replace(OURS, account="our_bot"), now=NOW)
    assert uow.ingest_leases.hold(longer, now=NOW)
    assert uow.ingest_leases.of("telegram") == replace(longer, account="our_bot")


def test_trouble_is_told_until_its_holder_tells_of_none(uow: UnitOfWork) -> None:
    uow.ingest_leases.hold(replace(OURS, trouble="nobody answers"), now=NOW)
    found = uow.ingest_leases.of("telegram")
    assert found is not None and found.trouble == "nobody answers"
    uow.ingest_leases.hold(OURS, now=NOW)
    assert uow.ingest_leases.of("telegram") == OURS


def test_a_lease_that_was_given_up_is_free_at_once(uow: UnitOfWork) -> None:
    uow.ingest_leases.hold(OURS, now=NOW)
    uow.ingest_leases.release("telegram", holder="b", now=NOW)
    assert not uow.ingest_leases.hold(THEIRS, now=NOW)
    uow.ingest_leases.release("telegram", holder="a", now=NOW)
    assert uow.ingest_leases.hold(THEIRS, now=NOW)


def test_channels_are_held_apart(uow: UnitOfWork) -> None:
    assert uow.ingest_leases.hold(OURS, now=NOW)
    assert uow.ingest_leases.hold(replace(THEIRS, channel="whatsapp"), now=NOW)
