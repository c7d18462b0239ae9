"""Staff of one service in a running installation: Start and Next, as the console has them pressed."""

from collections.abc import Callable
from datetime import UTC, datetime

from domain.events import SYSTEM
from domain.ports import UnitOfWork
from domain.schedule import business_date
from domain.use_cases.counters import sign_on
from domain.use_cases.queue import call_next, start_queue
from jobs.announcer import NullAnnouncer
from persistence.engine import make_engine
from persistence.unit_of_work import SqlUnitOfWork
from tests.installation import Installation, WallClock


class Room:
    """One counter of a service of the demo."""

    def __init__(self, installation: Installation, *, site: str, service: str, counter: int = 0) -> None:
        self._site, self._service, self._counter = site, service, counter
        self._database_url = installation.database_url

    def start(self) -> None:
        self._press(start_queue)

    def calls_next(self) -> None:
        self._press(call_next, shown_ticket_id=None)

    def _press(self, verb: Callable[..., object], **more: object) -> None:
        engine = make_engine(self._database_url)
        try:
            with SqlUnitOfWork(engine, announcer=NullAnnouncer(), clock=WallClock()) as uow:
                self._press_in(uow, verb, **more)
                uow.commit()
        finally:
            engine.dispose()

    def _press_in(self, uow: UnitOfWork, verb: Callable[..., object], **more: object) -> None:
        now = datetime.now(UTC)
        site = uow.places.site_by_slug(self._site)
        assert site is not None
        service = next(s for s in uow.places.services(site.id) if s.name == self._service)
        queue = uow.queues.find(service_id=service.id, day=business_date(now, site.zone))
        assert queue is not None
        counter = uow.places.counters_of_service(service.id)[self._counter]
        if counter.queue_id != queue.id:
            sign_on(uow, counter_id=counter.id, queue_id=queue.id, actor=SYSTEM, now=now)
            counter = uow.places.counters_of_service(service.id)[self._counter]
        if verb is call_next:
            more["counter_version"] = counter.version
        verb(uow, queue_id=queue.id, counter_id=counter.id, actor=SYSTEM, now=now, **more)
