"""What a job finds in its worker process: the one `Services`, and whether the process has been asked to leave.

RQ calls plain functions, which have to find these somewhere. Nobody but a worker and its jobs may ask for them here.
"""

import logging
from dataclasses import dataclass

from domain.ports import Services


@dataclass(slots=True)
class Leaving:
    """What SIGTERM does: ends an idle process at once, and a busy one after the row it is at."""

    asked: bool = False
    busy: bool = False

    def __call__(self, *_: object) -> None:
        self.asked = True
        if not self.busy:
            raise SystemExit(0)


leaving = Leaving()
_services: list[Services] = []


def start(services: Services) -> Services:
    """Once, before the first job: keeps the services and sees that the log goes somewhere."""
    _services[:] = [services]
    logging.basicConfig(
        level=services.settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    return services


def services() -> Services:
    assert _services, "a job ran before its process was set up"
    return _services[0]
