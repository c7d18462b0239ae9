"""The round that finds what no hint was taken of: messages first, then their answers, at once."""

from domain.ports import Services
from domain.use_cases.receive import receive
from jobs.sweep import sweep
from tests.delivery.world import KeptHints, KeptMessages, SetClock


def says_hi(services: Services, clock: SetClock, *, channel: str = "sim-sms") -> None:
    with services.uow() as uow:
        receive(
            uow,
            channel=channel,
            handle="a",
            provider_id="1",
            payload={"from": "a", "id": "1"},
            now=clock.at,
        )
        uow.commit()


def test_without_redis_a_message_is_answered_in_one_round(
    services: Services, clock: SetClock, hints: KeptHints, sender: KeptMessages
) -> None:
    hints.takes = False
    says_hi(services, clock)
    sweep(services)
    assert sender.handed == []
    clock.forward(seconds=2)
    sweep(services)
    assert [kind for _, kind in sender.kinds] == ["reply"]


def test_with_redis_the_sweep_answers_nothing_itself(
    services: Services, clock: SetClock, hints: KeptHints, sender: KeptMessages
) -> None:
    says_hi(services, clock)
    clock.forward(seconds=3)
    sweep(services)
    assert hints.inbox == [("sim-sms", "a")] * 2
    assert sender.handed == []


def test_a_message_that_cannot_be_worked_holds_up_no_notice(
    services: Services, clock: SetClock, hints: KeptHints, sender: KeptMessages
) -> None:
    hints.takes = False
    says_hi(services, clock, channel="a channel that is gone")
    says_hi(services, clock)
    clock.forward(seconds=3)
    sweep(services)
    assert len(sender.handed) == 1
