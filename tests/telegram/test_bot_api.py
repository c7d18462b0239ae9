"""The double itself, asked by the client that the bot uses, unmodified."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.doubles.faults import Fault
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.faults import Limits
from tests.telegram.markup import parsed
from tests.telegram.people import Person
from tests.telegram.refusals import BLOCKED, Refusal, too_many_requests

Use = Callable[[Bot], Coroutine[Any, Any, Any]]
YES = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="c:1"), InlineKeyboardButton("No", callback_data="c:2")]]
)


def ask(api: BotApi, use: Use, *, token: str = TOKEN) -> Any:
    return asked_with(api.root, token, use)


def asked_with(root: str, token: str, use: Use) -> Any:
    """What the unmodified client has from the server at `root`."""

    async def asked() -> Any:
        quick, patient = HTTPXRequest(read_timeout=0.3, connect_timeout=1), HTTPXRequest()
        bot = Bot(token, base_url=f"{root}/bot", request=quick, get_updates_request=patient)
        try:
            return await use(bot)
        finally:
            await quick.shutdown()
            await patient.shutdown()

    return asyncio.run(asked())


def refusal_of(api: BotApi, use: Use, *, token: str = TOKEN) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        ask(api, use, token=token)
    return caught.value


def test_the_client_learns_who_it_is(api: BotApi) -> None:
    me = ask(api, lambda bot: bot.get_me())
    assert (me.id, me.username, me.is_bot) == (4242, "threeaway_bot", True)


def test_a_token_that_nobody_has_is_unauthorized(api: BotApi) -> None:
    assert isinstance(refusal_of(api, lambda bot: bot.get_me(), token="1:x"), InvalidToken)


def test_a_method_that_does_not_exist_is_not_found(api: BotApi) -> None:
    assert isinstance(refusal_of(api, lambda bot: bot.do_api_request("getRich")), TelegramError)


def test_what_the_bot_says_is_on_the_screen_with_its_buttons(api: BotApi, asha: Person) -> None:
    ask(
        api,
        lambda bot: bot.send_message(
            7, " Hello &lt;b&gt; <b>you</b> ", parse_mode="HTML", reply_markup=YES, disable_notification=True
        ),
    )
    (message,) = asha.answers
    assert (message.text, message.buttons, message.is_silent) == ("Hello <b> you", [["Yes", "No"]], True)
    assert message.entities == [{"type": "bold", "offset": 10, "length": 3}]


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<name>", 'Unsupported start tag "name" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(api: BotApi, asha: Person, html: str, reason: str) -> None:
    error = refusal_of(api, lambda bot: bot.send_message(7, html, parse_mode="HTML"))
    assert isinstance(error, BadRequest)
    assert error.message.lower() == f"can't parse entities: {reason}".lower()
    assert asha.answers == []


@pytest.mark.parametrize(
    ("html", "shown"),
    [("&nbsp; &amp &#65; &#x42;", "&nbsp; & A B"), ('<a href="x&y">A&B</a>', "A&B"), ("a > b", "a > b")],
)
def test_what_is_no_entity_stands_for_itself(html: str, shown: str) -> None:
    assert parsed(html)[0] == shown


def test_a_text_is_counted_in_utf16_after_its_entities(api: BotApi, asha: Person) -> None:
    ask(api, lambda bot: bot.send_message(7, "&lt;" * 4096, parse_mode="HTML"))
    error = refusal_of(api, lambda bot: bot.send_message(7, "😀" * 2049))
    assert error.message == "Message is too long"


def test_an_empty_text_is_refused(api: BotApi, asha: Person) -> None:
    assert refusal_of(api, lambda bot: bot.send_message(7, " \n ")).message == "Message text is empty"


@pytest.mark.parametrize("data", ["", "é" * 33])
def test_a_button_holds_at_most_64_bytes(api: BotApi, asha: Person, data: str) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])
    error = refusal_of(api, lambda bot: bot.send_message(7, "x", reply_markup=keyboard))
    assert error.message == "Button_data_invalid"


def test_who_can_t_be_written_to_is_told_apart(api: BotApi, asha: Person) -> None:
    async def hello(bot: Bot) -> None:
        await bot.send_message(7, "x")

    assert refusal_of(api, lambda bot: bot.send_message(99, "x")).message == "Chat not found"
    api.user(8)
    error = refusal_of(api, lambda bot: bot.send_message(8, "x"))
    assert error.message == "Forbidden: bot can't initiate conversation with a user"
    asha.blocks()
    assert refusal_of(api, hello).message == "Forbidden: bot was blocked by the user"
    asha.unblocks()
    ask(api, hello)
    asha.leaves_telegram()
    error = refusal_of(api, hello)
    assert isinstance(error, Forbidden)
    assert error.message == "Forbidden: user is deactivated"


def test_a_group_that_became_another_names_it(api: BotApi, asha: Person) -> None:
    group = api.in_group(asha, -5)
    group.chat.migrated_to = -1005
    error = refusal_of(api, lambda bot: bot.send_message(-5, "x"))
    assert isinstance(error, ChatMigrated)
    assert error.new_chat_id == -1005


def test_an_edit_changes_the_message_and_an_edit_to_the_same_is_refused(api: BotApi, asha: Person) -> None:
    async def edit(bot: Bot) -> None:
        sent = await bot.send_message(7, "One", reply_markup=YES)
        await bot.edit_message_text("Two", 7, sent.message_id, reply_markup=YES)
        await bot.edit_message_text("Two", 7, sent.message_id, reply_markup=YES)

    assert refusal_of(api, edit).message.startswith("Message is not modified: specified new message content")
    (message,) = asha.answers
    assert (message.text, message.edited, message.labels) == ("Two", 1, ["Yes", "No"])


def test_an_edit_without_a_keyboard_removes_it(api: BotApi, asha: Person) -> None:
    async def edit(bot: Bot) -> None:
        sent = await bot.send_message(7, "One", reply_markup=YES)
        await bot.edit_message_text("One", 7, sent.message_id)

    ask(api, edit)
    assert asha.answers[0].buttons == []


def test_only_a_message_of_its_own_can_be_edited(api: BotApi, asha: Person) -> None:
    theirs = asha.screen[0].id
    assert (
        refusal_of(api, lambda bot: bot.edit_message_text("x", 7, theirs)).message
        == "Message can't be edited"
    )
    assert (
        refusal_of(api, lambda bot: bot.edit_message_text("x", 7, 999)).message == "Message to edit not found"
    )


def test_a_deleted_message_is_gone_for_edits_and_for_a_second_deletion(api: BotApi, asha: Person) -> None:
    async def delete(bot: Bot) -> int:
        sent = await bot.send_message(7, "One")
        await bot.delete_message(7, sent.message_id)
        return sent.message_id

    gone = ask(api, delete)
    assert asha.answers == []
    assert refusal_of(api, lambda bot: bot.delete_message(7, gone)).message == "Message to delete not found"
    assert (
        refusal_of(api, lambda bot: bot.edit_message_text("x", 7, gone)).message
        == "Message to edit not found"
    )


def test_updates_stay_until_a_higher_offset_confirms_them(api: BotApi, asha: Person) -> None:
    first = asha.says("one") - 1
    both = ask(api, lambda bot: bot.get_updates(offset=first, limit=1))
    assert [update.message.text for update in both] == ["/start"]
    rest = ask(api, lambda bot: bot.get_updates(offset=first + 1))
    assert [update.message.text for update in rest] == ["one"]
    assert api.pending == 1
    assert ask(api, lambda bot: bot.get_updates(offset=first + 2)) == ()
    assert api.pending == 0


def test_a_long_poll_ends_with_the_first_update(api: BotApi) -> None:
    threading.Timer(0.05, lambda: api.user(7).says("now")).start()
    (update,) = ask(api, lambda bot: bot.get_updates(timeout=10))
    assert update.message.text == "now"


def test_a_second_poll_ends_the_first(api: BotApi) -> None:
    async def twice(bot: Bot) -> None:
        first = asyncio.ensure_future(bot.get_updates(timeout=10))
        await asyncio.to_thread(api.wait_for, lambda: api.calls)
        await bot.get_updates(timeout=0)
        await first

    error = refusal_of(api, twice)
    assert isinstance(error, Conflict)
    assert error.message.startswith("Conflict: terminated by other getUpdates request; make sure")


def test_polling_beside_a_webhook_is_a_conflict(api: BotApi) -> None:
    ask(api, lambda bot: bot.set_webhook("http://127.0.0.1:1/x"))
    error = refusal_of(api, lambda bot: bot.get_updates())
    assert error.message.startswith("Conflict: can't use getUpdates method while webhook is active; use")


def test_only_the_kinds_that_were_asked_for_come(api: BotApi, asha: Person) -> None:
    ask(api, lambda bot: bot.get_updates(allowed_updates=["message"]))
    asha.edits(asha.screen[0], "other")
    asha.blocks()
    (update,) = ask(api, lambda bot: bot.get_updates())
    assert update.message is not None


def test_a_tap_is_answered_once_the_query_is_known(api: BotApi, asha: Person) -> None:
    async def play(bot: Bot) -> None:
        await bot.send_message(7, "Sure?", reply_markup=YES)
        asha.taps("No")
        tap = (await bot.get_updates())[-1].callback_query
        assert tap is not None
        assert isinstance(tap.message, Message)
        assert (tap.data, tap.message.text, tap.from_user.id) == ("c:2", "Sure?", 7)
        await bot.answer_callback_query(tap.id, "Noted")
        await bot.answer_callback_query("17")

    error = refusal_of(api, play)
    assert error.message == "Query is too old and response timeout expired or query id is invalid"
    assert api.queries[0].answers == [{"text": "Noted"}]


def test_a_contact_says_whose_it_is(api: BotApi, asha: Person) -> None:
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("My number", request_contact=True)]])

    async def play(bot: Bot) -> Any:
        await bot.send_message(7, "Your number?", reply_markup=keyboard)
        asha.shares_contact("+911234567890")
        asha.shares_contact("+919999999999", own=False)
        return (await bot.get_updates())[-2:]

    own, other = ask(api, play)
    assert asha.keyboard == [[{"text": "My number", "request_contact": True}]]
    assert (own.message.contact.user_id, other.message.contact.user_id) == (7, None)


def test_profile_texts_are_kept_per_language(api: BotApi) -> None:
    async def play(bot: Bot) -> Any:
        await bot.set_my_commands([BotCommand("book", "Buchen")], language_code="de")
        await bot.set_my_description("Warten", language_code="de")
        return (
            await bot.get_my_commands(),
            await bot.get_my_commands(language_code="de"),
            (await bot.get_my_description(language_code="de")).description,
            (await bot.get_my_short_description()).short_description,
            (await bot.get_my_name(language_code="de")).name,
        )

    default, german, description, short, name = ask(api, play)
    assert (default, german[0].command, description, short, name) == ((), "book", "Warten", "", "ThreeAway")


def test_too_many_requests_say_when_to_come_back(api: BotApi, asha: Person) -> None:
    api.limits = Limits(per_bot=30, per_chat=1, burst=2)

    async def chatter(bot: Bot) -> None:
        for number in range(3):
            await bot.send_message(7, str(number))

    error = refusal_of(api, chatter)
    assert isinstance(error, RetryAfter)
    assert error._retry_after.total_seconds() == 1
    assert len(asha.answers) == 2


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        (too_many_requests(7), RetryAfter, False),
        (BLOCKED, Forbidden, False),
        (Refusal(500, "Internal Server Error"), NetworkError, False),
        (Fault.BAD_GATEWAY, NetworkError, False),
        (Fault.HANG, TimedOut, False),
        (Fault.DROP, NetworkError, False),
        (Fault.DROP_AFTER, NetworkError, True),
        (Fault.HANG_AFTER, TimedOut, True),
    ],
)
def test_an_injected_fault_meets_the_next_call_only(
    api: BotApi, asha: Person, fault: Fault | Refusal, error: type[Exception], arrives: bool
) -> None:
    api.fail("sendMessage", fault)
    assert isinstance(refusal_of(api, lambda bot: bot.send_message(7, "one")), error)
    ask(api, lambda bot: bot.send_message(7, "two"))
    assert asha.texts == (["one", "two"] if arrives else ["two"])


class Receiver(HTTPServer):
    """Takes webhook deliveries; answers with the next of `answers`, else 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Delivery)
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[int, object]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


