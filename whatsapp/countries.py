"""What SMS can do in a country, and so what ours may say there. Never whom it is sent to.

From Twilio's guidelines of each country, `https://www.twilio.com/guidelines/<country>/sms`, as of 2025 ("Two-way SMS
supported", "Sender ID preserved", pre-registration and compliance considerations); for EG, KE, NP and PK from the
guides of sent.dm, which repeat them; AU, BR, CA, CN, DE, GB, GH, LK and NZ by what is generally known of them. Rules
change: what a person really does is believed before this table (see `sms_capabilities`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import phonenumbers

from checks.examination import Finding
from domain.conversation.messages import Capabilities
from domain.people import Address
from domain.ports import UnitOfWork
from settings import Settings
from whatsapp.render import SMS_CAPABILITIES, SMS_ONE_WAY_CAPABILITIES

_NUMBER = re.compile(r"\+\d{7,15}", flags=re.ASCII)


class Names(Enum):
    """What becomes of a sender's name, such as CLINIC in place of a number."""

    SHOWN = "shown"
    REGISTERED = "registered"  # shown once it is registered, else replaced or refused
    REPLACED = "replaced"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Country:
    """`two_way`: people can answer. `demands` is what has to be registered before anything is let through."""

    two_way: bool
    names: Names
    demands: str = ""
    forbids_short_links: bool = False


_BY_NAME_ONLY = Country(two_way=False, names=Names.REGISTERED, demands="the sender's name")
COUNTRIES = {
    "AE": _BY_NAME_ONLY,
    "AU": Country(two_way=True, names=Names.REGISTERED, demands="the sender's name, where there is one"),
    "BD": _BY_NAME_ONLY,
    "BR": Country(two_way=True, names=Names.REPLACED, demands="a short code"),
    "CA": Country(two_way=True, names=Names.REFUSED),
    "CN": Country(
        two_way=False, names=Names.REPLACED, demands="every text as a template", forbids_short_links=True
    ),
    "DE": Country(two_way=True, names=Names.SHOWN),
    "EG": _BY_NAME_ONLY,
    "FR": Country(two_way=True, names=Names.SHOWN, demands="a short code, since numbers are for people"),
    "GB": Country(two_way=True, names=Names.SHOWN),
    "GH": _BY_NAME_ONLY,
    "ID": _BY_NAME_ONLY,
    "IN": Country(
        two_way=False,
        names=Names.REPLACED,
        demands="the organisation, the sender's name and every text with the operators' register (DLT)",
        forbids_short_links=True,
    ),
    "JP": Country(two_way=False, names=Names.REGISTERED),
    "KE": _BY_NAME_ONLY,
    "LK": _BY_NAME_ONLY,
    "MX": Country(two_way=True, names=Names.REPLACED),
    "MY": Country(
        two_way=True, names=Names.REPLACED, demands="every link in a text", forbids_short_links=True
    ),
    "NG": _BY_NAME_ONLY,
    "NP": _BY_NAME_ONLY,
    "NZ": Country(two_way=True, names=Names.REFUSED, demands="a short code"),
    "PH": Country(two_way=True, names=Names.REGISTERED, demands="the sender's name"),
    "PK": _BY_NAME_ONLY,
    "SA": _BY_NAME_ONLY,
    "SG": Country(two_way=False, names=Names.REGISTERED, demands="the sender's name (SSIR)"),
    "TH": Country(
        two_way=False, names=Names.REGISTERED, demands="the sender's name", forbids_short_links=True
    ),
    "US": Country(
        two_way=True, names=Names.REFUSED, demands="brand and campaign (10DLC), or a toll-free number"
    ),
    "VN": _BY_NAME_ONLY,
    "ZA": Country(two_way=True, names=Names.REPLACED),
}


def country_of_number(phone: str) -> str | None:
    """ISO 3166 country of a number in E.164; None for what is none, and for numbers of no country."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return None


def takes_answers(country: str | None) -> bool:
    """Of a country that nobody has looked up it is believed: to be told what to write does less harm than silence."""
    known = COUNTRIES.get(country or "")
    return known is None or known.two_way


def is_name(sender: str) -> bool:
    """Whether SMS come from a name, which nobody can answer."""
    return bool(sender) and not sender.removeprefix("+").isdecimal()


def sms_capabilities(settings: Settings, address: Address) -> Capabilities:
    """What SMS can do for this person. Whoever has written to us by SMS can, whatever the table says."""
    if is_name(settings.twilio_sms_from) and not settings.twilio_messaging_service_sid:
        return SMS_ONE_WAY_CAPABILITIES
    if address.last_inbound_at is None and not takes_answers(country_of_number(address.handle)):
        return SMS_ONE_WAY_CAPABILITIES
    return SMS_CAPABILITIES


def sms_link_number(settings: Settings, country: str | None) -> str | None:
    """The number that people at a site in this country write to by SMS; None where there is none that they can."""
    sender = settings.twilio_sms_from
    is_number = _NUMBER.fullmatch(sender) is not None or sender.isdecimal()
    return sender if sender and is_number and takes_answers(country) else None


def sms_findings(uow: UnitOfWork, settings: Settings) -> Iterable[Finding]:
    """What the country of each site means for its SMS; nothing where there is no SMS."""
    if not settings.has_sms:
        return
    for site in uow.places.sites():
        yield _finding(site.name, site.country, settings)


def _finding(site: str, country: str | None, settings: Settings) -> Finding:
    name = f"SMS at {site}"
    if country is None:
        return Finding(
            name=name,
            ok=False,
            told="The site has no country, so nothing is known of SMS there.",
            todo="Set the site's country.",
        )
    known = COUNTRIES.get(country)
    if known is None:
        return Finding(
            name=name,
            ok=True,
            told=f"Nothing special is known of SMS in {country}.",
            todo=f"See https://www.twilio.com/guidelines/{country.lower()}/sms.",
        )
    return Finding(name=name, ok=True, told=_told(country, known, settings), todo=_todo(country, known))


def _told(country: str, known: Country, settings: Settings) -> str:
    by_name = is_name(settings.twilio_sms_from) and not settings.twilio_messaging_service_sid
    if by_name:
        return "SMS come from a name, which nobody can answer: they carry notices only."
    if not known.two_way:
        return (
            f"In {country} people can't answer an SMS: they carry notices only. Booking is by WhatsApp, Telegram or "
            "at the desk."
        )
    return f"In {country} people can do everything by SMS."


def _todo(country: str, known: Country) -> str:
    todos = [f"{country} demands: {known.demands}."] if known.demands else []
    if known.names is Names.REFUSED:
        todos.append("A name as sender is refused there: use a number.")
    if known.names is Names.REPLACED:
        todos.append("The sender that people see may be another one.")
    if known.forbids_short_links:
        todos.append(
            "Short links are forbidden there; links of PUBLIC_URL are none, but have to be registered too."
        )
    return " ".join(todos)
