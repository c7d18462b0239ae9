"""At what pace Twilio is spoken to, and what a refusal means for those that follow."""

from collections.abc import Callable

import pytest

from domain.errors import SendError, SendFault
from domain.ports import Bucket
from jobs.pace import LocalPace
from tests.doubles.kept_pace import KeptPace
from whatsapp.faults import fault_of_code
from whatsapp.gate import ACCOUNT_HELD, MOST_SLEPT, SENDER_HELD, Gate, Limits, sms_limits, whatsapp_limits

ASHA, RAVI = "+919800000001", "+919800000002"


class Time:
    """That passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def gate_of(time: Time) -> Callable[[Limits], Gate]:
    pace = LocalPace(now=time.now)
    return lambda limits: Gate(pace, "AC1", "sender", limits, sleep=time.sleep)


def passes(gate: Gate, handle: str = ASHA, *, tokens: int = 1, urgent: bool = True) -> bool:
    try:
        gate.wait(handle, tokens=tokens, urgent=urgent)
    except SendError as error:
        assert error.fault is SendFault.THROTTLED and error.retry_after
        return False
    return True


def refusal(gate: Gate, handle: str = ASHA) -> SendError:
    with pytest.raises(SendError) as caught:
        gate.wait(handle, tokens=1, urgent=True)
    return caught.value


def test_somebody_taps_through_a_menu_quickly_and_then_waits_for_whatsapps_pace(
    gate_of: Callable[[Limits], Gate], time: Time
) -> None:
    gate = gate_of(whatsapp_limits())
    assert sum(passes(gate) for _ in range(60)) == 30
    assert passes(gate, RAVI)
    time.at += 60
    assert sum(passes(gate) for _ in range(60)) <= 10  # one in six seconds
    assert time.slept == []


def test_words_that_can_wait_leave_a_person_some_for_urgent_ones(gate_of: Callable[[Limits], Gate]) -> None:
    gate = gate_of(whatsapp_limits())
    assert sum(passes(gate, urgent=False) for _ in range(60)) == 24
    assert sum(passes(gate) for _ in range(60)) == 6


def test_whatsapp_takes_80_a_second_of_a_sender(gate_of: Callable[[Limits], Gate], time: Time) -> None:
    gate, begun = gate_of(whatsapp_limits()), time.at
    sent = 0
    while time.at < begun + 10:
        sent += passes(gate, f"+9198{sent:08}")
    assert 800 <= sent <= 850


def test_sms_are_paced_by_segment(gate_of: Callable[[Limits], Gate], time: Time) -> None:
    gate, begun = gate_of(sms_limits(10)), time.at
    segments = 0
    while time.at < begun + 10:
        segments += 2 * passes(gate, f"+9198{segments:08}", tokens=2)
    assert 100 <= segments <= 122


def test_urgent_sms_go_while_others_wait(gate_of: Callable[[Limits], Gate]) -> None:
    gate = gate_of(sms_limits(1))
    while passes(gate, RAVI, urgent=False):
        pass
    assert passes(gate, ASHA, tokens=2)


def test_an_answering_machine_is_not_spoken_to_for_ever(
    gate_of: Callable[[Limits], Gate], time: Time
) -> None:
    gate = gate_of(sms_limits(100))
    sent = 0
    for _ in range(300):
        sent += passes(gate)
        time.at += 0.1
    assert sent <= 12 + 30 * 0.5


def test_the_senders_own_turn_is_waited_for_when_it_is_near() -> None:
    pace, slept = KeptPace(waits=[0, 0, 0.4, 0.5]), list[float]()
    Gate(pace, "AC1", "sender", whatsapp_limits(), sleep=slept.append).wait(ASHA, tokens=2, urgent=False)
    assert slept == [0.4, 0.5]
    assert [(bucket.key, tokens) for bucket, tokens in pace.asked[:3]] == [
        ("twilio:AC1", 1),
        (f"twilio:AC1:sender:{ASHA}", 2),
        ("twilio:AC1:sender", 2),
    ]


@pytest.mark.parametrize(
    ("waits", "code", "wait"),
    [
        ([5.0], "account", 5.0),
        ([0, 2.0], "person", 2.0),
        ([0, 0, MOST_SLEPT + 0.1], "sender", MOST_SLEPT + 0.1),
        ([0, 0, 0.7, 0.6], "sender", 0.6),
    ],
)
def test_whose_turn_is_far_is_told_when_it_is(waits: list[float], code: str, wait: float) -> None:
    gate = Gate(KeptPace(waits=waits), "AC1", "sender", whatsapp_limits(), sleep=lambda _: None)
    error = refusal(gate)
    assert (error.fault, error.code, error.retry_after) == (SendFault.THROTTLED, code, wait)


def test_after_too_many_nobody_writes_from_this_sender_for_a_moment(
    gate_of: Callable[[Limits], Gate],
) -> None:
    gate = gate_of(whatsapp_limits())
    gate.obey(fault_of_code(63018, channel="whatsapp"), ASHA)
    assert refusal(gate, RAVI).retry_after == pytest.approx(SENDER_HELD, abs=0.2)


def test_after_too_many_to_one_person_others_are_written_to(gate_of: Callable[[Limits], Gate]) -> None:
    gate = gate_of(sms_limits(10))
    gate.obey(fault_of_code(14107, channel="sms"), ASHA)
    assert not passes(gate, ASHA)
    assert passes(gate, RAVI)


def test_who_is_not_let_in_does_not_ask_again_for_a_minute(
    gate_of: Callable[[Limits], Gate], time: Time
) -> None:
    gate, other = gate_of(whatsapp_limits()), gate_of(sms_limits(1))
    gate.obey(fault_of_code(20003, channel="whatsapp"), ASHA)
    assert refusal(other, RAVI).retry_after == pytest.approx(ACCOUNT_HELD, abs=0.1)
    time.at += ACCOUNT_HELD + 0.1
    assert passes(gate) and passes(other)


def test_a_refusal_of_one_message_holds_up_no_other() -> None:
    pace = KeptPace()
    gate = Gate(pace, "AC1", "sender", whatsapp_limits())
    for code in (21211, 21610, 30007, 63016, 20503, 39999):
        gate.obey(fault_of_code(code, channel="sms"), ASHA)
    assert pace.holds == []


def test_the_reserve_is_less_than_a_bucket_holds() -> None:
    for limits in (whatsapp_limits(), sms_limits(1), sms_limits(1000)):
        assert Bucket("", limits.rate, limits.burst, reserve=limits.reserve).burst > limits.reserve
        assert limits.person_burst > limits.person_reserve
