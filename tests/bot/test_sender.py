"""What becomes of a message that is handed to Telegram: the real client speaks to a double of the Bot API."""

import logging
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram.error import NetworkError

from bot.client import WHOLE_SECONDS, TelegramClient
from bot.faults import fault_of
from bot.render import render
from bot.sender import CHAT_BURST, MOST_SLEPT, TIDYING_SECONDS, TelegramSender
from domain.conversation.messages import Message, Option
from domain.errors import SendError, SendFault
from domain.ids import OutboxId
from domain.ports import Outgoing
from domain.use_cases.deliver import LEASE
from jobs.pace import LocalPace
from tests.doubles.faults import Fault
from tests.doubles.kept_pace import KeptPace
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.people import Person
from tests.telegram.refusals import (
    BUTTON_DATA_INVALID,
    CANT_EDIT,
    EDIT_NOT_FOUND,
    NOT_MODIFIED,
    Refusal,
    bad_request,
    forbidden,
    too_many_requests,
)

HELLO = Message("Hello")


@pytest.fixture
def pace() -> KeptPace:
    return KeptPace()


@pytest.fixture
def sender(client: TelegramClient, pace: KeptPace) -> TelegramSender:
    return TelegramSender(client, pace, render, 25)


def to(handle: object, *messages: Message, **more: Any) -> Outgoing:
    never = datetime.now(UTC) + timedelta(hours=1)
    return Outgoing(str(handle), messages or (HELLO,), OutboxId(1), "reply", never, **more)


def refused(sender: TelegramSender, outgoing: Outgoing) -> SendError:
    with pytest.raises(SendError) as caught:
        sender.send(outgoing)
    return caught.value


def test_a_message_arrives_with_its_buttons_and_its_id_comes_back(
    sender: TelegramSender, api: BotApi, asha: Person
) -> None:
    question = Message("Which day?", options=(Option("3:1", 1, "Monday"), Option("3:2", 2, "Tuesday")))
    provider_id = sender.send(to(7, HELLO, question)).provider_id
    hello, asked = asha.answers
    assert [hello.text, asked.text, asked.buttons] == ["Hello", "Which day?", [["Monday"], ["Tuesday"]]]
    assert provider_id == str(asked.id)
    assert [call["link_preview_options"] for call in api.called("sendMessage")] == [{"is_disabled": True}] * 2


@pytest.mark.parametrize(
    "text", ['<b>Asha</b> & "Sons" <3', "&amp; &lt;b&gt;", "مرحبا <ליאה> A-12", "आशा 👩‍⚕️ \u2068A-12\u2069"]
)
def test_names_arrive_as_they_are_written(sender: TelegramSender, asha: Person, text: str) -> None:
    sender.send(to(7, Message(text)))
    assert asha.texts == [text]
    assert asha.answers[0].entities == []


def test_a_silent_message_makes_no_sound(client: TelegramClient, pace: KeptPace, asha: Person) -> None:
    def silent(message: Message) -> list[dict[str, object]]:
        return [payload | {"disable_notification": True} for payload in render(message)]

    TelegramSender(client, pace, silent, 25).send(to(7))
    TelegramSender(client, pace, render, 25).send(to(7))
    assert [message.is_silent for message in asha.answers] == [True, False]


def test_an_edit_takes_the_place_of_the_old_message(sender: TelegramSender, asha: Person) -> None:
    first = sender.send(to(7)).provider_id
    assert sender.send(to(7, Message("Hello again", replaces=first))).provider_id == first
    assert asha.texts == ["Hello again"]


def test_an_edit_that_changes_nothing_is_as_good_as_done(sender: TelegramSender, asha: Person) -> None:
    first = sender.send(to(7)).provider_id
    assert sender.send(to(7, replace(HELLO, replaces=first))).provider_id == first
    assert asha.texts == ["Hello"]


@pytest.mark.parametrize(
    "refusal", [CANT_EDIT, EDIT_NOT_FOUND, bad_request("MESSAGE_ID_INVALID")], ids=lambda r: r.description
)
def test_what_can_not_be_edited_is_sent_anew(
    sender: TelegramSender, api: BotApi, asha: Person, refusal: Refusal
) -> None:
    first = sender.send(to(7)).provider_id
    api.fail("editMessageText", refusal)
    anew = sender.send(to(7, Message("Hello again", replaces=first))).provider_id
    assert asha.texts == ["Hello", "Hello again"]
    assert anew == str(asha.answers[-1].id)


