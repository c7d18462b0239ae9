"""What is kept about providers: contents made there, alarms, how far incoming messages are known."""

from dataclasses import replace

from domain.ports import Content, UnitOfWork
from tests.contract.ground import MINUTE, NOW

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
