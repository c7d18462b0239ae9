"""People in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from domain.ids import AddressId, OrganisationId, UserId
from domain.people import Address, Membership, User
from persistence.memory.state import State


class MemoryPeople:
    def __init__(self, state: State) -> None:
        self._state = state

    def address(self, *, channel: str, handle: str, now: datetime) -> Address:
        known = (a for a in self._state.addresses.values() if (a.channel, a.handle) == (channel, handle))
        address = next(known, None) or Address(AddressId(next(self._state.ids)), channel, handle)
        seen = replace(address, last_inbound_at=now)
        self._state.addresses[seen.id] = seen
        return seen

    def addresses(self, address_ids: Collection[int]) -> list[Address]:
        return [address for address in self._state.addresses.values() if address.id in address_ids]

    def address_by_id(self, address_id: int) -> Address | None:
        return self._state.addresses.get(address_id)

    def save_address(self, address: Address) -> None:
        self._state.addresses[address.id] = address

    def users_of(self, address_id: int) -> list[User]:
        organisations = sorted(place for place in self._state.address_users if place[0] == address_id)
        return [self._state.users[self._state.address_users[place]] for place in organisations]

    def user_of(self, *, address_id: int, organisation_id: int, name: str, language: str | None) -> User:
        place = (address_id, organisation_id)
        if place not in self._state.address_users:
            user = User(UserId(0), OrganisationId(organisation_id), name, language=language)
            self._state.address_users[place] = self.add_user(user)
        return self._state.users[self._state.address_users[place]]

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