def test_a_message_that_its_reader_deleted_is_sent_anew(sender: TelegramSender, asha: Person) -> None:
    first = sender.send(to(7)).provider_id
    asha.deletes_for_both(asha.answers[0])
    sender.send(to(7, Message("Hello again", replaces=first)))
    assert asha.texts == ["Hello again"]


def test_an_alert_takes_the_place_of_the_one_before(
    sender: TelegramSender, api: BotApi, asha: Person
) -> None:
    first = sender.send(to(7, Message("3 away"))).provider_id
    second = sender.send(to(7, Message("Your turn"), supersedes=first)).provider_id
    assert asha.texts == ["Your turn"]
    assert second == str(asha.answers[0].id)
    assert [call.method for call in api.calls] == ["sendMessage", "sendMessage", "deleteMessage"]


def test_an_answered_question_loses_its_buttons_and_keeps_its_words(
    sender: TelegramSender, asha: Person
) -> None:
    first = sender.send(to(7, Message("Which day?", (Option("7:1", 1, "Today"),)))).provider_id
    sender.send(to(7, Message("What time?", (Option("8:1", 1, "09:30"),)), closes=first))
    assert [(message.text, message.labels) for message in asha.answers] == [
        ("Which day?", []),
        ("What time?", ["09:30"]),
    ]


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DROP, too_many_requests(3), CANT_EDIT, NOT_MODIFIED])
def test_buttons_that_can_not_be_taken_away_harm_nobody(
    sender: TelegramSender, api: BotApi, asha: Person, fault: Fault | Refusal
) -> None:
    first = sender.send(to(7, Message("Which day?", (Option("7:1", 1, "Today"),)))).provider_id
    api.fail("editMessageReplyMarkup", fault)
    sender.send(to(7, Message("What time?"), closes=first))
    sender.send(to(7, Message("Booked."), closes="from-another-channel"))
    assert asha.texts == ["Which day?", "What time?", "Booked."]


def test_buttons_are_left_where_taking_them_away_would_keep_words_waiting(
    sender: TelegramSender, pace: KeptPace, api: BotApi, asha: Person
) -> None:
    first = sender.send(to(7, Message("Which day?", (Option("7:1", 1, "Today"),)))).provider_id
    pace.waits = [0, 0, 1]  # for the message itself, then for what tidies up
    sender.send(to(7, Message("What time?"), closes=first))
    assert [call.method for call in api.calls] == ["sendMessage", "sendMessage"]
    assert pace.asked[-1][0].reserve == 1


@pytest.mark.parametrize("supersedes", ["999", "from-another-channel"])
def test_that_an_old_alert_can_not_be_removed_harms_nobody(
    sender: TelegramSender, asha: Person, caplog: pytest.LogCaptureFixture, supersedes: str
) -> None:
    sender.send(to(7, supersedes=supersedes))
    assert asha.texts == ["Hello"]
    assert caplog.records == []


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DROP])
def test_an_old_alert_that_is_not_removed_in_time_does_not_send_the_new_one_twice(
    sender: TelegramSender, api: BotApi, asha: Person, fault: Fault
) -> None:
    first = sender.send(to(7)).provider_id
    api.fail("deleteMessage", fault)
    sender.send(to(7, Message("Your turn"), supersedes=first))
    assert asha.texts == ["Hello", "Your turn"]


def test_a_flood_while_an_old_alert_is_removed_is_told_to_all_too(
    sender: TelegramSender, api: BotApi, asha: Person, pace: KeptPace
) -> None:
    first = sender.send(to(7)).provider_id
    api.fail("deleteMessage", too_many_requests(3))
    sender.send(to(7, Message("Your turn"), supersedes=first))
    assert asha.texts == ["Hello", "Your turn"]
    assert pace.holds == [("telegram:4242", 3)]


def test_a_hand_over_ends_before_the_lease_of_its_row() -> None:
    assert timedelta(seconds=MOST_SLEPT + WHOLE_SECONDS + 2 * TIDYING_SECONDS) < LEASE


