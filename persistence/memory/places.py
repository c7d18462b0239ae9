"""Places in memory."""

from collections.abc import Collection
from dataclasses import replace

from domain.errors import DomainError
from domain.ids import CounterId, DepartmentId, OrganisationId, ServiceId, SiteId
from domain.schedule import Counter, Schedule, Service, Site
from persistence.memory.state import State


class MemoryPlaces:
    def __init__(self, state: State) -> None:
        self._state = state

    def sites(self) -> list[Site]:
        return [*self._state.sites.values()]

    def site(self, site_id: int) -> Site | None:
        return self._state.sites.get(site_id)

    def site_by_slug(self, slug: str) -> Site | None:
        return next((site for site in self._state.sites.values() if site.slug == slug), None)

    def services(self, site_id: int) -> list[Service]:
        here = [s for s in self._state.services.values() if s.site_id == site_id]
        return sorted(here, key=lambda s: (s.name, s.id))

    def service(self, service_id: int) -> Service | None:
        return self._state.services.get(service_id)

    def counters_of_service(self, service_id: int) -> list[Counter]:
        serving = [c for c in self._state.counters.values() if service_id in self._state.serves[c.id]]
        return sorted(serving, key=lambda c: (c.name, c.id))

    def counter(self, counter_id: int) -> Counter | None:
        return self._state.counters.get(counter_id)

    def schedules(self) -> list[Schedule]:
        return [self._state.schedules[service_id] for service_id in sorted(self._state.schedules)]

    def add_organisation(self, *, name: str) -> OrganisationId:
        organisation_id = OrganisationId(next(self._state.ids))
        self._state.organisations[organisation_id] = name
        return organisation_id

    def add_site(self, site: Site) -> SiteId:
        site_id = SiteId(next(self._state.ids))
        self._state.sites[site_id] = replace(site, id=site_id)
        return site_id

    def add_service(self, service: Service) -> ServiceId:
        there = self._state.services.values()
        if any((s.site_id, s.name) == (service.site_id, service.name) for s in there):
            raise DomainError("service-name-taken", name=service.name)
        service_id = ServiceId(next(self._state.ids))
        department_id = self._department(service)
        self._state.services[service_id] = replace(service, id=service_id, department_id=department_id)
        return service_id

    def add_counter(self, *, site: Site, name: str, service_ids: Collection[int]) -> CounterId:
        known = (c.id for c in self._state.counters.values() if (c.site_id, c.name) == (site.id, name))
        if (counter_id := next(known, None)) is not None:
            self._state.serves[counter_id] |= frozenset(service_ids)
            return counter_id
        counter_id = CounterId(next(self._state.ids))
        self._state.counters[counter_id] = Counter(
            id=counter_id,
            organisation_id=site.organisation_id,
            site_id=site.id,
            name=name,
            version=0,
            queue_id=None,
            ticket_id=None,
        )
        self._state.serves[counter_id] = frozenset(service_ids)
        return counter_id

    def set_schedule(self, schedule: Schedule) -> None:
        self._state.schedules[schedule.service_id] = schedule

    def set_available(self, service_id: int, *, available: bool) -> bool:
        service = self._state.services.get(service_id)
        if service is None:
            return False
        self._state.services[service_id] = replace(service, available=available)
        return True

    def _department(self, service: Service) -> DepartmentId | None:
        if service.department is None:
            return None
        place = (service.site_id, service.department)
        if place not in self._state.departments:
            self._state.departments[place] = next(self._state.ids)
        return DepartmentId(self._state.departments[place])
