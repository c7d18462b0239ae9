"""Joining a person's addresses: a phone that the channel vouches for, then a code sent to one address and typed at
another. Never says that a number is known before it was verified, and never keeps a code, only its hash.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import cast

from domain.errors import DomainError
from domain.events import Actor, Event, EventName
from domain.ids import OrganisationId, UserId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.people import Address, User
from domain.ports import UnitOfWork
from domain.schedule import Site

DIGITS = 6
MOST_TRIES = 5
MOST_CODES = 3  # in `PERIOD`, for who asks as for whom they are sent to
PERIOD = timedelta(hours=1)
# scrypt's cost: 16 MB and some 50 ms a guess, which makes a million guesses longer than a code is good for.
_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
_SALT_BYTES = 16


class Tried(Enum):
    """What a typed code came to."""

    JOINED = "joined"
    WRONG = "wrong"
    SPENT = "spent"  # no try is left
    OVER = "over"  # none is live: used, too old, or never asked for
    UNSENT = "unsent"


def keep_phone(uow: UnitOfWork, address: Address, phone: str, *, now: datetime) -> Address:
    """`phone`, in E.164, is this address's by its channel's word; its users get it where they have none."""
    verified = replace(address, phone=phone, verified_at=now)
    uow.people.save_address(verified)
    uow.people.give_phone(address.id, phone)
    return verified


def elsewhere(uow: UnitOfWork, address: Address, *, channels: Collection[str]) -> list[Address]:
    """Where else its verified phone is known, likeliest first, but for addresses that are joined already."""
    if address.phone is None or address.verified_at is None:
        return []
    known = uow.people.known_by_phone(address.phone, channels=channels)
    mine = {user.id for user in uow.people.users_of(address.id)}
    return [
        other
        for other in known
        if other.id != address.id and not mine & {user.id for user in uow.people.users_of(other.id)}
    ]


def ask_for_code(
    uow: UnitOfWork,
    address: Address,
    *,
    by: str,
    channels: Collection[str],
    site: Site | None,
    now: datetime,
) -> Address:
    """Has a code sent to the likeliest other address of this phone, and returns that address.

    `by` is the kind of the channel that asks, `site` whose message it is. Raises DomainError code-nowhere where no
    other takes messages, or code-too-often.
    """
    others = elsewhere(uow, address, channels=channels)
    target = next((other for other in others if other.stopped_at is None and other.blocked_at is None), None)
    if target is None:
        raise DomainError("code-nowhere")
    expires_at = now + VALID_FOR[NoticeKind.CODE]
    code_id = uow.link_codes.add(
        address_id=address.id,
        target_id=target.id,
        most=MOST_CODES,
        since=now - PERIOD,
        now=now,
        expires_at=expires_at,
    )
    if code_id is None:
        raise DomainError("code-too-often")
    notice = Notice(
        kind=NoticeKind.CODE,
        address_id=target.id,
        dedupe_key=f"code:{code_id}",
        due_at=now,
        not_after=expires_at,
        organisation_id=site.organisation_id if site else None,
        site_id=site.id if site else None,
        data={"code": code_id, "by": by},
    )
    uow.outbox.add([notice])
    return target


def make_code(uow: UnitOfWork, notice: Notice, *, now: datetime) -> str | None:
    """The code that a CODE says, made as it's sent; an earlier one of the same notice is no good any more.

    None when nobody waits for it now.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    kept = uow.link_codes.keep_hash(cast("int", notice.data["code"]), _hashed(code), now=now)
    return code if kept else None


def try_code(
    uow: UnitOfWork, address: Address, typed: str, *, at: OrganisationId | None, actor: Actor, now: datetime
) -> Tried:
    """Joins the two addresses where `typed` is the code. A wrong one counts, so this raises nothing.

    `at` is the organisation that the person is talking to, where a user is made if neither address has any.
    """
    code = uow.link_codes.live(address.id, now=now)
    if code is None:
        return Tried.OVER
    if code.code_hash is None:
        return Tried.UNSENT
    counted = uow.link_codes.count_try(code.id, most=MOST_TRIES, now=now)
    if counted is None:
        return Tried.SPENT
    if not _is_code(typed, counted.code_hash):
        return Tried.WRONG if counted.tries < MOST_TRIES else Tried.SPENT
    if not uow.link_codes.use(code.id, now=now):
        return Tried.OVER
    join(uow, address, code.target_id, at=at, actor=actor, now=now)
    return Tried.JOINED


def tries_left(uow: UnitOfWork, address: Address, *, now: datetime) -> int:
    code = uow.link_codes.live(address.id, now=now)
    return 0 if code is None else max(0, MOST_TRIES - code.tries)


def join(
    uow: UnitOfWork,
    address: Address,
    target_id: int,
    *,
    at: OrganisationId | None,
    actor: Actor,
    now: datetime,
) -> None:
    """At every organisation both stand for one user from now on: whom the target stands for, where it does. That both
    are one person's has to be known: by a code, or by the word of the channel that the phone is theirs.
    """
    both = (address.id, target_id)
    if at is not None and not any(uow.people.users_of(address_id) for address_id in both):
        _add_user(uow, address, both, at=at)
    uow.people.lock_users({user.id for address_id in both for user in uow.people.users_of(address_id)})
    # Again: another code, typed at the other address, may have joined them while we waited.
    mine, theirs = (_by_organisation(uow, address_id) for address_id in both)
    for organisation_id in sorted({*mine, *theirs}):
        known = theirs.get(organisation_id) or mine[organisation_id]
        before = mine.get(organisation_id)
        if before is not None and before.id != known.id:
            _make_one(uow, before.id, known.id)
        uow.people.let_stand_for(known, address_ids=both)
        data = {"address": address.id, "target": target_id, "user": known.id}
        if before is not None:
            data["was"] = before.id
        event = Event(EventName.ADDRESSES_JOINED, now, organisation_id, None, actor, data=data)
        uow.events.add(event)
    if address.phone is not None:
        uow.people.give_phone(address.id, address.phone)


def _add_user(uow: UnitOfWork, address: Address, both: Collection[int], *, at: OrganisationId) -> None:
    user = User(UserId(0), at, address.display_name or "", language=address.language)
    uow.people.let_stand_for(replace(user, id=uow.people.add_user(user)), address_ids=both)


def _by_organisation(uow: UnitOfWork, address_id: int) -> Mapping[OrganisationId, User]:
    return {user.organisation_id: user for user in uow.people.users_of(address_id)}


def _make_one(uow: UnitOfWork, user_id: int, known_id: int) -> None:
    """All that the one has is the other's. First the addresses: who books for the one waits for that, or we for them;
    then the queues, so that staff who move a booking do.
    """
    uow.people.replace_user(user_id, by=known_id)
    uow.queues.lock(uow.appointments.queues_of(user_id))
    uow.appointments.hand_over(user_id, to=known_id)


def _hashed(code: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    return f"{salt.hex()}:{hashlib.scrypt(code.encode(), salt=salt, **_COST).hex()}"


def _is_code(typed: str, code_hash: str | None) -> bool:
    salt, _, _ = (code_hash or "").partition(":")
    return hmac.compare_digest(_hashed(typed, bytes.fromhex(salt)), code_hash or "")
