"""`python app.py run`, as a person starts and stops it: real processes, real ports, nothing left over."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from embedded.process import free_port
from tests.installation import Installation
from tests.processes import eventually, marked_with
from tests.repo.documents import ROOT
from tests.telegram.bot_api import TOKEN, BotApi

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are watched through /proc")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path, free_port())


def test_it_says_where_to_look_and_answers_there(installation: Installation) -> None:
    with installation.running():
        installation.says(f"ThreeAway runs at http://127.0.0.1:{installation.port}/")
        with urlopen(f"http://127.0.0.1:{installation.port}/healthz") as answer:
            assert answer.status == 200


def test_it_says_where_to_write_to_the_bot(tmp_path: Path) -> None:
    with BotApi() as api:
        telegram = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": api.root}
        installation = Installation(tmp_path, free_port(), **telegram)
        with installation.running():
            installation.says("Telegram: The bot is @threeaway_bot: https://t.me/threeaway_bot")
            eventually(
                lambda: "All is well." in installation.check(), otherwise=installation.check, within=30
            )
            assert "bot process: One is at work, by polling." in installation.check()


def test_a_token_that_telegram_does_not_know_is_said_and_the_rest_runs(tmp_path: Path) -> None:
    with BotApi() as api:
        telegram = {"TELEGRAM_BOT_TOKEN": "4242:revoked", "TELEGRAM_API_URL": api.root}
        installation = Installation(tmp_path, free_port(), **telegram)
        with installation.running():
            installation.says("doesn't know the token.")
            installation.says("Copy it again from @BotFather")
            installation.says("Phones: /simulator")
            assert "4242:revoked" not in installation.said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_orderly_and_leaves_nothing_running(
    installation: Installation, how: signal.Signals
) -> None:
    with installation.running() as process:
        installation.says("ThreeAway runs at")
        assert len(marked_with(installation.mark)) >= 7
        process.send_signal(how)
        assert process.wait(15) == 0
        assert installation.said.endswith("Everything has stopped.\n")
        assert "was killed" not in installation.said
        installation.leaves_nothing()


def test_nothing_is_left_running_when_it_is_killed(installation: Installation) -> None:
    with installation.running() as process:
        installation.says("ThreeAway runs at")
        process.kill()
        process.wait()
        installation.leaves_nothing()


def test_a_taken_port_is_said_and_the_next_one_used(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)), installation.running():
        installation.says(f"Port {installation.port} is taken by another program; using")
        installation.says("ThreeAway runs at")


def test_a_wrong_environment_is_said_in_plain_words() -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "run"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORT": "http", "LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 3
    assert "PORT must be" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrating_makes_the_database(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "app.py", "migrate"],
        cwd=ROOT,
        env={"VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/new/threeaway.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "threeaway.db").exists()


def test_telegrams_client_is_not_loaded_before_there_is_something_to_read_or_send(tmp_path: Path) -> None:
    program = "import app, sys; app.create_app(); print('telegram' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "VAR_DIR": str(tmp_path), "TELEGRAM_BOT_TOKEN": "123:abc", "SECRET_KEY": "k" * 40},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert told.stdout == "False\n"
