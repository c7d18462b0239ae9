"""A channel and a person who say something of one address at the same instant, on PostgreSQL, beside a naive twin that
has to fail.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from domain.errors import SendFault
from domain.ids import AddressId
from domain.people import Address
from domain.ports import UnitOfWork
from domain.use_cases.consequences import write_no_more
from tests.contract.ground import NOW, Uows, an_address
from tests.races.race import race

PAIRS, ROUNDS = 8, 6
Act = Callable[[UnitOfWork, AddressId], object]


def test_a_consent_that_is_taken_back_while_the_channel_stops_the_address_stays_so(uows: Uows) -> None:
    def stops(uow: UnitOfWork, address_id: AddressId) -> None:
        write_no_more(uow, address_id, SendFault.STOPPED, now=NOW)

    assert set(_consents_left(uows, stops)) == {None}


def test_an_address_that_is_written_whole_brings_the_consent_back(uows: Uows) -> None:
    """The naive twin: read the address, then save it with the one change."""

    def stops(uow: UnitOfWork, address_id: AddressId) -> None:
        address = uow.people.address_by_id(address_id)
        assert address is not None
        uow.people.save_address(replace(address, stopped_at=NOW))

    assert NOW in _consents_left(uows, stops)


def _consents_left(uows: Uows, stops: Act) -> list[object]:
    addresses = [address.id for address in _who_agreed(uows)]
    for start in range(0, len(addresses), PAIRS):
        pairs = addresses[start : start + PAIRS]
        acts = [partial(_in_one, uows, stops, address_id) for address_id in pairs]
        acts += [partial(_in_one, uows, _takes_back, address_id) for address_id in pairs]
        race(acts)
    with uows() as uow:
        return [address.consent_at for address in uow.people.addresses(addresses)]


def _takes_back(uow: UnitOfWork, address_id: AddressId) -> None:
    address = uow.people.address_by_id(address_id)
    assert address is not None
    assert uow.people.agree_no_more(address_id)


def _who_agreed(uows: Uows) -> list[Address]:
    """By another chat, and never wrote from there."""
    with uows() as uow:
        asks = an_address(uow, handle="asks")
        phones = [f"+9198{number:08}" for number in range(PAIRS * ROUNDS)]
        made = [uow.people.agree_for(p, channel="sms", like=asks, version="1", now=NOW) for p in phones]
        uow.commit()
        return uow.people.addresses([address_id for address_id in made if address_id is not None])


def _in_one(uows: Uows, act: Act, address_id: AddressId) -> None:
    with uows() as uow:
        act(uow, address_id)
        uow.commit()
