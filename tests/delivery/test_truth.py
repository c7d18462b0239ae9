"""What is told is true when it is sent, not when it was written."""

from datetime import timedelta

from domain.events import SYSTEM
from domain.notices import Notice, NoticeKind
from domain.ports import Services
from domain.use_cases.change import call_off, cancel, move
from domain.use_cases.deliver import LEASE, work_outbox
from domain.use_cases.queue import complete, recall
from domain.use_cases.tell import tell_moved
from domain.use_cases.undo import undo_last
from tests.delivery.world import Hospital, KeptMessages, SetClock


def send_all(hospital: Hospital) -> int:
    return work_outbox(hospital.services, hospital.due())


def cancels(hospital: Hospital, appointment_id: int) -> None:
    with hospital.services.uow() as uow:
        cancel(uow, appointment_id=appointment_id, actor=SYSTEM, now=hospital.clock.at)
        uow.commit()


def test_each_who_comes_near_is_told_the_count_of_that_moment(
    hospital: Hospital, sender: KeptMessages
) -> None:
    for name in "abcdef":
        hospital.books(name)
    hospital.starts()
    send_all(hospital)
    assert sender.kinds == [("a", "near"), ("b", "near"), ("c", "near"), ("d", "near")]
    assert [text.split()[3] for text in sender.texts] == ["ahead=0", "ahead=1", "ahead=2", "ahead=3"]


def test_who_has_two_or_more_ahead_is_told_how_long_it_takes_once_somebody_serves(
    hospital: Hospital, sender: KeptMessages
) -> None:
    for name in "abcdef":
        hospital.books(name)
    hospital.starts()
    hospital.calls_next()
    send_all(hospital)
    waits = {text.split()[3]: "line-wait" in text for text in sender.texts if "notice-near" in text}
    assert waits == {"ahead=0": False, "ahead=1": False, "ahead=2": True, "ahead=3": True}


def test_next_calls_one_and_alerts_those_who_cross_a_threshold(
    hospital: Hospital, sender: KeptMessages
) -> None:
    for name in "abcdef":
        hospital.books(name)
    hospital.starts()
    send_all(hospital)
    sender.handed.clear()
    hospital.calls_next()
    send_all(hospital)
    assert sorted(sender.kinds) == [("a", "called"), ("c", "near"), ("e", "near")]
    called = next(text for text in sender.texts if "notice-called" in text)
    assert "counter=Room 4" in called
    assert "token=09-01" in called


def test_who_moved_up_before_the_alert_went_is_told_the_nearer_place_once(
    hospital: Hospital, sender: KeptMessages
) -> None:
    booked = [hospital.books(name) for name in "abcd"]
    hospital.starts()
    cancels(hospital, booked[1].appointment.id)
    cancels(hospital, booked[2].appointment.id)
    send_all(hospital)
    assert sender.kinds == [("a", "near"), ("d", "near")]
    assert "ahead=1" in sender.texts[-1]


def test_who_cancels_before_the_alert_goes_hears_nothing_of_the_line(
    hospital: Hospital, sender: KeptMessages
) -> None:
    booked = hospital.books("a")
    hospital.starts()
    cancels(hospital, booked.appointment.id)
    assert send_all(hospital) == 0
    assert sender.handed == []
    hospital.clock.forward(minutes=5)
    assert hospital.due() == []


def test_who_was_overtaken_before_the_alert_went_is_told_once_it_is_true_again(
    hospital: Hospital, clock: SetClock, sender: KeptMessages
) -> None:
    for name in "abc":
        hospital.books(name)
    hospital.books("later", hours_ahead=1)
    hospital.starts()
    overtaking = hospital.books("e")
    send_all(hospital)
    assert [handle for handle, _ in sender.kinds] == ["a", "b", "c"]
    cancels(hospital, overtaking.appointment.id)
    clock.forward(seconds=20)
    send_all(hospital)
    assert sender.kinds[3:] == [("later", "near")]
    assert "ahead=3" in sender.texts[3]


def test_an_alert_of_a_nearer_place_than_the_real_one_is_not_told(
    hospital: Hospital, clock: SetClock, sender: KeptMessages
) -> None:
    booked = [hospital.books(name) for name in "abc"]
    hospital.starts()
    send_all(hospital)
    third = hospital.ticket(booked[2])
    assert third.address_id is not None
    too_near = Notice(
        kind=NoticeKind.NEAR,
        address_id=third.address_id,
        dedupe_key="wrong",
        due_at=clock.at,
        not_after=clock.at + timedelta(minutes=15),
        ticket_id=third.id,
        data={"interval": third.interval, "round": third.alert_round, "threshold": 1},
    )
    with hospital.services.uow() as uow:
        uow.outbox.add([too_near])
        uow.commit()
    assert send_all(hospital) == 0


