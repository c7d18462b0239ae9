"""Phone numbers as they are kept: E.164, read with the country of a site. Never whose they are, never a look-up."""

from importlib.resources import files

import phonenumbers

from domain.errors import DomainError

Number = phonenumbers.PhoneNumber


def phone_of_contact(text: str, *, country: str | None) -> str:
    """E.164 of a number that a channel shares: with its country code, though not always with the `+` before it.

    What can only be read as a number of the site's `country` is one. Raises DomainError phone-impossible.
    """
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    abroad = _read(f"+{digits}", None)
    here = None if country is None or text.strip().startswith("+") else _read(digits, country)
    for number in (abroad, here):
        if number is not None and phonenumbers.is_valid_number(number):
            return _e164(number)
    # Numbers of a range that is younger than the library's tables.
    if abroad is not None and phonenumbers.is_possible_number(abroad):
        return _e164(abroad)
    raise DomainError("phone-impossible")


def phone_of_handle(handle: str) -> str | None:
    """E.164 of a handle that is a phone number, as some channels have; None for a user name or a short code."""
    number = _read(handle, None) if handle.startswith("+") else None
    return _e164(number) if number is not None and phonenumbers.is_possible_number(number) else None


def ending(phone: str) -> str:
    """All that a screen may show of a number: enough to know one's own by."""
    return phone[-2:]


def country_of_zone(time_zone: str) -> str | None:
    """ISO 3166 country of a time zone by tzdata's table; None for zones of no country, and for old names."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((country for country, _, zone, *_ in rows if zone == time_zone), None)


def refuse_unknown_country(country: str) -> str:
    """The country as it is kept. Raises DomainError country-unknown for one that has no phone numbers."""
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise DomainError("country-unknown", country=country)
    return country.upper()


def _read(text: str, country: str | None) -> Number | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: Number) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
