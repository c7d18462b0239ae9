"""The beginnings of an installation: its first site, its owner, its staff. Never a default password."""

import re
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import available_timezones

from domain.errors import DomainError
from domain.ids import OrganisationId, SiteId, UserId
from domain.people import Membership, Role, User, clean_name
from domain.phones import country_of_zone, refuse_unknown_country
from domain.ports import UnitOfWork
from domain.schedule import Site

REMINDER_MINUTES = 120


def found_site(
    uow: UnitOfWork,
    *,
    organisation: str,
    name: str,
    time_zone: str,
    language: str,
    country: str | None = None,
) -> Site:
    """A site of a new organisation, with the rules most sites want; its country is its zone's where none is named.

    Raises DomainError zone-unknown or country-unknown.
    """
    if time_zone not in available_timezones():
        raise DomainError("zone-unknown", zone=time_zone)
    site = Site(
        id=SiteId(0),
        organisation_id=OrganisationId(0),
        slug="-".join(re.findall(r"[a-z0-9]+", name.lower())) or "site",
        name=name,
        discreet_name=name,
        time_zone=time_zone,
        default_language=language,
        address=None,
        map_url=None,
        emergency_text=None,
        cancel_cutoff_minutes=0,
        one_booking_per_day=True,
        reminder_minutes=REMINDER_MINUTES,
        country=refuse_unknown_country(country) if country else country_of_zone(time_zone),
    )
    return add_site(uow, site, organisation=organisation)


def add_site(uow: UnitOfWork, site: Site, *, organisation: str) -> Site:
    """The site, as kept, of a new organisation of that name."""
    owned = replace(site, organisation_id=uow.places.add_organisation(name=organisation))
    return replace(owned, id=uow.places.add_site(owned))


def add_owner(uow: UnitOfWork, *, sites: Iterable[Site], email: str, password_hash: str) -> UserId:
    """One owner of the organisations of these sites."""
    organisations = list(dict.fromkeys(site.organisation_id for site in sites))
    owner = uow.people.add_user(
        User(id=UserId(0), organisation_id=organisations[0], name="Owner", email=email)
    )
    uow.people.set_password_hash(owner, password_hash)
    for organisation in organisations:
        uow.people.add_membership(
            Membership(user_id=owner, organisation_id=organisation, site_id=None, role=Role.OWNER)
        )
    return owner


def add_member(
    uow: UnitOfWork, *, site: Site, role: Role, name: str, email: str, password_hash: str
) -> UserId:
    """Somebody who works at the site, and there only. Raises DomainError name-needed."""
    user = User(
        id=UserId(0), organisation_id=site.organisation_id, name=clean_name(name), email=email.strip()
    )
    user_id = uow.people.add_user(user)
    uow.people.set_password_hash(user_id, password_hash)
    uow.people.add_membership(
        Membership(user_id=user_id, organisation_id=site.organisation_id, site_id=site.id, role=role)
    )
    return user_id
