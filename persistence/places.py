"""Places in SQL: organisations, sites, departments, services, counters, schedules."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from domain.errors import DomainError
from domain.ids import CounterId, DepartmentId, OrganisationId, ServiceId, SiteId
from domain.schedule import Counter, Schedule, Service, Site
from persistence.shape import shape
from persistence.tables import (
    counter_services,
    counters,
    departments,
    organisations,
    schedules,
    services,
    sites,
)
from persistence.upsert import insert

SITE = shape(Site, sites)
SERVICE = shape(Service, services, department=departments.c.name)
COUNTER = shape(Counter, counters)
SERVICE_FROM = services.outerjoin(departments, departments.c.id == services.c.department_id)

_SITES = select(*SITE.columns).order_by(sites.c.id)
_SITE = select(*SITE.columns).where(sites.c.id == bindparam("p_id"))
_SITE_BY_SLUG = select(*SITE.columns).where(sites.c.slug == bindparam("p_slug"))
_SERVICES = (
    select(*SERVICE.columns)
    .select_from(SERVICE_FROM)
    .where(services.c.site_id == bindparam("p_site"))
    .order_by(services.c.name, services.c.id)
)
_SERVICE = select(*SERVICE.columns).select_from(SERVICE_FROM).where(services.c.id == bindparam("p_id"))
_COUNTER = select(*COUNTER.columns).where(counters.c.id == bindparam("p_id"))
_COUNTERS_OF_SERVICE = (
    select(*COUNTER.columns)
    .join(counter_services, counter_services.c.counter_id == counters.c.id)
    .where(counter_services.c.service_id == bindparam("p_service"))
    .order_by(counters.c.name, counters.c.id)
)
_DEPARTMENT = select(departments.c.id).where(
    departments.c.site_id == bindparam("p_site"), departments.c.name == bindparam("p_name")
)


class SqlPlaces:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # A conversation asks for its site at every turn of a sentence; for as long as a transaction it stays as it is.
        self._sites: list[Site] | None = None
        self._site: dict[int, Site] = {}

    def sites(self) -> list[Site]:
        if self._sites is None:
            self._sites = [SITE.read(row) for row in self._connection.execute(_SITES)]
            self._site.update({site.id: site for site in self._sites})
        return [*self._sites]

    def site(self, site_id: int) -> Site | None:
        if site_id not in self._site:
            row = self._connection.execute(_SITE, {"p_id": site_id}).first()
            if row is None:
                return None
            self._site[site_id] = SITE.read(row)
        return self._site[site_id]

    def site_by_slug(self, slug: str) -> Site | None:
        row = self._connection.execute(_SITE_BY_SLUG, {"p_slug": slug}).first()
        return None if row is None else SITE.read(row)

    def services(self, site_id: int) -> list[Service]:
        return [SERVICE.read(row) for row in self._connection.execute(_SERVICES, {"p_site": site_id})]

    def service(self, service_id: int) -> Service | None:
        row = self._connection.execute(_SERVICE, {"p_id": service_id}).first()
        return None if row is None else SERVICE.read(row)

    def counters_of_service(self, service_id: int) -> list[Counter]:
        rows = self._connection.execute(_COUNTERS_OF_SERVICE, {"p_service": service_id})
        return [COUNTER.read(row) for row in rows]

    def counter(self, counter_id: int) -> Counter | None:
        row = self._connection.execute(_COUNTER, {"p_id": counter_id}).first()
        return None if row is None else COUNTER.read(row)

    def schedules(self) -> list[Schedule]:
        return [_schedule(row) for row in self._connection.execute(select(schedules).order_by("service_id"))]

    def add_organisation(self, *, name: str) -> OrganisationId:
        added = insert(organisations).values(name=name).returning(organisations.c.id)
        return OrganisationId(self._connection.execute(added).scalar_one())

    def add_site(self, site: Site) -> SiteId:
        self._sites = None
        values = asdict(site)
        del values["id"]
        added = insert(sites).values(values).returning(sites.c.id)
        return SiteId(self._connection.execute(added).scalar_one())

    def add_service(self, service: Service) -> ServiceId:
        values = asdict(service)
        del values["id"], values["department"]
        values["department_id"] = self._department(service)
        added = insert(services).values(values).on_conflict_do_nothing().returning(services.c.id)
        service_id = self._connection.execute(added).scalar()
        if service_id is None:
            raise DomainError("service-name-taken", name=service.name)
        return ServiceId(service_id)

    def add_counter(self, *, site: Site, name: str, service_ids: Collection[int]) -> CounterId:
        values = {"organisation_id": site.organisation_id, "site_id": site.id, "name": name}
        self._connection.execute(insert(counters).values(values).on_conflict_do_nothing())
        of_name = select(counters.c.id).where(counters.c.site_id == site.id, counters.c.name == name)
        counter_id = CounterId(self._connection.execute(of_name).scalar_one())
        of_site = {"organisation_id": site.organisation_id, "site_id": site.id}
        serves = [
            of_site | {"counter_id": counter_id, "service_id": service_id} for service_id in service_ids
        ]
        if serves:
            self._connection.execute(insert(counter_services).on_conflict_do_nothing(), serves)
        return counter_id

    def set_schedule(self, schedule: Schedule) -> None:
        service = self.service(schedule.service_id)
        assert service is not None, "a schedule belongs to a service that exists"
        values = asdict(schedule) | {
            "organisation_id": service.organisation_id,
            "site_id": service.site_id,
            "weekdays": "".join(map(str, sorted(schedule.weekdays))),
        }
        added = insert(schedules).values(values)
        self._connection.execute(added.on_conflict_do_update(index_elements=["service_id"], set_=values))

    def set_available(self, service_id: int, *, available: bool) -> bool:
        changed = update(services).where(services.c.id == service_id).values(available=available)
        return self._connection.execute(changed).rowcount == 1

    def _department(self, service: Service) -> DepartmentId | None:
        if service.department is None:
            return None
        values = {
            "organisation_id": service.organisation_id,
            "site_id": service.site_id,
            "name": service.department,
        }
        self._connection.execute(insert(departments).values(values).on_conflict_do_nothing())
        found = {"p_site": service.site_id, "p_name": service.department}
        return DepartmentId(self._connection.execute(_DEPARTMENT, found).scalar_one())


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        service_id=row.service_id,
        weekdays=frozenset(map(int, row.weekdays)),
        opens=row.opens,
        closes=row.closes,
        slot_minutes=row.slot_minutes,
        capacity=row.capacity,
        days_ahead=row.days_ahead,
    )
