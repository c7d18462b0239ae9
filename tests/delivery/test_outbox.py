"""What becomes of a row: sent, put off, given up; each whatever becomes of the others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation.messages import Choice, Reply, Text
from domain.errors import SendError, SendFault
from domain.notices import DESPITE_STOP, Lane, Notice, NoticeKind
from domain.ports import Outgoing, Services
from domain.texts.compose import replies_as_data
from domain.use_cases.consequences import MOST_ATTEMPTS
from domain.use_cases.deliver import LEASE, sweep_outbox, work_outbox
from tests.delivery.world import Hospital, KeptHints, KeptMessages, SetClock

ASK = Reply(
    Text("ask-service"),
    choices=(
        Choice("service:1", Text("service", {"name": "Dr Rao"})),
        Choice("service:2", Text("service", {"name": "Dr Sen"})),
    ),
)


@pytest.fixture
def story_url(database_url: str) -> str:
    return database_url


def answer(
    hospital: Hospital,
    handle: str,
    *,
    key: str,
    channel: str = "sim-sms",
    replaces: str | None = None,
    despite_stop: bool = False,
) -> int:
    """The row of an answer with two choices, as a conversation leaves it."""
    address_id = hospital.address(handle, channel=channel)
    now = hospital.clock.at
    notice = Notice(
        kind=NoticeKind.REPLY,
        address_id=address_id,
        dedupe_key=key,
        due_at=now,
        not_after=now + timedelta(hours=1),
        data=replies_as_data([ASK], revision=7, first=3) | ({DESPITE_STOP: True} if despite_stop else {}),
        replaces=replaces,
    )
    with hospital.services.uow() as uow:
        (outbox_id,) = uow.outbox.add([notice])
        uow.commit()
    return outbox_id


def test_an_answer_carries_its_choices_with_numbers_and_references(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    assert work_outbox(services, [answer(hospital, "a", key="1")]) == 1
    (message,) = sender.handed[0].messages
    assert message.text == "en sms ask-service"
    assert [(option.ref, option.number, option.label) for option in message.options] == [
        ("7:3", 3, "en sms service name=Dr Rao"),
        ("7:4", 4, "en sms service name=Dr Sen"),
    ]


def test_an_answer_takes_the_place_of_the_tapped_message_only_where_the_channel_edits(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    rows = [
        answer(hospital, "a", key="1", channel="sim-telegram", replaces="41"),
        answer(hospital, "b", key="2", channel="sim-sms", replaces="42"),
    ]
    work_outbox(services, rows)
    assert [outgoing.messages[0].replaces for outgoing in sender.handed] == ["41", None]


def test_a_row_goes_once_however_often_it_is_hinted(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    row = answer(hospital, "a", key="1")
    assert work_outbox(services, [row, row]) == 1
    assert work_outbox(services, [row]) == 0
    assert len(sender.handed) == 1


def test_the_same_key_is_one_row(hospital: Hospital) -> None:
    answer(hospital, "a", key="1")
    with pytest.raises(ValueError, match="not enough values"):
        answer(hospital, "a", key="1")
    assert len(hospital.due()) == 1


def test_a_provider_is_never_asked_inside_a_transaction(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    def write(outgoing: Outgoing) -> None:  # on SQLite a second writer would wait for the first, and fail
        with services.uow() as uow:
            uow.heartbeats.beat("meanwhile", now=hospital.clock.at)
            uow.commit()

    sender.before = write
    assert work_outbox(services, [answer(hospital, "a", key="1")]) == 1


def test_answers_to_one_person_keep_their_order_though_the_first_has_to_wait(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    first, second = answer(hospital, "a", key="1"), answer(hospital, "a", key="2")
    sender.faults = [SendError(SendFault.LATER)]
    assert work_outbox(services, [first, second]) == 0
    clock.forward(seconds=3)
    assert work_outbox(services, [second]) == 0
    assert work_outbox(services, [first, second]) == 2
    assert [outgoing.outbox_id for outgoing in sender.handed] == [first, second]


def test_a_failing_provider_is_asked_again_ever_more_rarely(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    waits = []
    for _ in range(5):
        sender.faults = [SendError(SendFault.LATER, code="503")]
        assert work_outbox(services, [row]) == 0
        waits.append(0)
        while not hospital.due():
            clock.forward(seconds=1)
            waits[-1] += 1
    assert waits == sorted(waits)
    assert waits[-1] >= 10
    assert work_outbox(services, [row]) == 1


def test_a_throttled_provider_is_asked_when_it_said(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    sender.faults = [SendError(SendFault.THROTTLED, code="429", retry_after=30)]
    work_outbox(services, [row])
    clock.forward(seconds=29)
    assert hospital.due() == []
    clock.forward(seconds=1)
    assert hospital.due() == [row]


def test_a_retry_that_would_come_too_late_is_given_up_at_once(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    sender.faults = [SendError(SendFault.THROTTLED, retry_after=3600)]
    work_outbox(services, [row])
    clock.forward(hours=2)
    assert work_outbox(services, [row]) == 0
    with services.uow() as uow:
        assert uow.outbox.expire(now=clock.at, limit=10) == 0  # failed, for staff to see; not expired


@pytest.mark.parametrize("fault", [SendFault.STOPPED, SendFault.UNREACHABLE])
def test_an_address_that_takes_nothing_is_not_tried_again(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock, fault: SendFault
) -> None:
    row = answer(hospital, "a", key="1")
    sender.faults = [SendError(fault)]
    work_outbox(services, [row])
    clock.forward(minutes=10)
    assert hospital.due() == []
    with services.uow() as uow:
        address = uow.people.address(channel="sim-sms", handle="a", now=clock.at)
    assert (address.stopped_at is not None) is (fault is SendFault.STOPPED)


def test_our_own_fault_raises_an_alarm_and_is_tried_again(
    hospital: Hospital,
    services: Services,
    sender: KeptMessages,
    clock: SetClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = answer(hospital, "a", key="1")
    sender.faults = [SendError(SendFault.OURS, code="20003")]
    work_outbox(services, [row])
    assert "refuses us: ours 20003" in caplog.text
    clock.forward(seconds=10)
    assert work_outbox(services, [row]) == 1


def test_a_row_that_trips_over_a_bug_stops_no_other_and_is_given_up_in_the_end(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    bad, good = answer(hospital, "a", key="1"), answer(hospital, "b", key="2")
    sender.faults = [RuntimeError("a bug")]
    assert work_outbox(services, [bad, good]) == 1
    for _ in range(MOST_ATTEMPTS - 1):
        clock.forward(minutes=2)
        sender.faults = [RuntimeError("a bug")]
        assert work_outbox(services, [bad]) == 0
    clock.forward(minutes=2)
    sender.faults = []
    assert work_outbox(services, [bad]) == 0


def test_a_row_that_cannot_be_put_into_words_stops_no_other_and_is_given_up_in_the_end(
    hospital: Hospital, services: Services, clock: SetClock
) -> None:
    address_id = hospital.address("a")
    broken = Notice(
        kind=NoticeKind.REPLY,
        address_id=address_id,
        dedupe_key="broken",
        due_at=clock.at,
        not_after=clock.at + timedelta(hours=1),
        data={"replies": [{"say": {}}]},
    )
    with services.uow() as uow:
        (bad,) = uow.outbox.add([broken])
        uow.commit()
    assert work_outbox(services, [bad, answer(hospital, "b", key="2")]) == 1
    for _ in range(MOST_ATTEMPTS):
        clock.forward(minutes=2)
        work_outbox(services, [bad])
    clock.forward(minutes=2)
    assert hospital.due() == []


def test_what_a_dead_worker_left_is_taken_up_when_its_lease_has_run_out(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    with services.uow() as uow:
        assert len(uow.outbox.claim([row], now=clock.at, lease_until=clock.at + LEASE)) == 1
        uow.commit()
    clock.forward(seconds=14)
    assert work_outbox(services, [row]) == 0
    clock.forward(seconds=2)
    assert hospital.due() == [row]
    assert work_outbox(services, [row]) == 1


def test_what_is_too_old_is_not_sent(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    clock.forward(hours=1, seconds=1)
    assert work_outbox(services, [row]) == 0
    assert sweep_outbox(services).expired == 1
    assert hospital.due() == []
    assert sender.handed == []


def test_who_said_stop_hears_nothing_unasked_but_is_answered_where_the_provider_does_not(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    for channel in ("sim-sms", "sim-whatsapp"):
        hospital.books("a", channel=channel)
        hospital.says_stop("a", channel=channel)
    hospital.starts()
    work_outbox(services, hospital.due())
    assert sender.handed == []
    answers = [
        answer(hospital, "a", key="1", channel="sim-sms"),
        answer(hospital, "a", key="2", channel="sim-whatsapp"),
    ]
    assert work_outbox(services, answers) == 1
    assert sender.handed[0].messages[0].text.startswith("en sms")


def test_who_stopped_by_a_word_that_only_we_know_is_told_so_where_the_provider_answers_the_others(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    hospital.books("a", channel="sim-whatsapp")
    hospital.says_stop("a", channel="sim-whatsapp")
    told = answer(hospital, "a", key="1", channel="sim-whatsapp", despite_stop=True)
    before = answer(hospital, "a", key="2", channel="sim-whatsapp")
    assert work_outbox(services, [told, before]) == 1
    assert [outgoing.outbox_id for outgoing in sender.handed] == [told]


def test_the_sweep_hints_of_what_was_not_hinted_and_not_again_for_a_moment(
    hospital: Hospital, services: Services, hints: KeptHints, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    hints.outbox.clear()
    clock.forward(seconds=3)
    assert sweep_outbox(services).hinted == 1
    assert hints.hinted() == [row]
    clock.forward(seconds=9)
    assert sweep_outbox(services).hinted == 0
    clock.forward(seconds=1)
    assert sweep_outbox(services).hinted == 1
    assert sender.handed == []


def test_the_sweep_sends_by_itself_while_no_hint_is_taken_the_oldest_first(
    hospital: Hospital, services: Services, hints: KeptHints, sender: KeptMessages, clock: SetClock
) -> None:
    hints.takes = False
    rows = [answer(hospital, name, key=name) for name in "abc"]
    clock.forward(seconds=3)
    assert sweep_outbox(services).worked == 3
    assert [outgoing.outbox_id for outgoing in sender.handed] == rows


def test_the_sweep_sends_by_itself_what_was_hinted_of_and_no_worker_heard(
    hospital: Hospital, services: Services, hints: KeptHints, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    for _ in range(6):
        clock.forward(seconds=3)
        sweep_outbox(services)
    assert sender.handed == []
    clock.forward(seconds=3)
    assert sweep_outbox(services).worked == 1
    assert [outgoing.outbox_id for outgoing in sender.handed] == [row]


def test_a_notice_is_in_the_persons_language_else_the_sites(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    booked = hospital.books("a")
    assert booked.ticket.address_id is not None
    hospital.speaks("a", "hi")
    hospital.starts()
    work_outbox(services, hospital.due())
    assert sender.texts[0].startswith("hi sms notice-near")


def test_a_throttled_row_has_not_been_tried(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    for _ in range(2 * MOST_ATTEMPTS):
        sender.faults = [SendError(SendFault.THROTTLED, code="bot", retry_after=1)]
        assert work_outbox(services, [row]) == 0
        clock.forward(seconds=1)
    sender.faults = [SendError(SendFault.UNCLEAR)]
    assert work_outbox(services, [row]) == 0
    clock.forward(seconds=2)
    assert work_outbox(services, [row]) == 1


def test_what_may_have_arrived_is_told_once_more_whatever_failed_before(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    for fault in (SendFault.LATER, SendFault.LATER, SendFault.UNCLEAR):
        sender.faults = [SendError(fault)]
        assert work_outbox(services, [row]) == 0
        clock.forward(seconds=10)
    assert work_outbox(services, [row]) == 1


def test_what_may_have_arrived_twice_is_told_no_more(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    for fault in (SendFault.UNCLEAR, SendFault.LATER, SendFault.UNCLEAR):
        sender.faults = [SendError(fault)]
        assert work_outbox(services, [row]) == 0
        clock.forward(seconds=10)
    assert work_outbox(services, [row]) == 0
    assert sender.handed == []


def test_what_was_looked_for_and_never_went_is_tried_while_it_is_useful(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock
) -> None:
    row = answer(hospital, "a", key="1")
    for looked in (False, True, True, True, True, True):
        sender.faults = [SendError(SendFault.UNCLEAR, looked=looked)]
        assert work_outbox(services, [row]) == 0
        clock.forward(seconds=75)
    assert work_outbox(services, [row]) == 1
    assert len(sender.handed) == 1


def test_rows_that_are_put_off_come_back_in_the_order_of_their_turns(
    hospital: Hospital, services: Services, sender: KeptMessages, clock: SetClock, hints: KeptHints
) -> None:
    rows = [answer(hospital, name, key=name) for name in "abc"]
    sender.faults = [SendError(SendFault.THROTTLED, code="bot", retry_after=wait) for wait in (3, 1, 2)]
    assert work_outbox(services, rows) == 0
    clock.forward(seconds=3)
    hints.outbox.clear()
    sweep_outbox(services)
    assert [ids for _, ids in hints.outbox] == [[rows[1], rows[2], rows[0]]]


def test_who_waits_for_a_word_now_has_it_before_others(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    booked = hospital.books("a")
    address_id = hospital.address("b")
    moved = Notice(
        kind=NoticeKind.MOVED,
        address_id=address_id,
        dedupe_key="moved",
        due_at=hospital.clock.at,
        not_after=hospital.clock.at + timedelta(hours=1),
        appointment_id=booked.appointment.id,
    )
    confirmed = replace(
        moved,
        kind=NoticeKind.CONFIRMED,
        dedupe_key="confirmed",
        data=replies_as_data([ASK], revision=1, first=1),
    )
    with services.uow() as uow:
        added = uow.outbox.add([moved, confirmed])
        uow.commit()
    hospital.starts()
    work_outbox(services, [answer(hospital, "c", key="1"), *added, *hospital.due()])
    assert {outgoing.kind: outgoing.urgent for outgoing in sender.handed} == {
        "reply": True,
        "moved": False,
        "confirmed": True,
        "near": True,
    }
    assert {notice.lane for notice in (moved, confirmed)} == {Lane.BULK, Lane.ALERTS}
