"""Contents, their approval, and messages made of them."""

import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from tests.twilio.contents import Choice
from tests.twilio.phones import Phone
from tests.twilio.twilio_api import SMS_FROM, WHATSAPP_FROM, TwilioApi
from tests.twilio.webhooks import Webhook

ASHA = "+919800000001"
REMINDER = {"twilio/text": {"body": "Dear {{1}}, you are expected at {{2}} today."}}
LIST = {
    "twilio/list-picker": {
        "body": "{{1}}",
        "button": "{{2}}",
        "items": [
            {"id": "{{3}}", "item": "{{4}}", "description": "{{5}}"},
            {"id": "{{6}}", "item": "{{7}}", "description": "{{8}}"},
        ],
    }
}
BUTTONS = {
    "twilio/quick-reply": {
        "body": "Are you coming, {{1}}? Tell us.",
        "actions": [{"title": "Yes", "id": "c:1:y"}, {"title": "No", "id": "c:1:n"}],
    }
}
LISTED = {
    "1": "Which?",
    "2": "Choose",
    "3": "c:1",
    "4": "One",
    "5": "first",
    "6": "c:2",
    "7": "Two",
    "8": "second",
}


@pytest.fixture
def asha(api: TwilioApi) -> Phone:
    return api.phone(ASHA)


def made(client: Client, types: dict[str, Any], **variables: str) -> str:
    samples = {name.removeprefix("_"): value for name, value in variables.items()}
    asked = {"friendly_name": "x", "language": "en", "variables": samples, "types": types}
    return str(client.content.v1.contents.create(ContentList.ContentCreateRequest(asked)).sid)


def submitted(client: Client, sid: str, name: str = "reminder_en", category: str = "UTILITY") -> str:
    asked = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
    return str(client.content.v1.contents(sid).approval_create.create(asked).status)


def sends(client: Client, sid: str, variables: object, to: str = f"whatsapp:{ASHA}") -> None:
    told = variables if isinstance(variables, str) else json.dumps(variables)
    sender = f"whatsapp:{WHATSAPP_FROM}" if to.startswith("whatsapp:") else SMS_FROM
    client.messages.create(to=to, from_=sender, content_sid=sid, content_variables=told)


def code_of(error: pytest.ExceptionInfo[TwilioRestException]) -> int:
    return error.value.code


def test_a_content_is_made_listed_fetched_and_deleted(client: Client) -> None:
    sid = made(client, REMINDER, _1="Asha", _2="10:30")
    other = made(client, LIST)
    fetched = client.content.v1.contents(sid).fetch()
    assert (fetched.language, fetched.variables, fetched.types) == (
        "en",
        {"1": "Asha", "2": "10:30"},
        REMINDER,
    )
    assert {content.sid for content in client.content.v1.contents.list(page_size=1)} == {sid, other}
    assert client.content.v1.contents(sid).delete()
    assert [content.sid for content in client.content.v1.contents.list()] == [other]
    with pytest.raises(TwilioRestException) as error:
        client.content.v1.contents(sid).fetch()
    assert (error.value.status, code_of(error)) == (404, 20404)


def test_a_template_is_received_and_then_as_meta_decides(api: TwilioApi, client: Client) -> None:
    sid = made(client, REMINDER, _1="Asha", _2="10:30")

    def approval() -> dict[str, Any]:
        return client.content.v1.contents(sid).approval_fetch().fetch().whatsapp or {}

    assert approval()["status"] == "unsubmitted"
    assert submitted(client, sid) == "received"
    api.decides("reminder_en", "approved", category="MARKETING")
    assert (approval()["status"], approval()["category"]) == ("approved", "MARKETING")
    api.decides("reminder_en", "rejected", reason="INVALID_FORMAT")
    assert approval()["rejection_reason"] == "INVALID_FORMAT"
    (listed,) = client.content.v1.content_and_approvals.list()
    assert listed.approval_requests["status"] == "rejected"


@pytest.mark.parametrize(
    ("types", "samples"),
    [
        ({"twilio/text": {"body": "{{1}}, it is your turn."}}, {"_1": "Asha"}),
        ({"twilio/text": {"body": "It is your turn, {{1}}"}}, {"_1": "Asha"}),
        ({"twilio/text": {"body": "Dear {{2}}, hello."}}, {"_2": "Asha"}),
        ({"twilio/text": {"body": "Dear {{1}} {{2}}, hello."}}, {"_1": "Asha", "_2": "Rao"}),
        ({"twilio/text": {"body": "Dear {{1}}, hello."}}, {}),
        (LIST, {}),
    ],
)
def test_what_meta_would_reject_is_not_taken_for_approval(
    client: Client, types: dict[str, Any], samples: dict[str, str]
) -> None:
    sid = made(client, types, **samples)
    with pytest.raises(TwilioRestException) as error:
        submitted(client, sid)
    assert error.value.status == 400


@pytest.mark.parametrize(
    ("name", "category"), [("Reminder", "UTILITY"), ("a b", "UTILITY"), ("reminder", "OTHER")]
)
def test_a_templates_name_is_lower_case_and_its_category_one_of_metas(
    client: Client, name: str, category: str
) -> None:
    sid = made(client, REMINDER, _1="Asha", _2="10:30")
    with pytest.raises(TwilioRestException):
        submitted(client, sid, name, category)
    assert submitted(client, sid) == "received"