def test_an_alert_that_a_dead_worker_left_is_not_told_of_another_stay_in_the_line(
    hospital: Hospital, clock: SetClock, sender: KeptMessages
) -> None:
    hospital.books("a")
    hospital.starts()
    with hospital.services.uow() as uow:
        uow.outbox.claim(hospital.due_in(uow), now=clock.at, lease_until=clock.at + LEASE)
        uow.commit()
    hospital.presses(undo_last)
    clock.forward(seconds=5)
    hospital.starts()
    clock.forward(seconds=20)
    send_all(hospital)
    assert [kind for _, kind in sender.kinds].count("near") == 1


def test_who_is_called_before_the_alert_goes_is_told_the_call_alone(
    hospital: Hospital, sender: KeptMessages
) -> None:
    hospital.books("a")
    hospital.starts()
    hospital.calls_next()
    send_all(hospital)
    assert sender.kinds == [("a", "called")]


def test_a_call_that_was_answered_is_not_told_any_more(hospital: Hospital, sender: KeptMessages) -> None:
    hospital.books("a")
    hospital.starts()
    hospital.calls_next()
    hospital.presses(complete)
    assert send_all(hospital) == 0
    assert sender.handed == []


def test_of_two_calls_that_wait_only_the_latest_is_told(
    hospital: Hospital, clock: SetClock, sender: KeptMessages
) -> None:
    hospital.books("a")
    hospital.starts()
    hospital.calls_next()
    clock.forward(seconds=90)
    hospital.presses(recall)
    send_all(hospital)
    assert sender.kinds == [("a", "called")]
    assert "notice-recalled" in sender.texts[0]


def test_a_call_undone_before_it_was_told_leaves_nothing_to_tell(
    hospital: Hospital, clock: SetClock, sender: KeptMessages
) -> None:
    hospital.books("a")
    hospital.starts()
    send_all(hospital)
    sender.handed.clear()
    clock.forward(seconds=5)
    hospital.calls_next()
    hospital.presses(undo_last)
    assert send_all(hospital) == 0


def test_a_call_undone_after_it_was_told_is_corrected_with_the_place_of_now(
    hospital: Hospital, sender: KeptMessages
) -> None:
    for name in "ab":
        hospital.books(name)
    hospital.starts()
    hospital.calls_next()
    send_all(hospital)
    sender.handed.clear()
    hospital.presses(undo_last)
    send_all(hospital)
    assert ("a", "undone") in sender.kinds
    corrected = sender.texts[sender.kinds.index(("a", "undone"))]
    assert "notice-undone" in corrected
    assert "ahead=0" in corrected


def test_called_again_before_the_correction_went_hears_the_call_alone(
    hospital: Hospital, sender: KeptMessages
) -> None:
    hospital.books("a")
    hospital.starts()
    hospital.calls_next()
    send_all(hospital)
    sender.handed.clear()
    hospital.presses(undo_last)
    hospital.calls_next()
    send_all(hospital)
    assert sender.kinds == [("a", "called")]


def test_the_reminder_of_a_cancelled_visit_is_not_sent(
    hospital: Hospital, clock: SetClock, sender: KeptMessages
) -> None:
    kept = hospital.books("kept", hours_ahead=4)
    gone = hospital.books("gone", hours_ahead=4)
    cancels(hospital, gone.appointment.id)
    clock.at = kept.appointment.starts_at
    clock.forward(minutes=-60)
    send_all(hospital)
    assert sender.kinds == [("kept", "reminder")]
    assert f"code={kept.visit.code}" in sender.texts[0]


def test_staff_who_move_and_call_off_are_heard(hospital: Hospital, sender: KeptMessages) -> None:
    booked = hospital.books("a")
    services, now = hospital.services, hospital.clock.at
    later = hospital.slot(hours_ahead=2)
    with services.uow() as uow:
        moved = move(uow, appointment_id=booked.appointment.id, slot_id=later.id, actor=SYSTEM, now=now)
        uow.commit()
    send_all(hospital)
    with services.uow() as uow:
        call_off(uow, appointment_id=moved.appointment.id, actor=SYSTEM, now=now)
        uow.commit()
    send_all(hospital)
    assert sender.kinds == [("a", "moved"), ("a", "cancelled")]
    assert f"token={moved.appointment.token}" in sender.texts[0]


def test_a_move_is_not_told_of_what_was_cancelled_meanwhile(
    hospital: Hospital, services: Services, sender: KeptMessages
) -> None:
    booked = hospital.books("a")
    later = hospital.slot(hours_ahead=2)
    with services.uow() as uow:
        moved = move(
            uow, appointment_id=booked.appointment.id, slot_id=later.id, actor=SYSTEM, now=hospital.clock.at
        )
        uow.commit()
    cancels(hospital, moved.appointment.id)
    assert send_all(hospital) == 0
    assert sender.handed == []


def test_the_same_matter_told_twice_is_one_row(hospital: Hospital, services: Services) -> None:
    booked = hospital.books("a")
    assert booked.ticket.address_id is not None
    for _ in range(2):
        with services.uow() as uow:
            tell_moved(
                uow,
                booked.appointment,
                address_id=booked.ticket.address_id,
                now=hospital.clock.at,
            )
            uow.commit()
    assert len(hospital.due()) == 1
