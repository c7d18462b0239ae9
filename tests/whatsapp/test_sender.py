"""What becomes of a message that is handed to Twilio: the real client speaks to a double of its API."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.conversation.messages import Message, Option
from domain.errors import SendError, SendFault
from domain.ids import OutboxId
from domain.ports import Approved, Channel, Content, Outgoing, Receipt, ReceiptState, UnitOfWork
from domain.use_cases.deliver import LEASE
from persistence.memory import memory_uow
from settings import Settings
from tests.doubles.faults import Fault
from tests.doubles.kept_pace import KeptPace
from tests.twilio.account import Number
from tests.twilio.contents import Approval, content_of
from tests.twilio.messages import Json, new_sid
from tests.twilio.messages import Message as Kept
from tests.twilio.refusals import (
    INTERNAL,
    TOO_MANY_REQUESTS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNSUBSCRIBED,
    Refusal,
    bad_request,
)
from tests.twilio.twilio_api import SERVICE, SMS_FROM, WHATSAPP_FROM, TwilioApi
from tests.use_cases.clinic import SilentAnnouncer
from whatsapp.channel import twilio_channels
from whatsapp.client import WHOLE_SECONDS, TwilioClient
from whatsapp.frames import FRAMES, as_read
from whatsapp.gate import ACCOUNT_HELD, MOST_SLEPT, SENDER_HELD
from whatsapp.known_frames import LOOKED_UP_EVERY, KnownFrames
from whatsapp.trouble import LOOKED_FOR_AFTER

ASHA = "+919800000001"
HELLO = Message("Hello")
FEW = Message("Book it?", options=(Option("3:1", 1, "Book it"), Option("3:2", 2, "Back")))
MANY = Message(
    "Which day?", options=tuple(Option(f"3:{n}", n, f"Day {n}") for n in range(1, 6)), choose="Days"
)
LONG = Message("x" * 1020 + "\n\nBook it?")  # two WhatsApp messages
APPROVED = Approved("HX" + "1" * 32, ("A-12", "Room 2"), "Your turn: A-12, Room 2, now.")


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as double:
        yield double


@pytest.fixture
def pace() -> KeptPace:
    return KeptPace()


@pytest.fixture
def uow() -> Callable[[], UnitOfWork]:
    return memory_uow(SilentAnnouncer())


@pytest.fixture
def settings(api: TwilioApi, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "TWILIO_ACCOUNT_SID": api.account,
            "TWILIO_AUTH_TOKEN": api.token,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_API_URL": api.root,
            "VAR_DIR": str(tmp_path),
        }
    )


Connect = Callable[..., dict[str, Channel]]


@pytest.fixture
def connect(
    settings: Settings, pace: KeptPace, uow: Callable[[], UnitOfWork], request: pytest.FixtureRequest
) -> Iterator[Connect]:
    """The channels by settings that differ so. Impatient only where nothing will come."""
    opened: list[TwilioClient] = []
    in_vain = {Fault.HANG, Fault.HANG_AFTER} & set(_faults_of(request))

    def channels(**other: Any) -> dict[str, Channel]:
        told = replace(settings, **other)
        opened.append(TwilioClient(told, seconds=0.3 if in_vain else WHOLE_SECONDS))
        return twilio_channels(told, pace=pace, uow=uow, client=opened[-1])

    yield channels
    for client in opened:
        client.close()


@pytest.fixture
def whatsapp(connect: Connect) -> Channel:
    return connect()["whatsapp"]


@pytest.fixture
def sms(connect: Connect) -> Channel:
    return connect()["sms"]


def _faults_of(request: pytest.FixtureRequest) -> list[Fault]:
    called_with = getattr(request.node, "callspec", None)
    return [v for v in called_with.params.values() if isinstance(v, Fault)] if called_with else []


def to(handle: str, *messages: Message, minutes: float = 60, **more: Any) -> Outgoing:
    not_after = datetime.now(UTC) + timedelta(minutes=minutes)
    return Outgoing(handle, messages or (HELLO,), OutboxId(17), "reply", not_after, **more)


def again(outgoing: Outgoing) -> Outgoing:
    """The next attempt at a message that may have arrived."""
    return replace(outgoing, tried_since=datetime.now(UTC) - timedelta(seconds=1))


def refused(channel: Channel, outgoing: Outgoing | None = None) -> SendError:
    with pytest.raises(SendError) as caught:
        channel.sender.send(outgoing or to(ASHA))
    return caught.value


def make_frames(api: TwilioApi, uow: Callable[[], UnitOfWork], *names: str, account: str = "") -> None:
    with uow() as unit:
        for name in names:
            _make_content(api, _content_id(name), FRAMES[name].types)
            unit.contents.save(
                Content(
                    "whatsapp", account or api.account, name, "", _content_id(name), FRAMES[name].fingerprint
                )
            )
        unit.commit()


def make_approved(api: TwilioApi) -> None:
    words = {"twilio/text": {"body": "Your turn: {{1}}, {{2}}, now."}}
    _make_content(api, APPROVED.content_id, words)
    api.contents[APPROVED.content_id].approval = Approval(
        name="called", category="UTILITY", content_type="twilio/text", status="approved"
    )


def _make_content(api: TwilioApi, sid: str, types: Json) -> None:
    asked = {"friendly_name": sid, "language": "en", "types": types}
    api.contents[sid] = content_of(asked, sid=sid, account=api.account, now=api.now())


def _content_id(name: str) -> str:
    return "HX" + name.encode().hex().ljust(32, "0")[-32:]


def variables(message: Json) -> dict[str, str]:
    return json.loads(message["ContentVariables"])


def bodies(api: TwilioApi) -> list[str]:
    return [message.body for message in api.messages]


def test_a_text_goes_by_whatsapp(whatsapp: Channel, api: TwilioApi) -> None:
    sent = whatsapp.sender.send(to(ASHA))
    (message,) = api.messages
    assert (message.sender, message.to) == (f"whatsapp:{WHATSAPP_FROM}", f"whatsapp:{ASHA}")
    assert (message.body, message.sid) == ("Hello", sent.provider_id)
    assert (sent.form, sent.parts) == ("session", 1)


def test_somebody_without_a_number_is_written_to_by_name(whatsapp: Channel, api: TwilioApi) -> None:
    whatsapp.sender.send(to("IN.asha_rao"))
    assert api.messages[0].to == "whatsapp:IN.asha_rao"


def test_an_sms_goes_with_its_choices_numbered_and_counts_its_segments(sms: Channel, api: TwilioApi) -> None:
    sent = sms.sender.send(to(ASHA, FEW))
    (message,) = api.messages
    assert (message.sender, message.to) == (SMS_FROM, ASHA)
    assert message.body == "Book it?\n1. Book it\n2. Back"
    assert (sent.form, sent.parts) == ("sms", 1)
    assert sms.sender.send(to(ASHA, Message("आपकी बारी " * 8))).parts == 2


def test_several_messages_are_several_parts_and_the_id_is_that_of_the_last(
    whatsapp: Channel, api: TwilioApi
) -> None:
    sent = whatsapp.sender.send(to(ASHA, HELLO, LONG))
    assert bodies(api) == ["Hello", "x" * 1020, "Book it?"]
    assert (sent.provider_id, sent.parts) == (api.messages[2].sid, 3)


@pytest.mark.parametrize(
    ("asked", "frame", "kind"),
    [
        (FEW, "quick-2", "twilio/quick-reply"),
        (MANY, "list-5", "twilio/list-picker"),
        (replace(FEW, text="Dr Rao\n\nIt's on Monday.\n\nBook it?"), "quick-2-lines-5", "twilio/quick-reply"),
    ],
)
def test_choices_go_in_their_frame(
    whatsapp: Channel,
    api: TwilioApi,
    uow: Callable[[], UnitOfWork],
    asked: Message,
    frame: str,
    kind: str,
) -> None:
    make_frames(api, uow, frame)
    sent = whatsapp.sender.send(to(ASHA, asked))
    (message,) = api.messages
    assert message.params["ContentSid"] == _content_id(frame)
    assert "Body" not in message.params
    assert message.kind == kind
    assert [(choice.id, choice.title) for choice in message.choices] == [
        (option.ref, option.label) for option in asked.options
    ]
    assert as_read(message.body) == asked.text
    assert (sent.form, sent.parts) == ("session", 1)


def test_of_more_lines_than_a_frame_has_the_last_ones_ask(
    whatsapp: Channel, api: TwilioApi, uow: Callable[[], UnitOfWork]
) -> None:
    make_frames(api, uow, "quick-2")
    rooms = "\n".join(f"Room {n}" for n in range(12))
    sent = whatsapp.sender.send(to(ASHA, replace(FEW, text=f"{rooms}\n\nBook it?")))
    first, second = api.messages
    assert (first.body, second.body) == (rooms, "Book it?")
    assert len(second.choices) == 2
    assert sent.parts == 2


def test_what_went_in_a_frame_before_is_known(
    whatsapp: Channel, api: TwilioApi, uow: Callable[[], UnitOfWork]
) -> None:
    make_frames(api, uow, "quick-2-lines-3")
    outgoing = to(ASHA, replace(FEW, text="It's on Monday.\n\nBook it?"))
    earlier = whatsapp.sender.send(outgoing)
    assert whatsapp.sender.send(again(outgoing)).provider_id == earlier.provider_id


def test_approved_words_that_went_before_are_known(whatsapp: Channel, api: TwilioApi) -> None:
    make_approved(api)
    outgoing = to(ASHA, MANY, approved=APPROVED)
    earlier = whatsapp.sender.send(outgoing)
    assert whatsapp.sender.send(again(outgoing)).provider_id == earlier.provider_id


def test_choices_without_a_frame_go_as_numbered_text(whatsapp: Channel, api: TwilioApi) -> None:
    whatsapp.sender.send(to(ASHA, MANY))
    assert bodies(api) == ["Which day?\n1. Day 1\n2. Day 2\n3. Day 3\n4. Day 4\n5. Day 5"]


def test_a_frame_of_another_account_is_not_ours(
    whatsapp: Channel, api: TwilioApi, uow: Callable[[], UnitOfWork]
) -> None:
    make_frames(api, uow, "quick-2", account="AC" + "9" * 32)
    whatsapp.sender.send(to(ASHA, FEW))
    assert bodies(api) == ["Book it?\n1. Book it\n2. Back"]


@pytest.mark.parametrize("code", [21655, 21656, 21658, 92007])
def test_choices_whose_frame_twilio_does_not_take_go_as_numbered_text(
    whatsapp: Channel,
    api: TwilioApi,
    uow: Callable[[], UnitOfWork],
    code: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_frames(api, uow, "quick-2")
    api.fail("messages.create", bad_request(code, "The Content is invalid"))
    sent = whatsapp.sender.send(to(ASHA, FEW))
    assert bodies(api) == ["Book it?\n1. Book it\n2. Back"]
    assert sent.provider_id == api.messages[0].sid
    assert str(code) in caplog.text


def test_frames_are_looked_up_once_a_minute(uow: Callable[[], UnitOfWork]) -> None:
    looked, now = 0, 0.0
    made = Content("whatsapp", "AC1", "quick-1", "", "HX1", FRAMES["quick-1"].fingerprint)
    outdated = Content("whatsapp", "AC1", "quick-2", "", "HX2", "of other gaps")

    def counted() -> UnitOfWork:
        nonlocal looked
        looked += 1
        return uow()

    frames = KnownFrames(counted, channel="whatsapp", account="AC1", now=lambda: now)
    assert [frames.content_id("quick-1") for _ in range(3)] == [None] * 3
    with uow() as unit:
        unit.contents.save(made)
        unit.contents.save(outdated)
        unit.commit()
    assert frames.content_id("quick-1") is None
    now = LOOKED_UP_EVERY
    assert [frames.content_id(name) for name in ("quick-1", "quick-2")] == ["HX1", None]
    assert looked == 2


def test_approved_words_go_in_the_messages_place(whatsapp: Channel, api: TwilioApi) -> None:
    make_approved(api)
    sent = whatsapp.sender.send(to(ASHA, MANY, approved=APPROVED))
    (call,) = api.called("messages.create")
    assert call["ContentSid"] == APPROVED.content_id
    assert variables(call) == {"1": "A-12", "2": "Room 2"}
    assert (sent.form, sent.parts) == ("template", 1)


def test_approved_words_that_twilio_does_not_take_are_no_free_words(
    whatsapp: Channel, api: TwilioApi
) -> None:
    api.fail("messages.create", bad_request(21655, "The ContentSid is Invalid"))
    assert refused(whatsapp, to(ASHA, approved=APPROVED)).fault is SendFault.REFUSED
    assert api.messages == []


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(5, range(290, 301)), (0.0001, [1]), (-3, [1]), (24 * 60, [36_000])]
)
def test_a_message_waits_at_twilio_only_while_it_is_useful(
    whatsapp: Channel, sms: Channel, api: TwilioApi, minutes: float, seconds: Any
) -> None:
    for channel in (whatsapp, sms):
        channel.sender.send(to(ASHA, minutes=minutes))
    assert all(int(call["ValidityPeriod"]) in seconds for call in api.called("messages.create"))


def test_twilio_is_told_where_to_say_what_becomes_of_it(connect: Connect, api: TwilioApi) -> None:
    channels = connect(public_url="https://queue.example.org")
    for channel in channels.values():
        channel.sender.send(to(ASHA))
        channel.sender.send(replace(to(ASHA), outbox_id=None))
    said = [call.get("StatusCallback") for call in api.called("messages.create")]
    assert said == ["https://queue.example.org/twilio/status/17", None] * 2


def test_of_several_parts_the_last_is_the_one_to_be_told_of(connect: Connect, api: TwilioApi) -> None:
    sent = connect(public_url="https://queue.example.org")["whatsapp"].sender.send(to(ASHA, LONG))
    said = [(message.sid, "StatusCallback" in message.params) for message in api.messages]
    assert said == [(api.messages[0].sid, False), (sent.provider_id, True)]


def test_without_a_public_address_nobody_is_told(whatsapp: Channel, api: TwilioApi) -> None:
    whatsapp.sender.send(to(ASHA))
    assert "StatusCallback" not in api.called("messages.create")[0]


@pytest.mark.parametrize(
    ("other", "sender"),
    [
        ({}, {"From": SMS_FROM}),
        ({"twilio_sms_from": "CITYCLINIC"}, {"From": "CITYCLINIC"}),
        ({"twilio_sms_from": "12345"}, {"From": "12345"}),
        ({"twilio_sms_from": "", "twilio_messaging_service_sid": SERVICE}, {"MessagingServiceSid": SERVICE}),
        (
            {"twilio_messaging_service_sid": SERVICE},
            {"From": SMS_FROM, "MessagingServiceSid": SERVICE},
        ),
    ],
)
def test_sms_come_from_the_sender_that_is_set(
    connect: Connect, api: TwilioApi, other: dict[str, str], sender: dict[str, str]
) -> None:
    api.numbers["12345"] = Number(phone_number="12345", sid=new_sid("PN"))
    connect(**other)["sms"].sender.send(to(ASHA))
    (call,) = api.called("messages.create")
    assert {name: call[name] for name in ("From", "MessagingServiceSid") if name in call} == sender


@pytest.mark.parametrize(
    ("refusal", "fault", "code"),
    [
        (UNAUTHENTICATED, SendFault.OURS, "20003"),
        (TOO_MANY_REQUESTS, SendFault.THROTTLED, "20429"),
        (UNSUBSCRIBED, SendFault.STOPPED, "21610"),
        (UNAVAILABLE, SendFault.LATER, "20503"),
        (INTERNAL, SendFault.UNCLEAR, "20500"),
        (bad_request(21211, "not a number"), SendFault.UNREACHABLE, "21211"),
        (bad_request(63016, "outside the window"), SendFault.CLOSED, "63016"),
        (bad_request(29999, "who knows"), SendFault.REFUSED, "29999"),
    ],
    ids=str,
)
def test_a_refusal_is_told_as_its_code_says(
    whatsapp: Channel, sms: Channel, api: TwilioApi, refusal: Refusal, fault: SendFault, code: str
) -> None:
    for channel in (whatsapp, sms):
        api.fail("messages.create", refusal)
        error = refused(channel)
        assert (error.fault, error.code) == (fault, code)
    assert api.messages == []


def test_who_is_not_let_in_rings_for_owners_and_holds_the_account(
    whatsapp: Channel, api: TwilioApi, pace: KeptPace
) -> None:
    api.fail("messages.create", UNAUTHENTICATED)
    error = refused(whatsapp)
    assert "TWILIO_AUTH_TOKEN" in error.todo and api.token not in error.todo
    assert [(after_account(api, key), held) for key, held in pace.holds] == [("", ACCOUNT_HELD)]


def test_too_many_holds_the_sender(sms: Channel, api: TwilioApi, pace: KeptPace) -> None:
    api.fail("messages.create", TOO_MANY_REQUESTS)
    assert refused(sms).retry_after == 10
    assert [(after_account(api, key), held) for key, held in pace.holds] == [(f":{SMS_FROM}", SENDER_HELD)]


def after_account(api: TwilioApi, key: str) -> str:
    """Of a bucket's key, what is behind the account and its token."""
    who = f"twilio:{api.account}:"
    assert key.startswith(who)
    return key[len(who) + 8 :]


