"""The clinic on the in-memory stores; the same stories on real databases stand in tests/contract and tests/races."""

import pytest

from persistence.memory import memory_uow
from tests.use_cases.clinic import Clinic, SilentAnnouncer, open_clinic


@pytest.fixture
def clinic() -> Clinic:
    return open_clinic(memory_uow(SilentAnnouncer()))
