"""What providers report of messages: by rank, whether early, late, twice or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SendError, SendFault
from domain.ids import AddressId, OutboxId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.ports import Outgoing, Receipt, ReceiptState, Sent, Services, UnitOfWork
from domain.use_cases.deliver import LEASE, work_outbox
from domain.use_cases.receipts import take_early_receipt, take_receipt
from domain.views import MessageView
from persistence.memory import memory_uow
from tests.contract.ground import NOW, Heard, prepare
from tests.delivery.world import Hospital, KeptMessages, SetClock

DELIVERED, READ, SENT = ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.SENT
FAILED = Receipt("1", ReceiptState.FAILED, SendFault.REFUSED, "30007", "Carriers filter us.", "Register.")
_keys = count()


@pytest.fixture
def report(services: Services, clock: SetClock) -> Callable[..., bool]:
    def take(outbox_id: int, receipt: Receipt | ReceiptState, *, of: str = "1") -> bool:
        known = receipt if isinstance(receipt, Receipt) else Receipt(of, receipt)
        with services.uow() as uow:
            was_news = take_receipt(uow, outbox_id, known, channels=services.channels, now=clock.at)
            uow.commit()
        return was_news

    return take


@pytest.fixture
def called(hospital: Hospital) -> OutboxId:
    """A call to somebody who books by sim-sms, due now."""
    hospital.books("asha")
    hospital.starts()
    hospital.calls_next()
    return OutboxId(max(hospital.due()))


def seen(services: Services, outbox_id: int) -> MessageView:
    with services.uow() as uow:
        site = uow.places.sites()[0]
        rows = uow.message_log.page(
            site_id=site.id,
            since=NOW - timedelta(days=9),
            until=NOW + timedelta(days=9),
            before=None,
            only_problems=False,
            limit=99,
        )
    return next(row for row in rows if row.id == outbox_id)


def state(services: Services, outbox_id: int) -> str:
    return seen(services, outbox_id).state


def test_delivered_and_read_are_kept_with_their_first_times(
    services: Services, clock: SetClock, called: OutboxId, report: Callable[..., bool]
) -> None:
    work_outbox(services, [called])
    sent_at = clock.at
    for receipt, is_news in (
        (SENT, True),
        (DELIVERED, True),
        (DELIVERED, False),
        (READ, True),
        (SENT, False),
    ):
        clock.forward(seconds=1)
        assert report(called, receipt) is is_news
    row = seen(services, called)
    assert (row.state, row.sent_at) == ("read", sent_at)
    assert row.delivered_at == sent_at + timedelta(seconds=2)
    assert row.read_at == sent_at + timedelta(seconds=4)


def test_what_was_read_was_delivered(
    services: Services, clock: SetClock, called: OutboxId, report: Callable[..., bool]
) -> None:
    work_outbox(services, [called])
    report(called, READ)
    clock.forward(seconds=5)
    assert not report(called, DELIVERED)
    row = seen(services, called)
    assert row.delivered_at == row.read_at == clock.at - timedelta(seconds=5)


def test_a_report_of_a_row_that_is_not_there_is_nothing(
    services: Services, called: OutboxId, report: Callable[..., bool]
) -> None:
    assert not report(called + 1000, DELIVERED)
    with services.uow() as uow:
        assert uow.receipts.of("1") is None


def test_a_failure_is_dealt_with_once(
    services: Services, called: OutboxId, report: Callable[..., bool]
) -> None:
    work_outbox(services, [called])
    assert report(called, FAILED)
    assert not report(called, FAILED)
    assert not report(called, SENT)
    assert (seen(services, called).state, seen(services, called).error) == ("failed", "refused 30007")
    with services.uow() as uow:
        (alarm,) = uow.alarms.ringing(since=NOW)
    assert (alarm.told, alarm.todo, alarm.count) == (FAILED.told, FAILED.todo, 1)


def test_a_delivery_overrides_a_failure_and_never_the_other_way_round(
    services: Services, called: OutboxId, report: Callable[..., bool]
) -> None:
    work_outbox(services, [called])
    report(called, FAILED)
    assert report(called, DELIVERED)
    assert not report(called, FAILED)
    assert (seen(services, called).state, seen(services, called).error) == ("delivered", None)


def test_a_failure_told_before_the_request_was_answered_counts_once_it_is(
    services: Services, sender: KeptMessages, called: OutboxId, report: Callable[..., bool]
) -> None:
    told: list[str] = []

    def tells_early(_: Outgoing) -> None:
        report(called, FAILED)
        told.append(state(services, called))

    sender.before = tells_early
    assert work_outbox(services, [called]) == 1
    assert told == ["sending"]
    assert (seen(services, called).state, seen(services, called).error) == ("failed", "refused 30007")


def test_a_delivery_told_before_the_request_was_answered_stays(
    services: Services, sender: KeptMessages, called: OutboxId, report: Callable[..., bool]
) -> None:
    sender.before = lambda _: report(called, DELIVERED)
    assert work_outbox(services, [called]) == 1
    row = seen(services, called)
    assert row.state == "delivered"
    assert row.said


def test_what_arrived_although_its_sender_heard_nothing_goes_no_more(
    services: Services, sender: KeptMessages, clock: SetClock, called: OutboxId, report: Callable[..., bool]
) -> None:
    sender.faults = [SendError(SendFault.UNCLEAR)]
    work_outbox(services, [called])
    assert state(services, called) == "later"
    report(called, DELIVERED, of="lost")
    clock.forward(seconds=30)
    assert work_outbox(services, [called]) == 0
    assert sender.handed == []
    assert state(services, called) == "delivered"


def test_what_a_dead_worker_sent_goes_no_more_once_it_has_arrived(
    services: Services, clock: SetClock, called: OutboxId, report: Callable[..., bool]
) -> None:
    with services.uow() as uow:
        uow.outbox.claim([called], now=clock.at, lease_until=clock.at + LEASE)
        uow.commit()
    report(called, DELIVERED)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    assert work_outbox(services, [called]) == 0


def test_a_fault_after_the_arrival_has_no_consequence(
    services: Services, sender: KeptMessages, called: OutboxId, report: Callable[..., bool]
) -> None:
    sender.before = lambda _: report(called, DELIVERED, of="lost")
    sender.faults = [SendError(SendFault.REFUSED, "30007")]
    work_outbox(services, [called])
    assert state(services, called) == "delivered"
    with services.uow() as uow:
        assert uow.alarms.ringing(since=NOW) == []


def test_a_fault_told_by_whose_claim_ran_out_undoes_nothing_that_another_has_sent(
    services: Services, sender: KeptMessages, clock: SetClock, called: OutboxId
) -> None:
    def takes_too_long(_: Outgoing) -> None:
        sender.before = lambda _: None
        clock.forward(seconds=LEASE.total_seconds() + 1)
        assert work_outbox(services, [called]) == 1
        sender.faults = [SendError(SendFault.REFUSED, "30007")]

    sender.before = takes_too_long
    assert work_outbox(services, [called]) == 0
    assert (state(services, called), len(sender.handed)) == ("sent", 1)
    with services.uow() as uow:
        assert uow.alarms.ringing(since=NOW) == []


def test_what_became_of_an_earlier_attempt_changes_nothing_unless_it_arrived(
    services: Services, sender: KeptMessages, clock: SetClock, called: OutboxId, report: Callable[..., bool]
) -> None:
    work_outbox(services, [called])
    report(called, Receipt("1", ReceiptState.FAILED, SendFault.ABSENT, "30003"))
    assert state(services, called) == "later"
    clock.forward(minutes=1)
    work_outbox(services, [called])
    assert [outgoing.outbox_id for outgoing in sender.handed] == [called, called]
    assert not report(called, Receipt("1", ReceiptState.FAILED, SendFault.ABSENT, "30003"))
    assert report(called, Receipt("0", ReceiptState.FAILED, SendFault.REFUSED, "30007"))
    assert state(services, called) == "sent"
    assert report(called, DELIVERED, of="1")
    assert state(services, called) == "delivered"
    assert report(called, replace(FAILED, provider_id="2"))
    assert state(services, called) == "delivered"


def test_what_arrived_after_all_is_not_told_at_another_address(
    services: Services, clock: SetClock, called: OutboxId, report: Callable[..., bool]
) -> None:
    work_outbox(services, [called])
    with services.uow() as uow:
        row = uow.outbox.row(called)
        assert row is not None
        other = uow.people.address(channel="sim-telegram", handle="asha", now=clock.at)
        elsewhere = replace(row.notice, address_id=other.id, dedupe_key="else", fallback_of=called)
        (fallback,) = uow.outbox.add([elsewhere])
        uow.commit()
    report(called, FAILED)
    report(called, DELIVERED)
    assert (state(services, fallback), seen(services, fallback).error) == ("suppressed", "reached")
    assert work_outbox(services, [fallback]) == 0


REPORTS = {
    "1": [
        Receipt("1", state, SendFault.REFUSED if state is ReceiptState.FAILED else None)
        for state in ReceiptState
    ],
    "0": [Receipt("0", ReceiptState.FAILED, SendFault.ABSENT), Receipt("0", ReceiptState.SENT)],
}


@given(
    reports=st.lists(st.sampled_from([*REPORTS["1"], *REPORTS["0"]]), max_size=12),
    sent_after=st.integers(min_value=0, max_value=12),
)
def test_any_order_repetition_and_loss_ends_in_the_highest_rank(
    reports: Sequence[Receipt], sent_after: int
) -> None:
    with memory_uow(Heard())() as uow:
        outbox_id = _claimed_row(uow)
        for number, receipt in enumerate([*reports, None]):
            if number == min(sent_after, len(reports)):
                uow.outbox.record_sent(outbox_id, sent=Sent("1"), said=[], now=NOW)
                take_early_receipt(uow, outbox_id, "1", channels={}, now=NOW)
            if receipt is not None:
                take_receipt(uow, outbox_id, receipt, channels={}, now=NOW)
        highest = max((r.state for r in reports if r.provider_id == "1"), default=SENT)
        expected = {DELIVERED: "delivered", READ: "read", ReceiptState.FAILED: "failed"}.get(highest, "sent")
        row = uow.outbox.row(outbox_id)
        assert row is not None
        assert row.state == expected


def _claimed_row(uow: UnitOfWork) -> OutboxId:
    ground = prepare(uow)
    organisation_id = ground.site.organisation_id
    address = uow.people.address(channel="sms", handle="asha", now=NOW)
    uow.people.user_of(address_id=address.id, organisation_id=organisation_id, name="Asha", language=None)
    not_after = NOW + VALID_FOR[NoticeKind.CALLED]
    notice = Notice(
        NoticeKind.CALLED, AddressId(address.id), f"{next(_keys)}", NOW, not_after, organisation_id
    )
    (outbox_id,) = uow.outbox.add([notice])
    uow.outbox.claim([outbox_id], now=NOW, lease_until=NOW + LEASE)
    return outbox_id
