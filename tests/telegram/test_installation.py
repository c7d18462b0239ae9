"""The whole thing as `make run` starts it, with a citizen who has nothing but Telegram: by polling and by webhook."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import demo
from embedded.process import free_port
from jobs.announcer import NullAnnouncer
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.installation import Installation
from tests.telegram.bot_api import TOKEN, BotApi
from tests.telegram.people import Person
from tests.telegram.taking_in import WallClock

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the processes are watched through /proc"),
    pytest.mark.timeout(120),
]
PATIENCE = 30


def books(asha: Person) -> None:
    """From "hi" to a token, in nothing but taps and texts."""
    asha.says("hi")
    asha.sees("Do you agree?", within=PATIENCE)
    asha.taps("I agree")
    asha.sees("full name", within=PATIENCE)
    asha.says("Asha Rao")
    asha.sees("Which place?", within=PATIENCE)
    asha.taps("City Hospital")
    asha.sees("for what?", within=PATIENCE)
    asha.taps(asha.label("Dr Asha Rao"))
    asha.sees("which day?", within=PATIENCE)
    asha.taps(asha.label("Earliest free"))
    asha.sees("Book it?", within=PATIENCE)
    asha.taps("Book it")
    assert "oken" in asha.sees("Your code", within=PATIENCE).text


@pytest.fixture
def by_polling(api: BotApi, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path, free_port(), TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_URL=api.root)
    with installation.running():
        yield installation


def test_by_polling_somebody_books_from_hi_to_a_token(api: BotApi, by_polling: Installation) -> None:
    books(api.user(7, language_code="en"))
    assert api.webhook is None
    assert api.counts()["getUpdates"] > 0
    assert all(query.answers for query in api.queries)
    by_polling.says("ThreeAway runs at")


@pytest.fixture
def by_webhook(api: BotApi, postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Installation]:
    engine = make_engine(postgres_url)
    with SqlUnitOfWork(engine, announcer=NullAnnouncer(), clock=WallClock()) as uow:
        demo.seed_demo(uow, email="owner@example.org", password_hash="x", now=datetime.now(UTC))
        uow.commit()
    engine.dispose()
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


def test_by_webhook_somebody_books_from_hi_to_a_token(api: BotApi, by_webhook: Installation) -> None:
    asha = api.user(7, language_code="en")
    books(asha)
    assert api.webhook is not None
    assert api.webhook.url.endswith("/telegram/webhook")
    assert api.counts()["getUpdates"] == 0
    # Each tap was answered by the answer to its delivery, without a call of ours.
    answers = [call for call in api.calls if call.method == "answerCallbackQuery"]
    assert len(answers) >= 5
    assert all(call.by_webhook for call in answers)
    by_webhook.says("ThreeAway runs at")
