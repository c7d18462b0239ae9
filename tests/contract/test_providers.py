"""What is kept about providers: contents made there, alarms, receipts, how far incoming messages are known."""

from dataclasses import replace

from domain.errors import SendFault
from domain.ids import OutboxId
from domain.notices import Notice, NoticeKind
from domain.ports import Content, Receipt, ReceiptState, UnitOfWork
from tests.contract.ground import MINUTE, NOW, an_address

LATER = NOW + 5 * MINUTE
NEAR = Content("whatsapp", "AC1", "notice-near", "hi", "HX1", "f1", ("service", "ahead"))


def test_a_content_is_kept_once_for_each_account_name_and_language(uow: UnitOfWork) -> None:
    elsewhere = replace(NEAR, account="AC2", content_id="HX2")
    approved = replace(NEAR, state="approved", category="UTILITY", checked_at=NOW)
    uow.contents.save(NEAR)
    uow.contents.save(elsewhere)
    uow.contents.save(approved)
    assert uow.contents.of(channel="whatsapp", account="AC1") == [approved]
    assert uow.contents.find("notice-near", channel="whatsapp", account="AC2", language="hi") == elsewhere
    assert uow.contents.find("notice-near", channel="whatsapp", account="AC1", language="en") is None


def test_an_alarm_rings_in_one_row_and_stops_when_all_is_right_again(uow: UnitOfWork) -> None:
    uow.alarms.ring("sms:30007", told="filtered", todo="register", now=NOW)
    uow.alarms.ring("twilio:20003", told="refused", todo="look", now=NOW)
    uow.alarms.ring("sms:30007", told="filtered again", todo="register", now=LATER)
    latest, other = uow.alarms.ringing(since=NOW)
    assert (latest.told, latest.count, latest.first_at, latest.last_at) == (
        "filtered again",
        2,
        NOW,
        LATER,
    )
    assert other.key == "twilio:20003"
    assert [alarm.key for alarm in uow.alarms.ringing(since=LATER)] == ["sms:30007"]
    uow.alarms.end("sms:30007")
    assert [alarm.key for alarm in uow.alarms.ringing(since=NOW)] == ["twilio:20003"]


def test_what_is_known_of_incoming_messages_begins_now_and_only_moves_on(uow: UnitOfWork) -> None:
    assert uow.look_backs.looked_at("sms") is None
    assert uow.look_backs.since("sms", now=NOW) == NOW
    assert uow.look_backs.since("sms", now=LATER) == NOW
    uow.look_backs.move("sms", until=LATER, now=LATER)
    uow.look_backs.move("sms", until=NOW, now=LATER)
    assert uow.look_backs.since("sms", now=NOW) == LATER
    assert uow.look_backs.looked_at("sms") == LATER


def _two_rows(uow: UnitOfWork) -> list[OutboxId]:
    address_id = an_address(uow).id
    kinds = (NoticeKind.NEAR, NoticeKind.CALLED)
    return uow.outbox.add([Notice(kind, address_id, kind.value, NOW, LATER) for kind in kinds])


def test_a_report_moves_a_message_on_and_never_back(uow: UnitOfWork) -> None:
    row, _ = _two_rows(uow)
    failed = Receipt("m1", ReceiptState.FAILED, SendFault.REFUSED, "30007", "filtered", "register")
    reports = [
        (Receipt("m1", ReceiptState.SENT), True),
        (Receipt("m1", ReceiptState.ACCEPTED), False),
        (failed, True),
        (replace(failed, code="30003"), False),
        (Receipt("m1", ReceiptState.SENT), False),
    ]
    for report, is_news in reports:
        assert uow.receipts.keep(report, outbox_id=row, now=NOW) is is_news
    assert uow.receipts.of("m1") == failed
    assert uow.receipts.keep(Receipt("m1", ReceiptState.DELIVERED), outbox_id=row, now=LATER)
    assert not uow.receipts.keep(failed, outbox_id=row, now=LATER)
    assert uow.receipts.keep(Receipt("m1", ReceiptState.READ), outbox_id=row, now=LATER)
    assert uow.receipts.of("m1") == Receipt("m1", ReceiptState.READ)


def test_each_message_has_a_report_of_its_own_and_belongs_to_one_row(uow: UnitOfWork) -> None:
    row, other = _two_rows(uow)
    assert uow.receipts.keep(Receipt("m1", ReceiptState.SENT), outbox_id=row, now=NOW)
    assert uow.receipts.keep(Receipt("m2", ReceiptState.READ), outbox_id=row, now=NOW)
    assert not uow.receipts.keep(Receipt("m1", ReceiptState.READ), outbox_id=other, now=NOW)
    assert uow.receipts.of("m1") == Receipt("m1", ReceiptState.SENT)
    assert uow.receipts.of("m3") is None
