"""Two who take the same words another way at the same instant, on PostgreSQL, beside a naive twin that has to fail."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Engine, select

from domain.ids import AddressId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.ports import Channel, OutboxRow, UnitOfWork
from domain.use_cases.fall_back import fall_back
from persistence.tables import outbox
from tests.contract.ground import NOW, Ground, Uows, an_address, prepare
from tests.delivery.reach import SMS, TELEGRAM, WHATSAPP, Carrier, three_channels
from tests.races.race import race

ROWS = 20
FallBack = Callable[[UnitOfWork, OutboxRow, Mapping[str, Channel]], object]


@pytest.fixture
def ground(uows: Uows) -> Ground:
    with uows() as uow:
        ground = prepare(uow)
        uow.commit()
    return ground


def test_words_go_one_other_way_though_two_take_them_and_see_another_way_each(
    uows: Uows, ground: Ground, engine: Engine
) -> None:
    def takes(uow: UnitOfWork, row: OutboxRow, channels: Mapping[str, Channel]) -> object:
        return fall_back(uow, row, channels=channels, now=NOW)

    assert set(_ways_taken(uows, ground, engine, takes)) == {1}


def test_a_key_of_the_address_lets_them_go_both_ways(uows: Uows, ground: Ground, engine: Engine) -> None:
    """The naive twin: look whether they have gone another way, then send them to the address that is next."""

    def takes(uow: UnitOfWork, row: OutboxRow, channels: Mapping[str, Channel]) -> object:
        connection = uow._connection  # type: ignore[attr-defined]
        like = f"{row.notice.dedupe_key}:%"
        if connection.execute(select(outbox.c.id).where(outbox.c.dedupe_key.like(like))).first():
            return []
        others = uow.people.others_of(row.notice.address_id, organisation_id=ground.site.organisation_id)
        address = next(other for other in others if other.channel in channels)
        key = f"{row.notice.dedupe_key}:{address.id}"
        return uow.outbox.add([replace(row.notice, address_id=address.id, dedupe_key=key)])

    assert max(_ways_taken(uows, ground, engine, takes)) > 1


def _ways_taken(uows: Uows, ground: Ground, engine: Engine, takes: FallBack) -> list[int]:
    """Of each row, after two took it at once, of whom one sees only SMS as a way and the other only Telegram."""
    channels = {c.name: c for c in three_channels({n: Carrier(n) for n in (WHATSAPP, SMS, TELEGRAM)})}
    rows = _failed_rows(uows, ground)
    for row in rows:
        race([partial(_in_one, uows, takes, row, {name: channels[name]}) for name in (SMS, TELEGRAM)])
    with engine.connect() as connection:
        keys = connection.scalars(select(outbox.c.dedupe_key).where(outbox.c.dedupe_key.like("%:%"))).all()
    ways = Counter(key.partition(":")[0] for key in keys)
    return [ways[row.notice.dedupe_key] for row in rows]


def _in_one(uows: Uows, takes: FallBack, row: OutboxRow, channels: Mapping[str, Channel]) -> None:
    with uows() as uow:
        takes(uow, row, channels)
        uow.commit()


def _failed_rows(uows: Uows, ground: Ground) -> list[OutboxRow]:
    with uows() as uow:
        address_id = _a_person(uow, ground)
        ids = uow.outbox.add([_reminder(address_id, ground, key=f"k{n}") for n in range(ROWS)])
        rows = [uow.outbox.row(outbox_id) for outbox_id in ids]
        uow.commit()
    return [row for row in rows if row is not None]


def _a_person(uow: UnitOfWork, ground: Ground) -> AddressId:
    """Reached by three channels; the first is returned."""
    addresses = [an_address(uow, handle="asha", channel=name) for name in (WHATSAPP, SMS, TELEGRAM)]
    organisation_id = ground.site.organisation_id
    user = uow.people.user_of(
        address_id=addresses[0].id, organisation_id=organisation_id, name="Asha", language=None
    )
    uow.people.let_stand_for(user, address_ids=[address.id for address in addresses])
    for address in addresses:
        uow.people.save_address(replace(address, consent_at=NOW))
    return addresses[0].id


def _reminder(address_id: AddressId, ground: Ground, *, key: str) -> Notice:
    return Notice(
        kind=NoticeKind.REMINDER,
        address_id=address_id,
        dedupe_key=key,
        due_at=NOW,
        not_after=NOW + VALID_FOR[NoticeKind.REMINDER],
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
    )