@pytest.mark.parametrize(
    ("deed", "fault"),
    [("blocks", SendFault.BLOCKED), ("leaves_telegram", SendFault.UNREACHABLE)],
)
def test_a_chat_that_was_closed_is_not_written_to_again(
    sender: TelegramSender, asha: Person, deed: str, fault: SendFault
) -> None:
    getattr(asha, deed)()
    assert refused(sender, to(7)).fault is fault


def test_whoever_never_wrote_can_not_be_written_to(sender: TelegramSender, api: BotApi) -> None:
    api.user(8)
    assert refused(sender, to(8)).fault is SendFault.BLOCKED
    assert refused(sender, to(999)).fault is SendFault.UNREACHABLE


@pytest.mark.parametrize(
    ("refusal", "fault"),
    [
        (forbidden("bot was kicked from the group chat"), SendFault.BLOCKED),
        (forbidden("bot can't send messages to bots"), SendFault.UNREACHABLE),
        (bad_request("PEER_ID_INVALID"), SendFault.UNREACHABLE),
        (BUTTON_DATA_INVALID, SendFault.OURS),
        (bad_request("message text is empty"), SendFault.OURS),
        (Refusal(401, "Unauthorized"), SendFault.OURS),
        (Refusal(404, "Not Found"), SendFault.OURS),
        (Refusal(500, "Internal Server Error"), SendFault.LATER),
        (Fault.BAD_GATEWAY, SendFault.LATER),
        (Fault.DROP, SendFault.UNCLEAR),
        (Fault.HANG, SendFault.UNCLEAR),
        (Fault.DROP_AFTER, SendFault.UNCLEAR),
        (Fault.HANG_AFTER, SendFault.UNCLEAR),
    ],
    ids=str,
)
def test_each_refusal_of_a_new_message_has_its_consequence(
    sender: TelegramSender, api: BotApi, asha: Person, refusal: Refusal | Fault, fault: SendFault
) -> None:
    api.fail("sendMessage", refusal)
    assert refused(sender, to(7)).fault is fault


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HANG, Fault.DROP_AFTER, Fault.HANG_AFTER])
def test_an_edit_of_unknown_outcome_is_simply_done_again(
    sender: TelegramSender, api: BotApi, asha: Person, fault: Fault
) -> None:
    edit = to(7, Message("Hello again", replaces=sender.send(to(7)).provider_id))
    api.fail("editMessageText", fault)
    assert refused(sender, edit).fault is SendFault.LATER
    sender.send(edit)
    assert asha.texts == ["Hello again"]


def test_a_refusal_carries_what_telegram_said(sender: TelegramSender, api: BotApi, asha: Person) -> None:
    api.fail("sendMessage", BUTTON_DATA_INVALID)
    assert refused(sender, to(7)).code.lower() == "button_data_invalid"


def test_a_server_that_does_not_answer_the_phone_has_not_got_the_message(pace: KeptPace) -> None:
    with BotApi() as gone:
        root = gone.root
    client = TelegramClient(TOKEN, api_url=root)
    assert refused(TelegramSender(client, pace, render, 25), to(7)).fault is SendFault.LATER
    client.close()


def test_a_flood_is_told_to_all_and_the_message_comes_again_when_telegram_says(
    sender: TelegramSender, api: BotApi, asha: Person, pace: KeptPace
) -> None:
    api.fail("sendMessage", too_many_requests(7))
    error = refused(sender, to(7))
    assert (error.fault, error.retry_after) == (SendFault.THROTTLED, 7)
    assert pace.holds == [("telegram:4242", 7)]


def test_a_part_that_has_arrived_is_doubled_once_at_most(
    sender: TelegramSender, api: BotApi, asha: Person
) -> None:
    def breaks_after_the_first() -> SendError:
        api.fail("sendMessage", Fault.DROP_AFTER)
        return refused(sender, to(7))

    assert breaks_after_the_first().fault is SendFault.UNCLEAR
    first = sender.send(to(7)).provider_id
    for fault in (too_many_requests(7), Refusal(500, "Internal Server Error")):
        api.fail("editMessageText", fault)
        assert (
            refused(sender, to(7, Message("new"), Message("edit", replaces=first))).fault is SendFault.UNCLEAR
        )
        api.fail("editMessageText", fault)
        assert refused(sender, to(7, Message("edit", replaces=first))).fault is not SendFault.UNCLEAR


