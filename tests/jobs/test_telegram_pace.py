"""Many words at once for Telegram: all arrive, at its pace, what somebody waits for first; hardly one is refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.ids import AddressId
from domain.notices import Notice, NoticeKind
from domain.ports import UnitOfWork
from tests.contract.ground import a_user, an_appointment, prepare
from tests.jobs.outbox_bench import HELLO, OutboxAtWork, outbox_at_work
from tests.processes import eventually
from tests.telegram.bot_api import BotApi
from tests.telegram.faults import Limits

RATE = 25
FIRST = 1000  # the first person's id
AT_ONCE = 15  # what a rested bucket gives
RESERVE = 5


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi() as double:
        double.limits = Limits()
        yield double


def test_many_words_arrive_at_telegrams_pace_the_urgent_ones_first(
    postgres_url: str, redis_url: str, tmp_path: Path, api: BotApi
) -> None:
    _proof(api, postgres_url, redis_url, tmp_path, urgent=75, others=50)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_thousand_words_arrive_at_telegrams_pace_the_urgent_ones_first(
    postgres_url: str, redis_url: str, tmp_path: Path, api: BotApi
) -> None:
    _proof(api, postgres_url, redis_url, tmp_path, urgent=600, others=400)


def _proof(api: BotApi, database_url: str, redis_url: str, folder: Path, *, urgent: int, others: int) -> None:
    everybody = urgent + others
    for person in range(FIRST, FIRST + everybody):
        api.user(person).says("/start")
    with outbox_at_work(database_url=database_url, redis_url=redis_url, folder=folder) as outbox:
        outbox.environ["TELEGRAM_API_URL"] = api.root
        for lane in ("alerts", "alerts", "bulk", "clock"):
            outbox.start(lane)
        _add(outbox, urgent=urgent, others=others)
        eventually(
            lambda: len(_sent(api)) >= everybody, otherwise=outbox.said, within=30 + 2 * everybody / RATE
        )
        # The last one has arrived a moment before that is on record.
        eventually(lambda: outbox.unsent() == 0, otherwise=outbox.said)
    sent = _sent(api)
    assert {chat_id for chat_id, _ in sent} == set(range(FIRST, FIRST + everybody))
    assert len(sent) == everybody
    # A machine that stalls for a second may bunch what was spaced, and the whole bot obeys the first refusal.
    assert len([call.refusal for call in api.calls if call.refusal]) <= 2
    took = sent[-1][1] - sent[0][1]
    assert took >= (everybody - AT_ONCE) / RATE - 0.5
    assert took <= 1.5 * everybody / RATE + 5
    last_urgent = max(n for n, (chat_id, _) in enumerate(sent) if chat_id < FIRST + urgent)
    assert last_urgent < urgent + AT_ONCE + RESERVE, "others had their turn before what was urgent"


def _sent(api: BotApi) -> list[tuple[int, float]]:
    """(chat, time) of each message that was taken."""
    with api.changing:
        return [
            (call.params["chat_id"], call.at)
            for call in api.calls
            if call.method == "sendMessage" and not call.refusal
        ]


def _add(outbox: OutboxAtWork, *, urgent: int, others: int) -> None:
    """The others first, so that they would go first if nobody saw to it."""
    with outbox.services.uow() as uow:
        ground = prepare(uow)
        appointment_id = an_appointment(uow, ground, patient_id=a_user(uow, ground)).id
        people = range(FIRST, FIRST + urgent + others)
        addresses = [_address(outbox, uow, str(person)) for person in people]
        now = outbox.services.clock.now()
        for number, address_id in enumerate(addresses[urgent:]):
            notice = Notice(
                kind=NoticeKind.MOVED,
                address_id=address_id,
                dedupe_key=f"moved:{number}",
                due_at=now,
                not_after=now + timedelta(hours=1),
                appointment_id=appointment_id,
            )
            uow.outbox.add([notice])
        uow.commit()
    with outbox.services.uow() as uow:
        now = outbox.services.clock.now()
        answers = [
            Notice(
                kind=NoticeKind.REPLY,
                address_id=address_id,
                dedupe_key=f"reply:{number}",
                due_at=now,
                not_after=now + timedelta(hours=1),
                data=HELLO,
            )
            for number, address_id in enumerate(addresses[:urgent])
        ]
        uow.outbox.add(answers)
        uow.commit()


def _address(outbox: OutboxAtWork, uow: UnitOfWork, handle: str) -> AddressId:
    return uow.people.address(channel="telegram", handle=handle, now=outbox.services.clock.now()).id
