"""What a job finds in its worker process: the one `Services`, and whether the process has been asked to leave.

RQ calls plain functions, which have to find these somewhere. Nobody but a worker and its jobs may ask for them here.
"""

import logging
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from domain.conversation.inbox import work_inbox
from domain.ports import Services
from domain.use_cases.deliver import deliver
from jobs.crew import Crew
from jobs.hints import Hints, connect

# Sending is waiting for a provider, 50 to 150 ms a message; answering is mostly work of our own.
SENDING_THREADS = 8
ANSWERING_THREADS = 4

_TOLD_AGAIN_AFTER = 60.0  # seconds


@dataclass(slots=True)
class Leaving:
    """What SIGTERM does: ends an idle process at once, and a busy one after the rows in hand."""

    asked: bool = False
    busy: bool = False

    def __call__(self, *_: object) -> None:
        self.asked = True
        if not self.busy:
            raise SystemExit(0)


class OncePerMinute(logging.Filter):
    """The same fault is told once a minute: while the database is away, each step of each second fails alike, and
    their traces would bury what else there is to read.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told_at: dict[Hashable, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.exc_info:
            return True
        fault = (record.name, record.getMessage(), record.exc_info[0])
        self._told_at = {f: at for f, at in self._told_at.items() if record.created - at < _TOLD_AGAIN_AFTER}
        if fault in self._told_at:
            return False
        self._told_at[fault] = record.created
        return True


leaving = Leaving()
_services: list[Services] = []
_hints: list[Hints] = []
_sending: list[Crew[int]] = []
_answering: list[Crew[tuple[str, str]]] = []
_showing: list[ThreadPoolExecutor] = []


def start(services: Services, *, sending_threads: int = SENDING_THREADS) -> Services:
    """Once, before the first job: keeps the services and sees that the log goes somewhere."""
    _services[:] = [services]
    _sending[:] = [
        Crew(lambda outbox_id: deliver(services, outbox_id), threads=sending_threads, name="sending")
    ]
    _answering[:] = [
        Crew(lambda sender: work_inbox(services, *sender), threads=ANSWERING_THREADS, name="answering")
    ]
    _showing[:] = [ThreadPoolExecutor(sending_threads, thread_name_prefix="showing")]
    _hints[:] = [Hints(connect(services.settings.redis_url))] if services.settings.redis_url else []
    log = logging.StreamHandler()
    log.addFilter(OncePerMinute())
    logging.basicConfig(
        level=services.settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[log],
    )
    return services


def services() -> Services:
    assert _services, "a job ran before its process was set up"
    return _services[0]


def hints() -> Hints:
    assert _hints, "a job ran where no Redis is named"
    return _hints[0]


def sending() -> Crew[int]:
    """By the row's id."""
    assert _sending, "a job ran before its process was set up"
    return _sending[0]


def answering() -> Crew[tuple[str, str]]:
    """By channel and handle."""
    assert _answering, "a job ran before its process was set up"
    return _answering[0]


def showing() -> ThreadPoolExecutor:
    """For messages that are kept up to date; its threads begin with the first."""
    assert _showing, "a job ran before its process was set up"
    return _showing[0]


def end() -> None:
    """Waits for what is in hand: first for who answers, since answers are sent from here."""
    for answerers in _answering:
        answerers.close()
    for senders in _sending:
        senders.close()
    for pool in _showing:
        pool.shutdown(wait=True)