class _Delivery(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Receiver)
        update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.got.append((self.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), update))
        status, body = server.answers.pop(0) if server.answers else (200, {})
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


def texts_in(receiver: Receiver) -> list[str]:
    return [update["message"]["text"] for _, update in receiver.got]


def test_a_webhook_gets_what_waited_and_what_comes_with_its_secret(
    api: BotApi, receiver: Receiver, asha: Person
) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    ask(api, lambda bot: bot.set_webhook(url, secret_token="s3cret"))
    asha.says("two")
    api.wait_for(lambda: api.pending == 0)
    assert [secret for secret, _ in receiver.got] == ["s3cret", "s3cret"]
    assert texts_in(receiver) == ["/start", "two"]


def test_a_delivery_that_failed_is_repeated_in_its_order_and_told(
    api: BotApi, receiver: Receiver, asha: Person
) -> None:
    receiver.answers = [(500, {}), (503, {})]
    asha.says("two")
    ask(api, lambda bot: bot.set_webhook(f"http://127.0.0.1:{receiver.server_port}/hook"))
    api.wait_for(lambda: api.pending == 0)
    assert texts_in(receiver) == ["/start", "/start", "/start", "two"]
    info = ask(api, lambda bot: bot.get_webhook_info())
    assert info.last_error_message == "Wrong response from the webhook: 503"
    assert info.pending_update_count == 0


def test_a_method_in_the_answer_to_a_delivery_is_carried_out(
    api: BotApi, receiver: Receiver, asha: Person
) -> None:
    receiver.answers = [(200, {"method": "sendMessage", "chat_id": 7, "text": "Welcome"})]
    ask(api, lambda bot: bot.set_webhook(f"http://127.0.0.1:{receiver.server_port}/hook"))
    asha.sees("Welcome")
    assert api.calls[-1].by_webhook


def test_nobody_at_the_webhook_is_told_as_its_last_error(api: BotApi, asha: Person) -> None:
    ask(api, lambda bot: bot.set_webhook("http://127.0.0.1:1/hook"))
    api.wait_for(lambda: api.webhook is not None and api.webhook.last_error)
    info = ask(api, lambda bot: bot.get_webhook_info())
    assert (info.last_error_message, info.pending_update_count) == ("Connection refused", 1)