@pytest.mark.parametrize(
    "fault", [Fault.HANG, Fault.HANG_AFTER, Fault.DROP, Fault.DROP_AFTER, Fault.BAD_GATEWAY]
)
def test_what_may_have_arrived_is_looked_for_before_it_goes_again(
    whatsapp: Channel, sms: Channel, api: TwilioApi, fault: Fault
) -> None:
    for channel in (whatsapp, sms):
        outgoing = to(ASHA, Message(f"Your turn by {channel.name}"))
        api.fail("messages.create", fault)
        error = refused(channel, outgoing)
        assert (error.fault, error.retry_after) == (SendFault.UNCLEAR, LOOKED_FOR_AFTER)
        arrived = list(api.messages)
        assert len([one for one in arrived if one.body in outgoing.messages[0].text]) == fault.is_done
        sent = channel.sender.send(again(outgoing))
        same = [one for one in api.messages if one.body == outgoing.messages[0].text]
        assert [one.sid for one in same] == [sent.provider_id]
        assert sent.parts == 1


def test_a_port_that_nobody_listens_on_is_no_doubt(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        root = f"http://127.0.0.1:{closed.getsockname()[1]}"
    error = refused(connect(twilio_api_url=root)["sms"])
    assert (error.fault, error.code) == (SendFault.LATER, "ConnectionError")


def test_an_answer_that_is_no_answer_of_twilios_leaves_it_unclear(sms: Channel, api: TwilioApi) -> None:
    api.fail("messages.create", Refusal(200, 0, "Welcome to this hotel's network"))
    assert refused(sms).fault is SendFault.UNCLEAR


def test_an_attempt_says_whether_those_before_it_were_looked_for(sms: Channel, api: TwilioApi) -> None:
    for outgoing, looked in ((to(ASHA), False), (again(to(ASHA)), True)):
        api.fail("messages.create", Fault.DROP)
        error = refused(sms, outgoing)
        assert (error.fault, error.looked) == (SendFault.UNCLEAR, looked)


def test_of_two_parts_only_the_missing_one_goes_again(whatsapp: Channel, api: TwilioApi) -> None:
    outgoing = to(ASHA, HELLO, Message("Which day?"))
    whatsapp.sender.send(to("+919800000009"))
    api.fail("messages.create", UNAVAILABLE, after=1)
    assert refused(whatsapp, outgoing).fault is SendFault.UNCLEAR
    sent = whatsapp.sender.send(again(outgoing))
    to_asha = [message for message in api.messages if message.to.endswith(ASHA)]
    assert [message.body for message in to_asha] == ["Hello", "Which day?"]
    assert (sent.provider_id, sent.parts) == (to_asha[1].sid, 2)


def test_the_same_words_twice_are_two_parts(whatsapp: Channel, api: TwilioApi) -> None:
    _keep(api, sender=f"whatsapp:{WHATSAPP_FROM}", to=f"whatsapp:{ASHA}")
    sent = whatsapp.sender.send(again(to(ASHA, HELLO, HELLO)))
    assert [message.sid for message in api.messages] == ["SM" + "0" * 32, sent.provider_id]


@pytest.mark.parametrize(
    "other",
    [
        {"to": f"whatsapp:{ASHA}"},
        {"to": "+919800000002"},
        {"body": "Hello again"},
        {"sender": "+15005550006"},
        {"direction": "inbound"},
        {"status": "undelivered"},
        {"status": "failed"},
        {"seconds_ago": 300},
    ],
    ids=str,
)
def test_only_the_same_words_from_us_to_the_same_phone_are_taken_for_sent(
    sms: Channel, api: TwilioApi, other: dict[str, Any]
) -> None:
    _keep(api, **other)
    sent = sms.sender.send(again(to(ASHA)))
    assert sent.provider_id != "SM" + "0" * 32
    assert len(api.called("messages.create")) == 1


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"status": "delivered"},
        {"body": "Sent from your Twilio trial account - Hello"},
        {"body": " Hello "},
        {"seconds_ago": 5},
    ],
    ids=str,
)
def test_what_was_sent_before_is_known_however_twilio_spells_it(
    sms: Channel, api: TwilioApi, other: dict[str, Any]
) -> None:
    _keep(api, **other)
    assert sms.sender.send(again(to(ASHA))).provider_id == "SM" + "0" * 32
    assert api.called("messages.create") == []


