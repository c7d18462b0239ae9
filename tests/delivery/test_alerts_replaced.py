"""Where one live message shows how things stand, an alert only rings: the next takes its place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation.messages import Reply, Text
from domain.notices import Notice, NoticeKind
from domain.ports import Services
from domain.texts.compose import replies_as_data
from domain.use_cases.deliver import work_outbox
from domain.use_cases.undo import undo_last
from tests.delivery.world import Hospital, KeptMessages


@pytest.fixture
def services(services: Services) -> Services:
    """Telegram keeps a live message here; SMS doesn't."""
    telegram = services.channels["sim-telegram"]
    live = replace(telegram, capabilities=replace(telegram.capabilities, keeps_live=True))
    return replace(services, channels={**services.channels, "sim-telegram": live})


def _told(hospital: Hospital, sender: KeptMessages) -> list[tuple[str, str, str | None]]:
    """Who was sent what in this round, and what it takes the place of."""
    sender.handed.clear()
    work_outbox(hospital.services, hospital.due())
    return sorted((outgoing.handle, outgoing.kind, outgoing.supersedes) for outgoing in sender.handed)


@pytest.mark.parametrize("channel", ["sim-telegram", "sim-sms"])
def test_an_alert_takes_the_place_of_the_one_before_where_a_live_message_stays(
    hospital: Hospital, sender: KeptMessages, channel: str
) -> None:
    for name in "ab":
        hospital.books(name, channel=channel)
    hospital.starts()
    assert _told(hospital, sender) == [("a", "near", None), ("b", "near", None)]
    near_of_a = "1" if channel == "sim-telegram" else None
    hospital.calls_next()
    assert _told(hospital, sender)[0] == ("a", "called", near_of_a)


def test_what_never_arrived_is_not_taken_the_place_of(hospital: Hospital, sender: KeptMessages) -> None:
    hospital.books("a", channel="sim-telegram")
    hospital.starts()
    hospital.calls_next()  # the alert before is not true any more, and isn't sent
    assert _told(hospital, sender) == [("a", "called", None)]


def test_a_correction_takes_the_place_of_what_it_corrects(hospital: Hospital, sender: KeptMessages) -> None:
    hospital.books("a", channel="sim-telegram")
    hospital.starts()
    hospital.calls_next()
    _told(hospital, sender)
    hospital.presses(undo_last)
    assert _told(hospital, sender) == [("a", "undone", "1")]


def test_an_answer_takes_no_alerts_place(hospital: Hospital, sender: KeptMessages) -> None:
    booked = hospital.books("a", channel="sim-telegram")
    hospital.starts()
    _told(hospital, sender)
    answer = Notice(
        kind=NoticeKind.REPLY,
        address_id=hospital.address("a", channel="sim-telegram"),
        dedupe_key="answer",
        due_at=hospital.clock.at,
        not_after=hospital.clock.at + timedelta(hours=1),
        ticket_id=booked.ticket.id,
        data=replies_as_data([Reply(Text("hello"))], revision=1, first=1),
    )
    with hospital.services.uow() as uow:
        uow.outbox.add([answer])
        uow.commit()
    assert _told(hospital, sender) == [("a", "reply", None)]
