"""The command line, as a person types it: real processes on a database of their own."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import SystemClock
from embedded.process import free_port
from jobs.announcer import NullAnnouncer
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.installation import OWNER, PASSWORD
from tests.repo.documents import ROOT


class Terminal:
    """Commands in one installation's environment."""

    def __init__(self, folder: Path) -> None:
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder}/var/threeaway.db",
        }

    def types(self, *words: str, lines: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self._env | more,
            input=lines,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def app(self, *words: str, lines: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return self.types("app.py", *words, lines=lines, **more)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """At an installation that isn't there yet."""
    return Terminal(tmp_path)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """At an installation that has the demo; whoever uses it keeps to handles and accounts of their own."""
    terminal = Terminal(tmp_path_factory.mktemp("demo"))
    terminal.app("chat", OWNER_PASSWORD=PASSWORD)
    return terminal


BOOKS_BY_SMS = "hi\n1\nMina Shah\n1\n1\n1\n1\n"


def test_a_whole_booking_fits_through_a_pipe_and_is_remembered(demo: Terminal) -> None:
    phone = ("chat", "--channel", "sms", "--from", "+919800000077")
    played = demo.app(*phone, lines=BOOKS_BY_SMS)
    assert played.returncode == 0, played.stderr
    assert re.search(r"Token \d+-01", played.stdout)
    assert "Your code" in played.stdout
    assert "has not started yet" in demo.app(*phone, lines="status\n").stdout


def test_a_recorded_session_is_a_test_that_passes(demo: Terminal, tmp_path: Path) -> None:
    # Beside the transcripts it would find this fixture by itself.
    (tmp_path / "conftest.py").write_text("from tests.transcripts.conftest import demo_town\n")
    recorded = tmp_path / "test_recorded.py"
    demo.app("chat", "--channel", "sms", "--record", str(recorded), lines="hi\n1\nMina Shah\n")
    checked = demo.types("-m", "pytest", "-q", "-p", "no:cacheprovider", str(recorded), PYTHONPATH=str(ROOT))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 passed" in checked.stdout


def test_nobody_is_impersonated_where_people_can_reach_the_installation(demo: Terminal) -> None:
    refused = demo.app("chat", lines="hi\n", HOST="0.0.0.0")
    assert refused.returncode == 2
    assert "impersonates" in refused.stderr


def test_the_owners_password_is_shown_at_the_first_start_only(terminal: Terminal) -> None:
    first = terminal.app("chat", lines="")
    assert re.search(rf"Log in as {re.escape(OWNER)}, password: \S+", first.stderr)
    assert "password" not in terminal.app("chat", lines="").stderr


def test_a_weak_owners_password_is_refused_and_nothing_is_made(terminal: Terminal) -> None:
    refused = terminal.app("chat", lines="", OWNER_PASSWORD="password1234")
    assert refused.returncode == 2
    assert "Many people use this password" in refused.stderr
    assert "Log in as" in terminal.app("chat", lines="").stderr


def test_all_that_is_missing_is_told_at_once(terminal: Terminal) -> None:
    refused = terminal.app("migrate", PUBLIC_URL="https://queue.example.org", DATABASE_URL="")
    assert refused.returncode == 2
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        assert f"{name} is required" in refused.stderr


def test_an_installation_is_founded_once(terminal: Terminal) -> None:
    terminal.app("migrate")
    words = ("setup", "--organisation", "Trust", "--site", "St Mary's", "--zone", "Europe/Dublin")
    founded = terminal.app(*words)
    assert founded.returncode == 0, founded.stderr
    assert "/board/st-mary-s" in founded.stdout
    assert "shown this once" in founded.stdout
    again = terminal.app(*words)
    assert again.returncode == 2
    assert "a site already" in again.stderr


def test_an_unknown_zone_is_said(terminal: Terminal) -> None:
    terminal.app("migrate")
    refused = terminal.app("setup", "--organisation", "T", "--site", "S", "--zone", "Mars/Olympus")
    assert refused.returncode == 2
    assert "Mars/Olympus" in refused.stderr


def test_a_check_before_there_is_a_database_says_so_and_makes_none(
    terminal: Terminal, tmp_path: Path
) -> None:
    checked = terminal.app("check")
    assert checked.returncode == 1, checked.stderr
    assert "TO DO  Database: There is none yet." in checked.stdout
    assert "ok     Telegram: Off" in checked.stdout
    assert checked.stdout.endswith("1 thing to do.\n")
    assert not (tmp_path / "var" / "threeaway.db").exists()


def test_a_check_ends_with_0_when_all_is_well(terminal: Terminal, tmp_path: Path) -> None:
    terminal.app("chat", OWNER_PASSWORD=PASSWORD)
    engine = make_engine(f"sqlite:///{tmp_path}/var/threeaway.db")
    with SqlUnitOfWork(engine, announcer=NullAnnouncer(), clock=SystemClock()) as uow:
        for process in ("worker:inbox", "worker:alerts", "worker:bulk", "clock"):
            uow.heartbeats.beat(process, now=datetime.now(UTC))
        uow.commit()
    engine.dispose()
    checked = terminal.app("check")
    assert checked.stdout.endswith("All is well.\n"), checked.stdout
    assert checked.returncode == 0


def test_a_check_tells_what_the_environment_lacks(terminal: Terminal) -> None:
    refused = terminal.app("check", TELEGRAM_BOT_TOKEN="no token")
    assert refused.returncode == 2
    assert "TELEGRAM_BOT_TOKEN must be" in refused.stderr


def test_staff_are_added_once_and_get_a_password(demo: Terminal) -> None:
    words = ("add-staff", "nurse@example.org", "--name", "Nurse", "--site", "city-hospital")
    added = demo.app(*words)
    assert "shown this once" in added.stdout
    assert "already" in demo.app(*words).stderr
    assert demo.app(*words[:-1], "nowhere").returncode == 2


def test_a_password_is_reset_for_those_who_log_in_only(demo: Terminal) -> None:
    new = "seven green lamps\n"
    assert demo.app("reset-password", OWNER, lines=new + new).returncode == 0
    assert demo.app("reset-password", "nobody@example.org", lines=new + new).returncode == 2
    weak = "password1234\n"
    refused = demo.app("reset-password", OWNER, lines=weak + weak)
    assert "Many people use" in refused.stderr


@pytest.mark.parametrize("command", ["run", "chat", "migrate"])
def test_a_database_that_is_away_is_said_in_a_line(terminal: Terminal, command: str) -> None:
    nobody_there = f"postgresql://postgres:secret-word@127.0.0.1:{free_port()}/threeaway"
    given_up = terminal.app(command, DATABASE_URL=nobody_there)
    assert given_up.returncode == 2
    assert "The database can't be used: connection failed" in given_up.stderr
    assert "Traceback" not in given_up.stderr
    assert "secret-word" not in given_up.stderr
