"""People and how they are reached: users, roles, addresses. Never a ticket, never SQL."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from domain.errors import DomainError
from domain.ids import AddressId, OrganisationId, SiteId, UserId

NAME_LENGTH = 80  # characters; longer than any name on a form, shorter than an SMS
CONSENT_VERSION = "2026-11"  # changes whenever the wording of `consent-ask` changes in substance


class Role(IntEnum):
    """What a member of staff may do; each includes those below it."""

    OPERATOR = 1
    MANAGER = 2
    OWNER = 3


@dataclass(frozen=True, slots=True)
class User:
    """A person known to one organisation: who books, who is seen, or who works there."""

    id: UserId
    organisation_id: OrganisationId
    name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    reference_number: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A role at a whole organisation (`site_id` None) or at one site."""

    user_id: UserId
    organisation_id: OrganisationId
    site_id: SiteId | None
    role: Role


@dataclass(frozen=True, slots=True)
class Address:
    """Channel and handle, installation-wide, with its own language, consent and opt-out.

    `blocked_at`: the channel said that it takes nothing from us for this person; whatever they write ends that.
    `phone` is E.164, `verified_at` when the channel vouched for it.
    """

    id: AddressId
    channel: str
    handle: str
    display_name: str | None = None
    language: str | None = None
    consent_at: datetime | None = None
    consent_version: str | None = None
    stopped_at: datetime | None = None
    last_inbound_at: datetime | None = None
    blocked_at: datetime | None = None
    phone: str | None = None
    verified_at: datetime | None = None


def clean_name(text: str) -> str:
    """A name as it will be kept: one line, single spaces, at most `NAME_LENGTH` characters.

    Raises DomainError `name-needed` when nothing that could be a name is left.
    """
    printable = "".join(
        " " if unicodedata.category(c)[0] in "ZC" and c not in "\u200c\u200d" else c for c in text
    )
    name = " ".join(printable.split())[:NAME_LENGTH].strip()
    if not any(c.isalpha() for c in name):
        raise DomainError("name-needed")
    return name


def has_role(
    memberships: tuple[Membership, ...], *, role: Role, organisation_id: int, site_id: int | None
) -> bool:
    """Whether any membership grants at least `role` there. A site's membership never reaches another site."""
    return any(
        m.role >= role and m.organisation_id == organisation_id and m.site_id in (None, site_id)
        for m in memberships
    )
