"""Every code of Twilio's that we know leads to its fault, and those that only people can mend say what to do."""

import pytest

from domain.errors import SendFault
from domain.ports import Receipt, ReceiptState
from whatsapp.faults import fault_of_code, receipt_of

MEANT = {
    SendFault.UNREACHABLE: [
        21211,
        21217,
        21266,
        21401,
        21612,
        21614,
        21635,
        30005,
        30006,
        63003,
        63024,
        63031,
    ],
    SendFault.STOPPED: [21610, 63014],
    SendFault.THROTTLED: [429, 14107, 20429, 21611, 30001, 30017, 30022, 63018],
    SendFault.ABSENT: [30003, 30036],
    SendFault.CLOSED: [63016],
    SendFault.LATER: [503, 20500, 20503, 21730, 63010, 63012],
    SendFault.OURS: [301, 302, 307, 308, 401, 403, 404, 405, 10001, 20003, 20005, 20008, 30002],
    SendFault.REFUSED: [
        *(20404, 21212, 21219, 21408, 21603, 21606, 21608, 21655, 21659, 21660, 21661),
        *(21701, 21703, 21704, 21705, 30007, 30018, 30023, 30024, 30027, 30032, 30033, 30034, 30035, 30040),
        *(30450, 30453, 63001, 63002, 63007, 63013, 63015, 63020, 63027, 63028, 63038, 63040, 63041, 63042),
        *(63049, 63051, 63112),
    ],
}
ROWS = [(code, fault) for fault, codes in MEANT.items() for code in codes]
FOR_PEOPLE = {SendFault.OURS, SendFault.REFUSED}


@pytest.mark.parametrize(("code", "fault"), ROWS)
def test_each_code_leads_to_its_fault(code: int, fault: SendFault) -> None:
    for channel in ("whatsapp", "sms"):
        error = fault_of_code(code, channel=channel)
        assert (error.fault, error.code) == (fault, str(code))


@pytest.mark.parametrize(("code", "fault"), ROWS)
def test_what_only_people_can_mend_is_told_with_its_number_and_what_to_do(
    code: int, fault: SendFault
) -> None:
    error = fault_of_code(str(code), channel="sms")
    assert bool(error.told) == bool(error.todo)
    assert bool(error.told) >= (fault in FOR_PEOPLE)
    if error.told:
        assert str(code) in error.told and str(code) in error.todo
        assert "{" not in error.told + error.todo


def test_too_many_says_when_to_come_back() -> None:
    assert all(fault_of_code(code, channel="sms").retry_after for code in MEANT[SendFault.THROTTLED])


def test_a_code_that_nobody_knows_is_refused_loudly_with_its_number() -> None:
    error = fault_of_code(39999, channel="whatsapp")
    assert (error.fault, error.code) == (SendFault.REFUSED, "39999")
    assert error.told == "Twilio doesn't carry our WhatsApp messages. (Twilio's error 39999.)"
    assert error.todo.endswith("See https://www.twilio.com/docs/api/errors/39999")


@pytest.mark.parametrize("nothing", ["", None, 0, "<b>"])
def test_a_failure_without_a_code_is_refused_too(nothing: int | str | None) -> None:
    error = fault_of_code(nothing, channel="sms")
    assert error.fault is SendFault.REFUSED
    assert error.told and error.todo


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", ReceiptState.ACCEPTED),
        ("scheduled", ReceiptState.ACCEPTED),
        ("queued", ReceiptState.ACCEPTED),
        ("sending", ReceiptState.ACCEPTED),
        ("sent", ReceiptState.SENT),
        ("partially_delivered", ReceiptState.SENT),
        ("delivered", ReceiptState.DELIVERED),
        ("read", ReceiptState.READ),
        ("Delivered", ReceiptState.DELIVERED),
    ],
)
def test_a_status_says_how_far_a_message_came(status: str, state: ReceiptState) -> None:
    assert receipt_of("SM1", status=status, code=None, channel="sms") == Receipt("SM1", state)


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_a_failure_says_why(status: str) -> None:
    receipt = receipt_of("SM1", status=status, code="30003", channel="sms")
    assert receipt == Receipt("SM1", ReceiptState.FAILED, SendFault.ABSENT, "30003")


@pytest.mark.parametrize("status", ["received", "receiving", "", "unheard-of"])
def test_a_status_that_says_nothing_of_a_message_sent_is_none(status: str) -> None:
    assert receipt_of("SM1", status=status, code=None, channel="sms") is None