def test_what_a_messaging_service_sent_before_is_known(connect: Connect, api: TwilioApi) -> None:
    channel = connect(twilio_sms_from="", twilio_messaging_service_sid=SERVICE)["sms"]
    _keep(api, sender="+15005550006", service=SERVICE)
    assert channel.sender.send(again(to(ASHA))).provider_id == "SM" + "0" * 32


def _keep(api: TwilioApi, seconds_ago: float = 0, **other: Any) -> None:
    """A message among Twilio's, as an earlier attempt would have left it."""
    known: dict[str, Any] = {
        "sid": "SM" + "0" * 32,
        "account": api.account,
        "sender": SMS_FROM,
        "to": ASHA,
        "body": "Hello",
        "direction": "outbound-api",
        "status": "queued",
        "created": datetime.now(UTC) - timedelta(seconds=seconds_ago),
    }
    api.kept.append(Kept(**(known | other)))


def test_where_nobody_can_look_nothing_is_sent(sms: Channel, api: TwilioApi) -> None:
    for refusal in (INTERNAL, UNAVAILABLE):
        api.fail("messages.list", refusal)
        assert refused(sms, again(to(ASHA))).fault is SendFault.LATER
    api.fail("messages.list", TOO_MANY_REQUESTS)
    assert refused(sms, again(to(ASHA))).fault is SendFault.THROTTLED
    assert api.called("messages.create") == []