def items(number: int, **more: str) -> dict[str, Any]:
    rows = [{"id": f"{n}", "item": f"Row {n}", "description": "x"} | more for n in range(number)]
    return {"twilio/list-picker": {"body": "Which?", "button": "Choose", "items": rows}}


def actions(number: int, title: str = "") -> dict[str, Any]:
    buttons = [{"id": f"{n}", "title": title or f"Button {n}"} for n in range(number)]
    return {"twilio/quick-reply": {"body": "Which?", "actions": buttons}}


@pytest.mark.parametrize("types", [items(1), items(10), actions(1), actions(3), items(1, item="x" * 24)])
def test_lists_of_up_to_ten_and_up_to_three_buttons_are_taken(client: Client, types: dict[str, Any]) -> None:
    assert made(client, types).startswith("HX")


@pytest.mark.parametrize(
    "types",
    [
        items(0),
        items(11),
        items(2, id="same"),
        items(1, id=""),
        items(1, item="x" * 25),
        items(1, item=""),
        items(1, description="x" * 73),
        actions(0),
        actions(4),
        actions(1, "x" * 21),
        {"twilio/text": {"body": "x" * 1601}},
        {"twilio/text": {"body": "Dear {{first name}}"}},
        {"twilio/other": {"body": "x"}},
        {},
    ],
)
def test_contents_beyond_the_limits_are_refused(
    api: TwilioApi, client: Client, types: dict[str, Any]
) -> None:
    with pytest.raises(TwilioRestException) as error:
        made(client, types)
    assert error.value.status == 400
    assert api.contents == {}


def test_a_list_is_shown_filled_and_its_row_tapped(
    api: TwilioApi, client: Client, asha: Phone, webhook: Webhook
) -> None:
    sid = made(client, LIST)
    asha.says("hi")
    sends(client, sid, LISTED)
    (message,) = asha.received
    assert (message.body, message.sid[:2], message.shown and message.shown.button) == (
        "Which?",
        "MM",
        "Choose",
    )
    assert message.choices == [Choice("c:1", "One", "first"), Choice("c:2", "Two", "second")]
    api.posts_to("https://queue.example.org/twilio/inbound")
    asha.taps("Two")
    (tap,) = webhook.forms
    assert (tap["ListId"], tap["ListTitle"], tap["Body"], tap["MessageType"]) == (
        "c:2",
        "Two",
        "Two",
        "interactive",
    )
    assert tap["OriginalRepliedMessageSid"] == message.sid
    assert "ButtonPayload" not in tap


def test_a_templates_button_comes_with_its_payload_even_outside_the_window(
    api: TwilioApi, client: Client, asha: Phone, webhook: Webhook
) -> None:
    sid = made(client, BUTTONS, _1="Asha")
    submitted(client, sid, "coming_en")
    sends(client, sid, {"1": "Ravi"})
    assert asha.received == [], "not before it is approved"
    api.approves_all()
    sends(client, sid, {"1": "Ravi"})
    assert asha.texts == ["Are you coming, Ravi? Tell us."]
    api.posts_to("https://queue.example.org/twilio/inbound")
    asha.taps("No")
    (posted,) = webhook.forms
    assert (posted["ButtonPayload"], posted["ButtonText"], posted["MessageType"]) == ("c:1:n", "No", "button")


def test_a_list_never_opens_a_conversation(api: TwilioApi, client: Client, asha: Phone) -> None:
    sends(client, made(client, LIST), LISTED)
    assert [message.fails_with for message in api.messages] == [63016]


@pytest.mark.parametrize(
    "variables",
    [
        "{'1': 'Asha'}",
        '["Asha"]',
        {"1": ""},
        {"1": None},
        {"1": 7},
        {"1": "Asha\nRao"},
        {"1": "Asha\tRao"},
        {"1": "Asha     Rao"},
    ],
)
def test_variables_that_twilio_does_not_take_are_refused(
    api: TwilioApi, client: Client, variables: object
) -> None:
    sid = made(client, REMINDER, _1="Asha", _2="10:30")
    with pytest.raises(TwilioRestException) as error:
        sends(client, sid, variables)
    assert (error.value.status, code_of(error)) == (400, 21656)
    assert api.messages == []


def test_a_value_that_is_not_given_is_the_sample_and_without_one_refused(
    client: Client, api: TwilioApi, asha: Phone
) -> None:
    asha.says("hi")
    sends(client, made(client, REMINDER, _1="Asha", _2="10:30"), {"2": "11:00"})
    assert asha.texts == ["Dear Asha, you are expected at 11:00 today."]
    with pytest.raises(TwilioRestException) as error:
        sends(client, made(client, REMINDER), {"2": "11:00"})
    assert code_of(error) == 21656


def test_values_that_make_a_row_too_long_or_two_rows_the_same_are_refused(client: Client) -> None:
    sid = made(client, LIST)
    for wrong in ({"4": "x" * 25}, {"5": "x" * 73}, {"1": "x" * 1025}, {"2": "x" * 21}, {"6": "c:1"}):
        with pytest.raises(TwilioRestException) as error:
            sends(client, sid, LISTED | wrong)
        assert code_of(error) == 21656


def test_a_content_that_there_is_not_is_refused(client: Client) -> None:
    for sid, code in (("HX" + "0" * 32, 21655), ("", 21654)):
        with pytest.raises(TwilioRestException) as error:
            client.messages.create(
                to=ASHA, from_=SMS_FROM, body="x", content_sid=sid, content_variables='{"1": "x"}'
            )
        assert code_of(error) == code
