"""People in SQL: users, memberships, addresses. The only place of names, phones and e-mails."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, literal, select, union_all, update

from domain.ids import AddressId, UserId
from domain.people import Address, Membership, Role, User
from persistence.shape import shape
from persistence.tables import address_users, addresses, memberships, users
from persistence.upsert import insert

ADDRESS = shape(Address, addresses)
USER = shape(User, users)
MEMBERSHIP = (
    memberships.c.user_id,
    memberships.c.organisation_id,
    memberships.c.site_id,
    memberships.c.role,
)


def _later(written: Any) -> Any:
    """A message that was long on its way never moves the last one back."""
    known = addresses.c.last_inbound_at
    return case((known > written, known), else_=written)


_SEE_ADDRESS = (
    update(addresses)
    .where(addresses.c.channel == bindparam("p_channel"), addresses.c.handle == bindparam("p_handle"))
    .values(last_inbound_at=_later(bindparam("p_wrote", type_=addresses.c.last_inbound_at.type)))
    .returning(*ADDRESS.columns)
)
_NEW_ADDRESS = insert(addresses)
_MAKE_ADDRESS = _NEW_ADDRESS.on_conflict_do_update(
    index_elements=["channel", "handle"],
    set_={"last_inbound_at": _later(_NEW_ADDRESS.excluded.last_inbound_at)},
).returning(*ADDRESS.columns)
_ADDRESS = select(*ADDRESS.columns).where(addresses.c.id == bindparam("p_id"))
_STOP = (
    update(addresses)
    .where(addresses.c.id == bindparam("p_id"))
    .values(stopped_at=func.coalesce(addresses.c.stopped_at, bindparam("p_now")))
)
_BLOCK = (
    update(addresses)
    .where(addresses.c.id == bindparam("p_id"))
    .values(blocked_at=func.coalesce(addresses.c.blocked_at, bindparam("p_now")))
)
_ADDRESSES = select(*ADDRESS.columns).where(addresses.c.id.in_(bindparam("p_ids", expanding=True)))
# Lighter than FOR UPDATE, so that rows which only refer to the address needn't wait.
_LOCK_ADDRESS = (
    select(addresses.c.id).where(addresses.c.id == bindparam("p_id")).with_for_update(key_share=True)
)
_USERS_OF = (
    select(*USER.columns)
    .join(address_users, address_users.c.user_id == users.c.id)
    .where(address_users.c.address_id == bindparam("p_address"))
    .order_by(address_users.c.organisation_id)
)
# Shared, so that whoever books for a person and whoever makes two persons one wait for each other.
_USER_OF = _USERS_OF.where(address_users.c.organisation_id == bindparam("p_organisation")).with_for_update(
    read=True, of=address_users
)
_STANDS_FOR_THE_SAME = address_users.alias()
_OF_THE_SAME_PERSON = select(_STANDS_FOR_THE_SAME.c.address_id).where(
    _STANDS_FOR_THE_SAME.c.user_id.in_(
        select(address_users.c.user_id).where(address_users.c.address_id == bindparam("p_address"))
    )
)
_OTHERS_OF = (
    select(*ADDRESS.columns)
    .join(address_users, address_users.c.address_id == addresses.c.id)
    .where(
        address_users.c.organisation_id == bindparam("p_organisation"),
        address_users.c.address_id != bindparam("p_address"),
        address_users.c.user_id.in_(
            select(_STANDS_FOR_THE_SAME.c.user_id).where(
                _STANDS_FOR_THE_SAME.c.address_id == bindparam("p_address"),
                _STANDS_FOR_THE_SAME.c.organisation_id == bindparam("p_organisation"),
            )
        ),
    )
    .order_by(addresses.c.last_inbound_at.desc().nulls_last(), addresses.c.id)
)
_USER_ELSEWHERE = (
    select(*USER.columns)
    .join(address_users, address_users.c.user_id == users.c.id)
    .where(
        address_users.c.organisation_id == bindparam("p_organisation"),
        address_users.c.address_id.in_(_OF_THE_SAME_PERSON),
    )
    .order_by(users.c.id)
    .limit(1)
)
# Three look-ups, each by an index of its own: an OR of them would read every address there is.
_LED_TO = union_all(
    select(addresses.c.id, literal(0).label("rank")).where(
        addresses.c.handle == bindparam("p_phone"),
        addresses.c.channel.in_(bindparam("p_channels", expanding=True)),
    ),
    select(addresses.c.id, literal(1)).where(
        addresses.c.phone == bindparam("p_phone"), addresses.c.verified_at.is_not(None)
    ),
    select(address_users.c.address_id, literal(2))
    .join(users, users.c.id == address_users.c.user_id)
    .where(users.c.phone == bindparam("p_phone")),
).subquery()
_KNOWN_BY_PHONE = (
    select(*ADDRESS.columns)
    .join(_LED_TO, _LED_TO.c.id == addresses.c.id)
    .where(addresses.c.channel.in_(bindparam("p_channels", expanding=True)))
    .group_by(addresses.c.id)
    .order_by(func.min(_LED_TO.c.rank), addresses.c.last_inbound_at.desc().nulls_last(), addresses.c.id)
)
_USER = select(*USER.columns).where(users.c.id == bindparam("p_id"))
_STAFF_BY_EMAIL = select(*USER.columns).where(
    func.lower(users.c.email) == bindparam("p_email"),
    users.c.password_hash.is_not(None),
    users.c.disabled_at.is_(None),
)
_MEMBERSHIPS = (
    select(*MEMBERSHIP).where(memberships.c.user_id == bindparam("p_user")).order_by(memberships.c.id)
)


def membership_of(row: Sequence[Any]) -> Membership:
    """From the columns of `MEMBERSHIP`."""
    user_id, organisation_id, site_id, role = row
    return Membership(user_id, organisation_id, site_id, Role[role.upper()])


class SqlPeople:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def address(
        self, *, channel: str, handle: str, now: datetime, wrote_at: datetime | None = None
    ) -> Address:
        written = min(wrote_at or now, now)
        known = {"p_channel": channel, "p_handle": handle, "p_wrote": written}
        row = self._connection.execute(_SEE_ADDRESS, known).first()
        if row is None:
            new = {"channel": channel, "handle": handle, "last_inbound_at": written}
            row = self._connection.execute(_MAKE_ADDRESS, new).one()
        return ADDRESS.read(row)

    def addresses(self, address_ids: Collection[int]) -> list[Address]:
        return [ADDRESS.read(row) for row in self._connection.execute(_ADDRESSES, {"p_ids": [*address_ids]})]

    def address_by_id(self, address_id: int) -> Address | None:
        row = self._connection.execute(_ADDRESS, {"p_id": address_id}).first()
        return None if row is None else ADDRESS.read(row)

    def save_address(self, address: Address) -> None:
        values = asdict(address)
        del values["id"], values["channel"], values["handle"], values["last_inbound_at"]
        self._connection.execute(update(addresses).where(addresses.c.id == address.id).values(values))

    def stop(self, address_id: int, *, now: datetime) -> None:
        self._connection.execute(_STOP, {"p_id": address_id, "p_now": now})

    def block(self, address_id: int, *, now: datetime) -> None:
        self._connection.execute(_BLOCK, {"p_id": address_id, "p_now": now})

    def users_of(self, address_id: int) -> list[User]:
        return [USER.read(row) for row in self._connection.execute(_USERS_OF, {"p_address": address_id})]

    def others_of(self, address_id: int, *, organisation_id: int) -> list[Address]:
        place = {"p_address": address_id, "p_organisation": organisation_id}
        return [ADDRESS.read(row) for row in self._connection.execute(_OTHERS_OF, place)]

    def user_of(self, *, address_id: int, organisation_id: int, name: str, language: str | None) -> User:
        place = {"p_address": address_id, "p_organisation": organisation_id}
        row = self._connection.execute(_USER_OF, place).first()
        if row is None:
            self._connection.execute(_LOCK_ADDRESS, {"p_id": address_id}).one()
            row = self._connection.execute(_USER_OF, place).first()
        if row is not None:
            return USER.read(row)
        row = self._connection.execute(_USER_ELSEWHERE, place).first()
        if row is None:
            values = {"organisation_id": organisation_id, "name": name, "language": language}
            row = self._connection.execute(insert(users).returning(*USER.columns), values).one()
        user = USER.read(row)
        stands_for = {"address_id": address_id, "organisation_id": organisation_id, "user_id": user.id}
        self._connection.execute(insert(address_users), stands_for)
        return user

    def known_by_phone(self, phone: str, *, channels: Collection[str]) -> list[Address]:
        wanted = {"p_phone": phone, "p_channels": [*channels]}
        return [ADDRESS.read(row) for row in self._connection.execute(_KNOWN_BY_PHONE, wanted)]

    def agree_for(
        self, phone: str, *, channel: str, like: Address, version: str, now: datetime
    ) -> AddressId | None:
        agreed = {"consent_at": now, "consent_version": version, "phone": phone, "verified_at": now}
        made = insert(addresses).values(
            channel=channel, handle=phone, display_name=like.display_name, language=like.language, **agreed
        )
        kept = {
            name: func.coalesce(addresses.c[name], made.excluded[name])
            for name in ("display_name", "language")
        }
        agrees = made.on_conflict_do_update(
            index_elements=["channel", "handle"],
            set_=agreed | kept,
            where=addresses.c.stopped_at.is_(None),
        )
        found = self._connection.execute(agrees.returning(addresses.c.id)).scalar()
        return None if found is None else AddressId(found)

    def agree_no_more(self, address_id: int) -> bool:
        taken_back = update(addresses).where(
            addresses.c.id == address_id, addresses.c.last_inbound_at.is_(None)
        )
        values = {"consent_at": None, "consent_version": None}
        return self._connection.execute(taken_back.values(values)).rowcount == 1

    def give_phone(self, address_id: int, phone: str) -> None:
        theirs = select(address_users.c.user_id).where(address_users.c.address_id == address_id)
        without = update(users).where(users.c.id.in_(theirs), users.c.phone.is_(None))
        self._connection.execute(without.values(phone=phone))

    def lock_users(self, user_ids: Collection[int]) -> None:
        wanted = select(users.c.id).where(users.c.id.in_([*user_ids])).order_by(users.c.id)
        self._connection.execute(wanted.with_for_update(key_share=True)).all()

    def let_stand_for(self, user: User, *, address_ids: Collection[int]) -> None:
        of_user = {"organisation_id": user.organisation_id, "user_id": user.id}
        for address_id in sorted(address_ids):
            added = insert(address_users).values(of_user | {"address_id": address_id})
            self._connection.execute(added.on_conflict_do_nothing())

    def replace_user(self, user_id: int, *, by: int) -> None:
        replaced = update(address_users).where(address_users.c.user_id == user_id).values(user_id=by)
        self._connection.execute(replaced)

    def user(self, user_id: int) -> User | None:
        row = self._connection.execute(_USER, {"p_id": user_id}).first()
        return None if row is None else USER.read(row)

    def add_user(self, user: User) -> UserId:
        values = asdict(user)
        del values["id"]
        added = insert(users).values(values).returning(users.c.id)
        return UserId(self._connection.execute(added).scalar_one())

    def user_by_email(self, email: str) -> User | None:
        row = self._connection.execute(_STAFF_BY_EMAIL, {"p_email": email.lower()}).first()
        return None if row is None else USER.read(row)

    def password_hash(self, user_id: int) -> str | None:
        return self._connection.execute(select(users.c.password_hash).where(users.c.id == user_id)).scalar()

    def set_password_hash(self, user_id: int, password_hash: str | None) -> None:
        changed = update(users).where(users.c.id == user_id).values(password_hash=password_hash)
        self._connection.execute(changed)

    def memberships(self, user_id: int) -> tuple[Membership, ...]:
        rows = self._connection.execute(_MEMBERSHIPS, {"p_user": user_id})
        return tuple(membership_of(row) for row in rows)

    def add_membership(self, membership: Membership) -> None:
        role = membership.role.name.lower()
        place = (
            memberships.c.user_id == membership.user_id,
            memberships.c.organisation_id == membership.organisation_id,
            memberships.c.site_id.is_not_distinct_from(membership.site_id),
        )
        changed = self._connection.execute(update(memberships).where(*place).values(role=role)).rowcount
        if not changed:
            values = asdict(membership) | {"role": role}
            self._connection.execute(insert(memberships).values(values).on_conflict_do_nothing())
