"""The first site of an installation."""

from collections.abc import Callable

import pytest

from domain.errors import DomainError
from domain.ports import UnitOfWork
from domain.use_cases.found import found_site
from persistence.memory import memory_uow
from tests.use_cases.clinic import SilentAnnouncer


def founded(uow: UnitOfWork, *, time_zone: str, country: str | None = None) -> str | None:
    site = found_site(
        uow, organisation="Trust", name="St Mary's", time_zone=time_zone, language="en", country=country
    )
    kept = uow.places.site(site.id)
    assert kept is not None
    return kept.country


@pytest.fixture
def make_uow() -> Callable[[], UnitOfWork]:
    return memory_uow(SilentAnnouncer())


def test_a_site_s_country_is_the_one_named_else_its_zone_s(make_uow: Callable[[], UnitOfWork]) -> None:
    with make_uow() as uow:
        assert founded(uow, time_zone="Europe/Dublin") == "IE"
        assert founded(uow, time_zone="Europe/Dublin", country="gb") == "GB"
        assert founded(uow, time_zone="UTC") is None


def test_a_country_that_is_none_is_refused(make_uow: Callable[[], UnitOfWork]) -> None:
    with make_uow() as uow, pytest.raises(DomainError) as refused:
        founded(uow, time_zone="Europe/Dublin", country="Narnia")
    assert refused.value.key == "country-unknown"
