"""Another way to a person: when it is taken, which one, and that nobody's opt-out is worked around."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation.messages import Message
from domain.errors import SendError, SendFault
from domain.notices import Notice, NoticeKind
from domain.ports import Approved, Channel, Content, Outgoing, Services
from domain.texts.compose import replies_as_data
from domain.use_cases.consequences import MOST_ATTEMPTS, take_fault
from domain.use_cases.deliver import LEASE, work_outbox
from domain.use_cases.fall_back import fall_back
from domain.use_cases.queue import complete
from domain.use_cases.undo import undo_last
from domain.use_cases.wording import as_kept
from tests.delivery.reach import (
    SMS,
    TELEGRAM,
    WHATSAPP,
    Carrier,
    Person,
    a_person,
    all_rows,
    remind,
    rows_of,
    send_all,
    three_channels,
)
from tests.delivery.test_outbox import ASK
from tests.delivery.world import Hospital, KeptHints, SetClock

ALL = (WHATSAPP, SMS, TELEGRAM)
DEFINITE = (SendFault.STOPPED, SendFault.BLOCKED, SendFault.UNREACHABLE, SendFault.REFUSED)


@pytest.fixture
def channels(carriers: dict[str, Carrier]) -> list[Channel]:
    return three_channels(carriers)


@pytest.fixture
def asha(hospital: Hospital) -> Person:
    """She books by WhatsApp, texts as well, and is second in line."""
    hospital.books("first", channel=TELEGRAM)
    return a_person(hospital, "asha", (WHATSAPP, SMS))


def late_fault(hospital: Hospital, outbox_id: int, fault: SendFault) -> None:
    """What the provider tells after it had taken the message."""
    with hospital.services.uow() as uow:
        row = uow.outbox.row(outbox_id)
        assert row is not None
        take_fault(uow, row, SendError(fault), channels=hospital.services.channels, now=hospital.clock.at)
        uow.commit()


@pytest.mark.parametrize("fault", DEFINITE)
def test_what_an_address_does_not_take_goes_to_the_next_at_once(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier, fault: SendFault
) -> None:
    whatsapp.faults = [SendError(fault)]
    remind(hospital, asha)
    assert send_all(hospital) == 1
    assert (whatsapp.kinds, sms.kinds) == ([], ["reminder"])
    assert rows_of(services, asha) == [("reminder", WHATSAPP, "failed"), ("reminder", SMS, "sent")]


@pytest.mark.parametrize("fault", DEFINITE)
def test_what_is_told_later_counts_once_however_often(
    hospital: Hospital, services: Services, asha: Person, sms: Carrier, fault: SendFault
) -> None:
    outbox_id = remind(hospital, asha)
    send_all(hospital)
    assert sms.kinds == []
    late_fault(hospital, outbox_id, fault)
    late_fault(hospital, outbox_id, fault)
    send_all(hospital)
    late_fault(hospital, outbox_id, fault)
    send_all(hospital)
    assert rows_of(services, asha) == [("reminder", WHATSAPP, "failed"), ("reminder", SMS, "sent")]


def test_staff_s_pages_are_told_at_once_whom_a_word_has_not_reached(
    hospital: Hospital, asha: Person, whatsapp: Carrier, hints: KeptHints
) -> None:
    queue_id = asha.booked.ticket.queue_id
    outbox_id = remind(hospital, asha, queue_id=queue_id)
    send_all(hospital)
    hints.queues.clear()
    late_fault(hospital, outbox_id, SendFault.UNREACHABLE)
    assert whatsapp.kinds == ["reminder"]
    assert hints.queues == [queue_id]


def test_a_way_that_fails_is_followed_by_the_next_until_none_is_left(
    hospital: Hospital, services: Services, carriers: dict[str, Carrier], clock: SetClock
) -> None:
    person = a_person(hospital, "asha", ALL)
    clock.forward(minutes=1)
    hospital.address("asha", channel=TELEGRAM)  # writes last by the channel that stands last
    for carrier in carriers.values():
        carrier.faults = [SendError(SendFault.UNREACHABLE)]
    remind(hospital, person)
    send_all(hospital)
    assert rows_of(services, person) == [
        ("reminder", WHATSAPP, "failed"),
        ("reminder", TELEGRAM, "failed"),
        ("reminder", SMS, "failed"),
    ]
    assert person.is_unreached


def test_where_minutes_count_a_channel_that_never_says_what_arrived_comes_last(
    hospital: Hospital, services: Services, whatsapp: Carrier, clock: SetClock
) -> None:
    person = a_person(hospital, "asha", ALL)
    clock.forward(minutes=1)
    hospital.address("asha", channel=TELEGRAM)  # writes last by the channel that stands last
    hospital.starts()
    hospital.calls_next()
    whatsapp.faults = [SendError(SendFault.UNREACHABLE)]
    send_all(hospital)
    assert rows_of(services, person)[-2:] == [("called", WHATSAPP, "failed"), ("called", SMS, "sent")]
    assert not person.is_unreached


@pytest.mark.parametrize(
    "barred",
    [{"consent_at": None}, {"stopped_at": "now"}, {"blocked_at": "now"}],
    ids=["no consent", "stopped", "blocked"],
)
def test_an_address_that_did_not_consent_or_is_closed_is_no_way(
    hospital: Hospital, asha: Person, whatsapp: Carrier, sms: Carrier, barred: dict[str, object]
) -> None:
    asha.change(SMS, **{name: hospital.clock.at if at == "now" else at for name, at in barred.items()})
    whatsapp.faults = [SendError(SendFault.UNREACHABLE)]
    remind(hospital, asha)
    assert send_all(hospital) == 0
    assert sms.handed == []
    assert asha.is_unreached


@pytest.mark.parametrize("barred", ["consent_at", "stopped_at"])
def test_who_changes_their_mind_while_words_are_on_another_way_is_told_by_a_third(
    hospital: Hospital, services: Services, whatsapp: Carrier, clock: SetClock, barred: str
) -> None:
    person = a_person(hospital, "asha", ALL)
    whatsapp.faults = [SendError(SendFault.UNREACHABLE)]
    work_outbox(services, [remind(hospital, person)])
    person.change(SMS, **{barred: None if barred == "consent_at" else clock.at})
    send_all(hospital)
    assert rows_of(services, person) == [
        ("reminder", WHATSAPP, "failed"),
        ("reminder", SMS, "suppressed"),
        ("reminder", TELEGRAM, "sent"),
    ]


def test_a_channel_that_is_gone_is_no_way_and_what_waited_for_it_goes_another(
    hospital: Hospital, services: Services, asha: Person, carriers: dict[str, Carrier]
) -> None:
    left = [channel for channel in three_channels(carriers) if channel.name != WHATSAPP]
    without = replace(services, channels={channel.name: channel for channel in left})
    remind(hospital, asha)
    work_outbox(without, hospital.due())
    work_outbox(without, hospital.due())
    assert rows_of(services, asha) == [("reminder", WHATSAPP, "failed"), ("reminder", SMS, "sent")]


def test_who_said_stop_is_told_only_where_they_consented_apart(
    hospital: Hospital, services: Services, asha: Person, carriers: dict[str, Carrier]
) -> None:
    ravi = a_person(hospital, "ravi", (WHATSAPP, SMS))
    ravi.change(SMS, consent_at=None)
    for person in (asha, ravi):
        hospital.says_stop(person.address(WHATSAPP).handle, channel=WHATSAPP)
        remind(hospital, person)
    send_all(hospital)
    assert carriers[WHATSAPP].handed == []
    assert [outgoing.handle for outgoing in carriers[SMS].handed] == ["asha"]
    assert (asha.is_unreached, ravi.is_unreached) == (False, True)


def test_a_phone_that_is_off_is_tried_once_more_and_then_another_way(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    whatsapp.faults = [SendError(SendFault.ABSENT, code="30003")] * 2
    remind(hospital, asha)
    assert send_all(hospital) == 0
    clock.forward(seconds=59)
    assert hospital.due() == []
    clock.forward(seconds=1)
    assert send_all(hospital) == 1
    assert sms.kinds == ["reminder"]


def test_a_phone_that_is_off_is_not_waited_for_beyond_the_time_of_the_words(
    hospital: Hospital, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    whatsapp.faults = [SendError(SendFault.ABSENT)]
    remind(hospital, asha, not_after=clock.at + timedelta(seconds=59))
    assert send_all(hospital) == 1
    assert sms.kinds == ["reminder"]


def test_a_phone_that_is_off_now_is_found_on_a_minute_later(
    hospital: Hospital, services: Services, asha: Person, clock: SetClock
) -> None:
    outbox_id = remind(hospital, asha)
    send_all(hospital)
    late_fault(hospital, outbox_id, SendFault.ABSENT)
    clock.forward(minutes=1)
    assert send_all(hospital) == 1
    assert rows_of(services, asha) == [("reminder", WHATSAPP, "sent")]


def approve_all(services: Services, *keys: str) -> None:
    """What the channel has approved, in English, as the doubles' catalogue has it."""
    with services.uow() as uow:
        for key in keys:
            template = services.catalogue.templates("en")[key]
            uow.contents.save(
                Content(
                    WHATSAPP,
                    "",
                    key,
                    "en",
                    f"HX-{key}",
                    template.fingerprint,
                    template.variables,
                    state="approved",
                    category="UTILITY",
                )
            )
        uow.commit()


