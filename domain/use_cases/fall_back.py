"""Another way to a person whom a notice did not reach. Never around an opt-out: only to an address with a consent of
its own. Never an answer, which belongs to the chat it was asked in, and never a code, which proves that one is theirs.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from domain.ids import AddressId, OutboxId
from domain.notices import Notice, NoticeKind
from domain.people import Address
from domain.ports import Channel, OutboxRow, UnitOfWork

_STAYS = frozenset({NoticeKind.REPLY, NoticeKind.CODE})


def fall_back(
    uow: UnitOfWork, row: OutboxRow, *, channels: Mapping[str, Channel], now: datetime
) -> OutboxId | None:
    """The same notice to the person's next address, due at once; its truth is looked at again when it is sent.

    None where there is no such address, no time left, or another process has done it.
    """
    notice = row.notice
    if notice.is_answer or notice.kind in _STAYS or now >= notice.not_after:
        return None
    address = _next_address(uow, row, channels=channels)
    if address is None:
        return None
    # A key of the row's alone, whatever the address: who falls back at the same instant may see another one first.
    elsewhere = replace(
        notice,
        address_id=address.id,
        dedupe_key=f"{notice.dedupe_key}:else",
        due_at=now,
        replaces=None,
        fallback_of=row.id,
    )
    return next(iter(uow.outbox.add([elsewhere])), None)


def _next_address(uow: UnitOfWork, row: OutboxRow, *, channels: Mapping[str, Channel]) -> Address | None:
    notice = row.notice
    if notice.organisation_id is None:
        return None
    others = uow.people.others_of(notice.address_id, organisation_id=notice.organisation_id)
    tried = _tried(uow, row)
    left = [a for a in others if a.id not in tried and _may_be_written_to(a, channels=channels)]
    return min(left, key=lambda address: _is_silent(notice, channels[address.channel]), default=None)


def _tried(uow: UnitOfWork, row: OutboxRow | None) -> set[AddressId]:
    """Where the notice has been on its way here, or goes by a row of its own."""
    tried: set[AddressId] = set()
    while row is not None:
        tried |= {row.notice.address_id, *_told_by_themselves(row.notice)}
        row = uow.outbox.row(row.notice.fallback_of) if row.notice.fallback_of is not None else None
    return tried


def _told_by_themselves(notice: Notice) -> list[AddressId]:
    """A correction goes to each address that was told what isn't true."""
    return cast("list[AddressId]", notice.data.get("told", []))


def _may_be_written_to(address: Address, *, channels: Mapping[str, Channel]) -> bool:
    is_open = address.stopped_at is None and address.blocked_at is None
    return is_open and address.consent_at is not None and address.channel in channels


def _is_silent(notice: Notice, channel: Channel) -> bool:
    """Where each minute counts, a channel that never says what arrived comes last: nothing can follow on it."""
    return notice.is_rather_told_twice and not channel.capabilities.confirms
