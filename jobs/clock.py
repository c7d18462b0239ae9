"""`python -m jobs.clock` does what is due by time alone; any number of clocks may run."""

import signal
import threading
from collections.abc import Callable

# Each must be safe to run twice at once, and quick.
DUTIES: tuple[Callable[[], None], ...] = ()


def main() -> None:
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    while not asked_to_stop.wait(1):
        for duty in DUTIES:
            duty()


if __name__ == "__main__":
    main()