def test_who_wrote_lately_is_written_to_freely_and_others_in_approved_words(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock
) -> None:
    approve_all(services, "notice-reminder")
    clock.forward(hours=23, minutes=59)
    remind(hospital, asha)
    send_all(hospital)
    clock.forward(minutes=1)
    remind(hospital, asha, dedupe_key="again")
    send_all(hospital)
    hospital.address("asha", channel=WHATSAPP)  # she writes
    remind(hospital, asha, dedupe_key="a third time")
    send_all(hospital)
    approved = [outgoing.approved for outgoing in whatsapp.handed]
    assert [words.content_id if words else None for words in approved] == [
        None,
        "HX-notice-reminder",
        None,
    ]


def test_without_approved_words_the_next_address_has_its_turn_at_once(
    hospital: Hospital, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    clock.forward(days=1)  # a text needs no open conversation
    remind(hospital, asha)
    assert send_all(hospital) == 1
    assert (whatsapp.handed, sms.kinds) == ([], ["reminder"])


def test_words_that_the_person_reads_elsewhere_are_better_than_none(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock
) -> None:
    approve_all(services, "notice-reminder")
    clock.forward(days=1)
    asha.change(WHATSAPP, language="hi")
    asha.change(SMS, language="en")
    remind(hospital, asha)
    send_all(hospital)
    assert [outgoing.approved is not None for outgoing in whatsapp.handed] == [True]


def test_what_was_said_in_approved_words_is_kept_but_for_what_is_the_persons_alone(asha: Person) -> None:
    approved = Approved("HX1", ("123456",), "Your code is 123456.")
    outgoing = Outgoing(
        "asha", (Message("Free words 123456"),), None, "called", asha.hospital.clock.at, approved=approved
    )
    notice = Notice(
        NoticeKind.CALLED, asha.addresses[WHATSAPP], "k", asha.hospital.clock.at, asha.hospital.clock.at
    )
    assert as_kept(outgoing, notice) == ["Your code is 123456."]
    assert as_kept(outgoing, replace(notice, kind=NoticeKind.CODE)) == ["Your code is ***."]


def test_a_conversation_that_turns_out_closed_is_written_to_once_more_in_approved_words(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    approve_all(services, "notice-reminder")
    outbox_id = remind(hospital, asha)
    send_all(hospital)
    late_fault(hospital, outbox_id, SendFault.CLOSED)
    assert send_all(hospital) == 1
    assert [outgoing.approved is not None for outgoing in whatsapp.handed] == [False, True]
    late_fault(hospital, outbox_id, SendFault.CLOSED)
    assert send_all(hospital) == 1
    assert (len(whatsapp.handed), sms.kinds) == (2, ["reminder"])


def test_an_answer_and_a_code_stay_where_they_were_asked_for(
    hospital: Hospital, asha: Person, whatsapp: Carrier, sms: Carrier
) -> None:
    whatsapp.faults = [SendError(SendFault.UNREACHABLE)] * 2
    answers = replies_as_data([ASK], revision=1, first=1)
    for kind in (NoticeKind.REPLY, NoticeKind.MOVED):
        remind(hospital, asha, kind=kind, dedupe_key=kind.value, data=answers)
    assert send_all(hospital) == 0
    code = remind(hospital, asha, kind=NoticeKind.CODE, data={"by": SMS})
    late_fault_of_unsent(hospital, code)
    assert send_all(hospital) == 0
    assert sms.handed == []


def late_fault_of_unsent(hospital: Hospital, outbox_id: int) -> None:
    with hospital.services.uow() as uow:
        now = hospital.clock.at
        (row,) = uow.outbox.claim([outbox_id], now=now, lease_until=now + LEASE)
        take_fault(uow, row, SendError(SendFault.UNREACHABLE), channels=hospital.services.channels, now=now)
        uow.commit()


def test_what_is_no_longer_true_is_not_told_on_the_other_way(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier
) -> None:
    hospital.starts()
    hospital.calls_next()
    hospital.calls_next()
    whatsapp.faults = [SendError(SendFault.UNREACHABLE)]
    work_outbox(services, hospital.due())
    hospital.presses(complete)
    send_all(hospital)
    assert sms.handed == []
    assert rows_of(services, asha)[-1] == ("called", SMS, "suppressed")


def test_a_provider_that_is_down_for_longer_than_the_words_may_take_is_left_for_another(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    hospital.starts()
    hospital.calls_next()
    hospital.calls_next()
    whatsapp.faults = [SendError(SendFault.LATER, code="503")] * 99
    called_at = clock.at
    while "called" not in sms.kinds:
        send_all(hospital)
        clock.forward(seconds=1)
    assert timedelta(seconds=20) < clock.at - called_at < timedelta(seconds=55)
    assert rows_of(services, asha)[-2:] == [("called", WHATSAPP, "failed"), ("called", SMS, "sent")]


def test_who_has_no_other_way_is_tried_for_as_long_as_it_is_worth_anything(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock
) -> None:
    asha.change(SMS, consent_at=None)
    whatsapp.faults = [SendError(SendFault.LATER, code="503")] * 9
    remind(hospital, asha)
    for _ in range(20):
        send_all(hospital)
        clock.forward(minutes=1)
    assert whatsapp.kinds == ["reminder"]


def test_who_waits_for_a_turn_of_the_pace_goes_another_way_only_where_minutes_count(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock
) -> None:
    hospital.starts()
    hospital.calls_next()
    hospital.calls_next()
    remind(hospital, asha)
    whatsapp.faults = [SendError(SendFault.THROTTLED, code="pace", retry_after=60)] * 99
    for _ in range(14):
        send_all(hospital)
        clock.forward(minutes=1)
    channels_of = {(kind, channel) for kind, channel, _ in rows_of(services, asha)}
    assert ("called", SMS) in channels_of
    assert ("reminder", SMS) not in channels_of


def has_something_to_say(hospital: Hospital, person: Person, kind: str) -> None:
    """The second in line is called, or reminded."""
    if kind == "called":
        hospital.starts()
        hospital.calls_next()
        hospital.calls_next()
    else:
        remind(hospital, person)


@pytest.mark.parametrize(("kind", "goes_on"), [("called", True), ("reminder", False)])
def test_what_may_have_arrived_goes_another_way_only_where_twice_is_better_than_never(
    hospital: Hospital,
    services: Services,
    asha: Person,
    whatsapp: Carrier,
    clock: SetClock,
    kind: str,
    goes_on: bool,
) -> None:
    has_something_to_say(hospital, asha, kind)
    whatsapp.faults = [SendError(SendFault.UNCLEAR)] * 2
    for _ in range(2):
        send_all(hospital)
        clock.forward(seconds=5)
    send_all(hospital)
    told = [channel for made, channel, state in rows_of(services, asha) if (made, state) == (kind, "sent")]
    assert told == ([SMS] if goes_on else [])


@pytest.mark.parametrize(("kind", "goes_on"), [("called", True), ("reminder", False)])
def test_what_was_looked_for_in_vain_goes_another_way_at_once_only_where_it_is_urgent(
    hospital: Hospital,
    services: Services,
    asha: Person,
    whatsapp: Carrier,
    clock: SetClock,
    kind: str,
    goes_on: bool,
) -> None:
    has_something_to_say(hospital, asha, kind)
    whatsapp.faults = [SendError(SendFault.UNCLEAR), SendError(SendFault.UNCLEAR, looked=True)]
    for _ in range(3):
        send_all(hospital)
        clock.forward(seconds=6)
    told = [channel for made, channel, state in rows_of(services, asha) if (made, state) == (kind, "sent")]
    assert told == [SMS if goes_on else WHATSAPP]


@pytest.mark.parametrize("ends", ["she says stop", "the window closes"])
def test_what_a_dead_worker_may_have_told_is_not_told_on_another_way_for_no_need(
    hospital: Hospital, services: Services, asha: Person, sms: Carrier, clock: SetClock, ends: str
) -> None:
    outbox_id = remind(hospital, asha, not_after=clock.at + timedelta(days=2))
    with services.uow() as uow:
        uow.outbox.claim([outbox_id], now=clock.at, lease_until=clock.at + LEASE)
        uow.commit()
    clock.forward(minutes=1)
    if ends == "she says stop":
        asha.change(WHATSAPP, stopped_at=clock.at)
    else:
        clock.forward(days=1)
    send_all(hospital)
    assert sms.handed == []


def test_a_bug_that_stays_ends_the_words_there(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier, clock: SetClock
) -> None:
    whatsapp.faults = [RuntimeError("a bug")] * MOST_ATTEMPTS
    remind(hospital, asha)
    for _ in range(MOST_ATTEMPTS):
        send_all(hospital)
        clock.forward(minutes=1)
    assert rows_of(services, asha) == [("reminder", WHATSAPP, "failed")]


def test_a_sender_knows_since_when_it_may_have_arrived(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock
) -> None:
    began = clock.at
    unclear, later = remind(hospital, asha), remind(hospital, asha, dedupe_key="later")
    whatsapp.faults = [SendError(SendFault.UNCLEAR), SendError(SendFault.LATER)]
    work_outbox(services, [unclear, later])
    clock.forward(seconds=5)
    send_all(hospital)
    assert {outgoing.outbox_id: outgoing.tried_since for outgoing in whatsapp.handed} == {
        unclear: began,
        later: None,
    }


def test_what_a_dead_worker_had_in_hand_may_have_arrived(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock
) -> None:
    outbox_id, began = remind(hospital, asha), clock.at
    with services.uow() as uow:
        uow.outbox.claim([outbox_id], now=clock.at, lease_until=clock.at + LEASE)
        uow.commit()
    clock.forward(minutes=1)
    send_all(hospital)
    assert [outgoing.tried_since for outgoing in whatsapp.handed] == [began]


@pytest.mark.parametrize("fault", [SendFault.REFUSED, SendFault.OURS])
def test_what_only_people_can_mend_rings_with_its_number_or_with_the_words_for_it(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock, fault: SendFault
) -> None:
    whatsapp.faults = [
        SendError(fault, code="30007"),
        SendError(fault, "1", told="It is so.", todo="Do this."),
    ]
    remind(hospital, asha)
    remind(hospital, asha, dedupe_key="again")
    send_all(hospital)
    with services.uow() as uow:
        alarms = {alarm.key: alarm for alarm in uow.alarms.ringing(since=clock.at)}
    assert set(alarms) == {f"{WHATSAPP}:30007", f"{WHATSAPP}:1"}
    assert "30007" in alarms[f"{WHATSAPP}:30007"].told
    assert (alarms[f"{WHATSAPP}:1"].told, alarms[f"{WHATSAPP}:1"].todo) == ("It is so.", "Do this.")


@pytest.mark.parametrize("fault", [SendFault.THROTTLED, SendFault.UNREACHABLE, SendFault.ABSENT])
def test_what_comes_with_words_for_owners_rings_whatever_becomes_of_the_message(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, clock: SetClock, fault: SendFault
) -> None:
    whatsapp.faults = [SendError(fault, "1", told="It is so.", todo="Do this."), SendError(fault, "2")]
    remind(hospital, asha)
    remind(hospital, asha, dedupe_key="again")
    send_all(hospital)
    with services.uow() as uow:
        assert [alarm.key for alarm in uow.alarms.ringing(since=clock.at)] == [f"{WHATSAPP}:1"]


def told_on_two_ways(hospital: Hospital, asha: Person) -> None:
    """Asha is called by WhatsApp, which was only slow, and so by SMS too, which is on its way."""
    hospital.starts()
    hospital.calls_next()
    hospital.calls_next()
    send_all(hospital)
    with hospital.services.uow() as uow:
        called = next(
            row for row in all_rows(hospital.services, asha) if row.notice.kind is NoticeKind.CALLED
        )
        fall_back(uow, called, channels=hospital.services.channels, now=hospital.clock.at)
        uow.commit()


def test_a_correction_goes_wherever_the_call_was_told_and_to_each_once(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier
) -> None:
    told_on_two_ways(hospital, asha)
    send_all(hospital)
    assert (whatsapp.kinds[-1], sms.kinds) == ("called", ["called"])
    hospital.presses(undo_last)
    whatsapp.faults = [SendError(SendFault.UNREACHABLE)]
    send_all(hospital)
    assert (whatsapp.kinds[-1], sms.kinds) == ("called", ["called", "undone"])


def test_an_undo_withdraws_what_is_still_on_its_other_way(
    hospital: Hospital, services: Services, asha: Person, whatsapp: Carrier, sms: Carrier
) -> None:
    told_on_two_ways(hospital, asha)
    hospital.presses(undo_last)
    send_all(hospital)
    assert (whatsapp.kinds[-2:], sms.kinds) == (["called", "undone"], [])


def test_who_may_have_been_told_that_it_is_their_turn_is_told_when_it_is_not(
    hospital: Hospital, asha: Person, whatsapp: Carrier, sms: Carrier
) -> None:
    hospital.starts()
    hospital.calls_next()
    send_all(hospital)
    hospital.clock.forward(minutes=1)
    hospital.calls_next()
    whatsapp.faults = [SendError(SendFault.UNCLEAR)]
    send_all(hospital)
    hospital.presses(undo_last)
    send_all(hospital)
    assert whatsapp.kinds[-1] == "undone"
    assert "called" not in [*whatsapp.kinds, *sms.kinds]
