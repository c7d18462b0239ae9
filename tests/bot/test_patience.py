"""What the log says while Telegram doesn't do as asked: what is wrong, once, and never the token."""

import asyncio
import logging

import pytest
from telegram.error import InvalidToken, NetworkError

from bot.patience import Patience

TOKEN = "4242:double-of-the-bot-api-0123456789abc"


@pytest.fixture(autouse=True)
def everything_shown(caplog: pytest.LogCaptureFixture) -> None:
    """As a process shows it."""
    caplog.set_level(logging.INFO)


def fails(patience: Patience, *errors: Exception) -> None:
    async def one_after_the_other() -> None:
        for error in errors:
            await patience.after(error, doing="asking")

    asyncio.run(one_after_the_other())


def impatient() -> Patience:
    return Patience(longest=0, _next=0)


def test_what_goes_on_failing_is_told_once_and_again_when_it_changes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fails(impatient(), NetworkError("away"), NetworkError("away"), NetworkError("slow"))
    assert [record.message for record in caplog.records] == [
        "asking failed: away; it is tried again",
        "asking failed: slow; it is tried again",
    ]


def test_that_it_works_again_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    patience = impatient()
    patience.is_over()
    fails(patience, NetworkError("away"))
    patience.is_over()
    patience.is_over()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert patience.trouble is None


def test_a_wrong_token_is_said_with_what_to_do_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    fails(impatient(), InvalidToken(f"The token `{TOKEN}` was rejected by the server."))
    assert "copy it again from @BotFather" in caplog.text
    assert TOKEN not in caplog.text


def test_no_error_tells_the_token(caplog: pytest.LogCaptureFixture) -> None:
    fails(impatient(), NetworkError(f"no way to https://api.telegram.org/bot{TOKEN}/getMe"))
    assert "no way to" in caplog.text
    assert TOKEN not in caplog.text
