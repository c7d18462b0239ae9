"""The one `Services` of a worker process, for RQ calls plain functions. Nobody but a job may ask for it here."""

import logging

from domain.ports import Services

_of_this_process: list[Services] = []


def start(services: Services) -> Services:
    """Once, before the first job: keeps the services and sees that the log goes somewhere."""
    _of_this_process[:] = [services]
    logging.basicConfig(
        level=services.settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    return services


def services() -> Services:
    assert _of_this_process, "a job ran before its process was set up"
    return _of_this_process[0]