def test_a_group_that_has_moved_is_followed(sender: TelegramSender, api: BotApi, asha: Person) -> None:
    old = api.in_group(asha, -55)
    new = api.in_group(asha, -10055)
    old.chat.migrated_to = -10055
    sender.send(to(-55, HELLO, Message("How are you?")))
    assert new.texts == ["Hello", "How are you?"]


def test_markup_that_telegram_can_not_read_goes_as_plain_words_and_is_told_of(
    client: TelegramClient, pace: KeptPace, asha: Person, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: Message) -> list[dict[str, object]]:
        return [payload | {"text": f"<b>{payload['text']}"} for payload in render(message)]

    TelegramSender(client, pace, broken, 25).send(to(7, Message("Asha & <Sons>")))
    assert asha.texts == ["Asha & <Sons>"]
    assert "a bug of ours" in caplog.text


def test_what_is_too_long_is_cut_and_told_of(
    client: TelegramClient, pace: KeptPace, asha: Person, caplog: pytest.LogCaptureFixture
) -> None:
    def unbounded(message: Message) -> list[dict[str, object]]:
        return [payload | {"text": "<i>👩‍⚕️</i>" * 2000} for payload in render(message)]

    TelegramSender(client, pace, unbounded, 25).send(to(7))
    (text,) = asha.texts
    assert text.startswith("👩‍⚕️" * 500)
    assert text.endswith("…")
    assert len(text.encode("utf-16-le")) // 2 in (4095, 4096)
    assert "a bug of ours" in caplog.text


def test_only_urgent_words_may_take_the_last_tokens_and_each_message_takes_one(
    sender: TelegramSender, pace: KeptPace, asha: Person
) -> None:
    sender.send(to(7, HELLO, HELLO))
    sender.send(to(7, urgent=True))
    asked = [(bucket.key, bucket.reserve > 0, tokens) for bucket, tokens in pace.asked]
    assert asked == [
        ("telegram:4242:7", True, 2),
        ("telegram:4242", True, 2),
        ("telegram:4242:7", False, 1),
        ("telegram:4242", False, 1),
    ]


def test_a_chat_that_is_spoken_to_too_fast_is_put_off(client: TelegramClient, asha: Person) -> None:
    sender = TelegramSender(client, LocalPace(now=lambda: 0), render, 25)
    for _ in range(int(CHAT_BURST)):
        sender.send(to(7, urgent=True))
    error = refused(sender, to(7, urgent=True))
    assert error.fault is SendFault.THROTTLED
    assert error.retry_after == pytest.approx(1)
    assert len(asha.answers) == CHAT_BURST


def test_a_near_turn_of_the_bot_is_slept_for_and_a_far_one_is_put_off(
    client: TelegramClient, asha: Person
) -> None:
    slept: list[float] = []
    near = KeptPace(waits=[0, 0.3, 0.4])
    TelegramSender(client, near, render, 25, sleep=slept.append).send(to(7))
    assert slept == [0.3, 0.4]
    far = KeptPace(waits=[0, 0.3, MOST_SLEPT])
    error = refused(TelegramSender(client, far, render, 25, sleep=slept.append), to(7))
    assert (error.fault, error.retry_after) == (SendFault.THROTTLED, MOST_SLEPT)
    assert len(asha.answers) == 1


def test_a_forked_child_makes_a_client_of_its_own(sender: TelegramSender, asha: Person) -> None:
    sender.send(to(7))
    child = os.fork()
    if child == 0:
        try:
            sender.send(to(7, Message("from the child")))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    sender.send(to(7, Message("from the parent")))
    assert asha.texts == ["Hello", "from the child", "from the parent"]


def test_words_and_tokens_are_in_no_log(
    sender: TelegramSender, api: BotApi, asha: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sender.send(to(7, Message("canary")))
        api.fail("sendMessage", BUTTON_DATA_INVALID)
        refused(sender, to(7, Message("canary")))
    assert "canary" not in caplog.text
    assert TOKEN not in caplog.text


def test_no_fault_tells_the_token() -> None:
    """It is kept with the row, and logged."""
    error = NetworkError(f"no way to https://api.telegram.org/bot{TOKEN}/sendMessage")
    assert TOKEN not in str(fault_of(error, may_repeat=False))
    assert "no way to" in str(fault_of(error, may_repeat=False))