def test_nothing_is_looked_for_at_a_first_attempt(sms: Channel, api: TwilioApi) -> None:
    sms.sender.send(to(ASHA))
    assert api.called("messages.list") == []


def test_what_was_sent_before_asks_for_no_turn(sms: Channel, api: TwilioApi, pace: KeptPace) -> None:
    _keep(api)
    sms.sender.send(again(to(ASHA)))
    assert pace.asked == []


def test_turns_are_asked_for_by_message_and_by_segment(
    whatsapp: Channel, sms: Channel, api: TwilioApi, pace: KeptPace
) -> None:
    whatsapp.sender.send(to(ASHA, LONG, urgent=True))
    sms.sender.send(to(ASHA, Message("x" * 400)))
    asked = [(after_account(api, bucket.key), tokens) for bucket, tokens in pace.asked]
    assert asked == [
        ("", 1),
        (f":whatsapp:{WHATSAPP_FROM}:{ASHA}", 2),
        (f":whatsapp:{WHATSAPP_FROM}", 2),
        ("", 1),
        (f":{SMS_FROM}:{ASHA}", 3),
        (f":{SMS_FROM}", 3),
    ]
    assert [bucket.reserve > 0 for bucket, _ in pace.asked] == [False, False, False, False, True, True]


def test_a_turn_that_is_far_is_told_and_nothing_goes(sms: Channel, api: TwilioApi, pace: KeptPace) -> None:
    pace.waits[:] = [0, 7.5]
    error = refused(sms)
    assert (error.fault, error.retry_after) == (SendFault.THROTTLED, 7.5)
    assert api.calls == []


