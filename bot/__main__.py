"""The `bot` line of the Procfile. Telegram's transport is not part of this release; never pretends it is."""

import logging
import signal

_log = logging.getLogger("bot")


def main() -> None:
    # Blocked first, so that a signal between here and the wait is kept for it.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    _log.info("Telegram is not connected in this release; the simulator plays it.")
    signal.sigwait(ends)


if __name__ == "__main__":
    main()
