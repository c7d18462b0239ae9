"""The double as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.repo.documents import ROOT
from tests.telegram.bot_api import TOKEN
from tests.telegram.remote import RemoteBotApi
from tests.telegram.test_bot_api import asked_with


@pytest.fixture
def remote() -> Iterator[RemoteBotApi]:
    command = [sys.executable, "-m", "tests.telegram.bot_api"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield RemoteBotApi(process.stdout.readline().strip())
        process.terminate()


def test_people_in_another_process_write_and_read(remote: RemoteBotApi) -> None:
    remote.does(7, "says", "/start")
    remote.all_say([8, 9], "hi")
    updates = asked_with(remote.root, TOKEN, lambda bot: bot.get_updates())
    asked_with(remote.root, TOKEN, lambda bot: bot.send_message(8, "hello"))
    assert [update.message.text for update in updates] == ["/start", "hi", "hi"]
    assert [shown["text"] for shown in remote.screen(8)] == ["hi", "hello"]
    assert (remote.counts(), remote.pending()) == ({"getUpdates": 1, "sendMessage": 1}, 3)