@pytest.mark.parametrize("fault", [Fault.HANG])
def test_a_hand_over_ends_before_its_lease(sms: Channel, api: TwilioApi, fault: Fault) -> None:
    assert LEASE.total_seconds() > WHOLE_SECONDS + MOST_SLEPT + 2
    api.fail("messages.list", fault)
    assert refused(sms, again(to(ASHA))).fault is SendFault.LATER


def test_what_became_of_a_message_can_be_asked(sms: Channel, api: TwilioApi) -> None:
    assert sms.ask is not None
    sid = sms.sender.send(to(ASHA)).provider_id
    assert sms.ask(sid) == Receipt(sid, ReceiptState.ACCEPTED)
    api.messages[0].status = "delivered"
    assert sms.ask(sid) == Receipt(sid, ReceiptState.DELIVERED)
    api.messages[0].status, api.messages[0].error_code = "undelivered", 30005
    assert sms.ask(sid) == Receipt(sid, ReceiptState.FAILED, SendFault.UNREACHABLE, "30005")


@pytest.mark.parametrize("trouble", [INTERNAL, UNAUTHENTICATED, Fault.DROP, Fault.HANG], ids=str)
def test_where_twilio_can_not_say_nothing_is_known(
    connect: Connect, api: TwilioApi, trouble: Refusal | Fault
) -> None:
    sms = connect()["sms"]
    assert sms.ask is not None
    api.fail("messages.fetch", trouble)
    assert sms.ask("SM" + "0" * 32) is None
    assert sms.ask("SM" + "f" * 32) is None  # nor of one that there isn't


def test_neither_token_nor_numbers_are_logged(
    sms: Channel, api: TwilioApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sms.sender.send(again(to(ASHA)))
    api.fail("messages.create", UNAUTHENTICATED)
    told = refused(sms)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert api.token not in f"{ours} {told!r}"
    assert ASHA not in f"{ours} {told!r}"
