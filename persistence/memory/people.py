"""People in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from domain.ids import AddressId, OrganisationId, UserId
from domain.people import Address, Membership, User
from persistence.memory.state import State


class MemoryPeople:
    def __init__(self, state: State) -> None:
        self._state = state

    def address(
        self, *, channel: str, handle: str, now: datetime, wrote_at: datetime | None = None
    ) -> Address:
        known = (a for a in self._state.addresses.values() if (a.channel, a.handle) == (channel, handle))
        address = next(known, None) or Address(AddressId(next(self._state.ids)), channel, handle)
        written = min(wrote_at or now, now)
        seen = replace(address, last_inbound_at=max(address.last_inbound_at or written, written))
        self._state.addresses[seen.id] = seen
        return seen

    def addresses(self, address_ids: Collection[int]) -> list[Address]:
        return [address for address in self._state.addresses.values() if address.id in address_ids]

    def address_by_id(self, address_id: int) -> Address | None:
        return self._state.addresses.get(address_id)

    def save_address(self, address: Address) -> None:
        known = self._state.addresses[address.id]
        self._state.addresses[address.id] = replace(address, last_inbound_at=known.last_inbound_at)

    def stop(self, address_id: int, *, now: datetime) -> None:
        known = self._state.addresses[AddressId(address_id)]
        self._state.addresses[known.id] = replace(known, stopped_at=known.stopped_at or now)

    def block(self, address_id: int, *, now: datetime) -> None:
        known = self._state.addresses[AddressId(address_id)]
        self._state.addresses[known.id] = replace(known, blocked_at=known.blocked_at or now)

    def users_of(self, address_id: int) -> list[User]:
        organisations = sorted(place for place in self._state.address_users if place[0] == address_id)
        return [self._state.users[self._state.address_users[place]] for place in organisations]

    def others_of(self, address_id: int, *, organisation_id: int) -> list[Address]:
        user_id = self._state.address_users.get((address_id, organisation_id))
        same = sorted(
            other
            for (other, place), stands_for in self._state.address_users.items()
            if (place, stands_for) == (organisation_id, user_id) and other != address_id
        )
        return sorted((self._state.addresses[other] for other in same), key=_heard_of, reverse=True)

    def user_of(self, *, address_id: int, organisation_id: int, name: str, language: str | None) -> User:
        place = (address_id, organisation_id)
        if place not in self._state.address_users:
            user = User(UserId(0), OrganisationId(organisation_id), name, language=language)
            known = self._user_elsewhere(address_id, organisation_id)
            self._state.address_users[place] = self.add_user(user) if known is None else known
        return self._state.users[self._state.address_users[place]]

    def known_by_phone(self, phone: str, *, channels: Collection[str]) -> list[Address]:
        there = [address for address in self._state.addresses.values() if address.channel in channels]
        found = [(self._kind_of_match(address, phone), address) for address in there]
        latest_first = sorted(
            (pair for pair in found if pair[0] is not None), key=lambda pair: _heard_of(pair[1]), reverse=True
        )
        return [address for _, address in sorted(latest_first, key=lambda pair: pair[0] or 0)]

    def agree_for(
        self, phone: str, *, channel: str, like: Address, version: str, now: datetime
    ) -> AddressId | None:
        known = (a for a in self._state.addresses.values() if (a.channel, a.handle) == (channel, phone))
        address = next(known, None) or Address(AddressId(next(self._state.ids)), channel, phone)
        if address.stopped_at is not None:
            return None
        self._state.addresses[address.id] = replace(
            address,
            display_name=address.display_name or like.display_name,
            language=address.language or like.language,
            consent_at=now,
            consent_version=version,
            phone=phone,
            verified_at=now,
        )
        return address.id

    def agree_no_more(self, address_id: int) -> bool:
        address = self._state.addresses[AddressId(address_id)]
        if address.last_inbound_at is not None:
            return False
        self._state.addresses[address.id] = replace(address, consent_at=None, consent_version=None)
        return True

    def give_phone(self, address_id: int, phone: str) -> None:
        for user in self.users_of(address_id):
            self._state.users[user.id] = replace(user, phone=user.phone or phone)

    def lock_users(self, user_ids: Collection[int]) -> None:
        """One unit works at a time: nobody is there to wait for."""

    def let_stand_for(self, user: User, *, address_ids: Collection[int]) -> None:
        for address_id in address_ids:
            self._state.address_users.setdefault((address_id, user.organisation_id), user.id)

    def replace_user(self, user_id: int, *, by: int) -> None:
        for place, stood_for in self._state.address_users.items():
            if stood_for == user_id:
                self._state.address_users[place] = by

    def _user_elsewhere(self, address_id: int, organisation_id: int) -> int | None:
        mine = {user.id for user in self.users_of(address_id)}
        same = {place[0] for place, user_id in self._state.address_users.items() if user_id in mine}
        theirs = (self._state.address_users.get((each, organisation_id)) for each in same)
        return min((user_id for user_id in theirs if user_id is not None), default=None)

    def _kind_of_match(self, address: Address, phone: str) -> int | None:
        if address.handle == phone:
            return 0
        if address.phone == phone and address.verified_at is not None:
            return 1
        return 2 if any(user.phone == phone for user in self.users_of(address.id)) else None

    def user(self, user_id: int) -> User | None:
        return self._state.users.get(user_id)

    def add_user(self, user: User) -> UserId:
        user_id = UserId(next(self._state.ids))
        self._state.users[user_id] = replace(user, id=user_id)
        return user_id

    def user_by_email(self, email: str) -> User | None:
        staff = (self._state.users[user_id] for user_id in self._state.password_hashes)
        return next((u for u in staff if u.email and u.email.lower() == email.lower()), None)

    def password_hash(self, user_id: int) -> str | None:
        return self._state.password_hashes.get(user_id)

    def set_password_hash(self, user_id: int, password_hash: str | None) -> None:
        if password_hash is None:
            self._state.password_hashes.pop(user_id, None)
        else:
            self._state.password_hashes[user_id] = password_hash

    def memberships(self, user_id: int) -> tuple[Membership, ...]:
        return tuple(m for m in self._state.memberships.values() if m.user_id == user_id)

    def add_membership(self, membership: Membership) -> None:
        place = (membership.user_id, membership.organisation_id, membership.site_id)
        self._state.memberships[place] = membership


def _heard_of(address: Address) -> datetime:
    return address.last_inbound_at or datetime.min.replace(tzinfo=UTC)
