"""Messages are kept before they are answered, once each, and looked after until they are worked."""

from domain.ports import Services
from domain.use_cases.receive import receive, sweep_inbox
from tests.delivery.world import Hospital, KeptHints, SetClock


def arrives(hospital: Hospital, handle: str, provider_id: str, text: str = "hi") -> bool:
    with hospital.services.uow() as uow:
        new = receive(
            uow,
            channel="sim-sms",
            handle=handle,
            provider_id=provider_id,
            payload={"text": text},
            now=hospital.clock.at,
        )
        uow.commit()
    return new


def test_a_providers_retry_is_stored_once(hospital: Hospital) -> None:
    assert arrives(hospital, "a", "SM1")
    assert not arrives(hospital, "a", "SM1")
    assert arrives(hospital, "a", "SM2")


def test_the_workers_are_hinted_after_the_commit(hospital: Hospital, hints: KeptHints) -> None:
    arrives(hospital, "a", "SM1")
    assert hints.inbox == [("sim-sms", "a")]


def test_the_sweep_hints_again_of_what_nobody_worked(
    hospital: Hospital, services: Services, hints: KeptHints, clock: SetClock
) -> None:
    arrives(hospital, "a", "SM1")
    hints.inbox.clear()
    clock.forward(seconds=3)
    for _ in range(2):
        assert sweep_inbox(services, work_inbox=_never) == 0
        assert hints.inbox == [("sim-sms", "a")]


def test_the_sweep_has_messages_worked_while_no_hint_is_taken_the_oldest_first(
    hospital: Hospital, services: Services, hints: KeptHints, clock: SetClock
) -> None:
    hints.takes = False
    arrives(hospital, "b", "SM1")
    arrives(hospital, "a", "SM2")
    clock.forward(seconds=3)
    worked: list[tuple[str, str]] = []

    def work(services: Services, channel: str, handle: str) -> int:
        worked.append((channel, handle))
        return 1

    sweep_inbox(services, work_inbox=work)
    assert worked == [("sim-sms", "b"), ("sim-sms", "a")]


def test_the_sweep_has_messages_worked_that_were_hinted_of_and_no_worker_heard(
    hospital: Hospital, services: Services, hints: KeptHints, clock: SetClock
) -> None:
    arrives(hospital, "a", "SM1")
    for _ in range(6):
        clock.forward(seconds=3)
        assert sweep_inbox(services, work_inbox=_never) == 0
    clock.forward(seconds=3)
    worked: list[str] = []

    def work(services: Services, channel: str, handle: str) -> int:
        worked.append(handle)
        return 1

    assert sweep_inbox(services, work_inbox=work) == 1
    assert worked == ["a"]


def test_one_sender_that_cannot_be_worked_holds_up_no_other(
    hospital: Hospital, services: Services, hints: KeptHints, clock: SetClock
) -> None:
    hints.takes = False
    arrives(hospital, "bad", "SM1")
    arrives(hospital, "good", "SM2")
    clock.forward(seconds=3)
    worked: list[str] = []

    def work(services: Services, channel: str, handle: str) -> int:
        if handle == "bad":
            raise RuntimeError("a bug")
        worked.append(handle)
        return 1

    sweep_inbox(services, work_inbox=work)
    assert worked == ["good"]


def _never(services: Services, channel: str, handle: str) -> int:
    raise AssertionError("a hint was taken")
