"""The Procfile's bot line: says what it is, and ends when it's told to."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_bot_process_says_that_telegram_is_not_connected_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "bot"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Telegram is not connected in this release" in process.stderr.readline()
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
