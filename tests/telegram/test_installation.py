"""The whole thing as `make run` starts it, with a citizen who has nothing but Telegram: by polling and by webhook."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from embedded.process import free_port
from tests.installation import Installation, fill_with_demo
from tests.room import Room
from tests.telegram.accounts import Message
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.people import Person

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the processes are watched through /proc"),
    pytest.mark.timeout(120),
]
PATIENCE = 30


def book(*people: Person) -> None:
    """From "hi" to a token, in nothing but taps and texts; all of them at the same time."""
    _all(people, lambda person: person.says("hi"), see="Do you agree?")
    _all(people, lambda person: person.taps("I agree"), see="full name")
    _all(people, lambda person: person.says("Asha Rao"), see="Which place?")
    _all(people, lambda person: person.taps("City Hospital"), see="for what?")
    _all(people, lambda person: person.taps(person.label("Dr Asha Rao")), see="which day?")
    _all(people, lambda person: person.taps(person.label("Earliest free")), see="Book it?")
    _all(people, lambda person: person.taps("Book it"), see="Your code")


def _all(people: Sequence[Person], act: Callable[[Person], object], *, see: str) -> None:
    for person in people:
        act(person)
    for person in people:
        person.sees(see, within=PATIENCE)


@pytest.fixture
def by_polling(api: BotApi, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path, free_port(), TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_URL=api.root)
    with installation.running():
        yield installation


def test_by_polling_somebody_books_from_hi_to_a_token(api: BotApi, by_polling: Installation) -> None:
    asha = api.user(7, language_code="en")
    book(asha)
    assert "oken" in asha.sees("Your code").text
    assert api.webhook is None
    assert api.counts()["getUpdates"] > 0
    assert all(query.answers for query in api.queries)
    by_polling.says("ThreeAway runs at")


@pytest.fixture
def by_webhook(api: BotApi, postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Installation]:
    fill_with_demo(postgres_url)
    port = free_port()
    installation = Installation(
        tmp_path,
        port,
        PUBLIC_URL=f"http://127.0.0.1:{port}",
        DATABASE_URL=postgres_url,
        REDIS_URL=redis_url,
        SECRET_KEY="k" * 40,
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_API_URL=api.root,
    )
    with installation.running():
        yield installation


def told(people: Sequence[Person], words: str) -> Person:
    """Who was told this: those who book in the same instant stand in an order that only the line knows."""

    def found() -> Person | None:
        return next((person for person in people if any(words in text for text in person.texts)), None)

    return people[0].comes_to(found, within=PATIENCE)


def live(person: Person, *says: str) -> Message:
    """The one message of the person's ticket, once it says this."""

    def found() -> Message | None:
        shown = [message for message in person.answers if "Updated" in message.text]
        assert len(shown) < 2, f"two live messages: {person.texts}"
        return next((m for m in shown if all(said in m.text for said in says)), None)

    return person.comes_to(found, within=PATIENCE)


def test_a_line_moves_on_the_phones_of_those_who_wait(api: BotApi, by_polling: Installation) -> None:
    people = [api.user(number, language_code="en") for number in (7, 8, 9)]
    book(*people)
    room = Room(by_polling, site="city-hospital", service="Dr Asha Rao")
    room.start()
    asha, bela, chand = (told(people, words) for words in ("you're next", "you're 1 away", "you're 2 away"))
    shown = [live(asha, "You are next"), live(bela, "1 person is ahead"), live(chand, "2 people are ahead")]
    assert all(message.is_silent for message in shown)

    room.calls_next()
    called = asha.sees("it's your turn", within=PATIENCE)
    assert not called.is_silent
    asha.sees_no_more("you're next", within=PATIENCE)
    assert live(bela, "You are next").id == shown[1].id, "sent anew instead of edited"
    assert live(chand, "1 person is ahead").id == shown[2].id

    chand.taps("I'm here", live(chand))
    assert live(chand, "You said that you are here").id == shown[2].id
    assert all(query.answers for query in api.queries)


def test_by_webhook_somebody_books_from_hi_to_a_token(api: BotApi, by_webhook: Installation) -> None:
    asha = api.user(7, language_code="en")
    book(asha)
    assert api.webhook is not None
    assert api.webhook.url.endswith("/telegram/webhook")
    assert api.counts()["getUpdates"] == 0
    # Each tap was answered by the answer to its delivery, without a call of ours.
    answers = [call for call in api.calls if call.method == "answerCallbackQuery"]
    assert len(answers) >= 5
    assert all(call.by_webhook for call in answers)
    by_webhook.says("ThreeAway runs at")
