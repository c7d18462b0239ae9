"""What SMS can do where, and what follows for the words that are sent there and the links that open it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import phonenumbers
import pytest

from domain.ids import AddressId
from domain.people import Address
from persistence.memory import memory_uow
from settings import Settings
from tests.transcripts.town import HOSPITAL, Town
from tests.transcripts.wire import NoPace
from tests.use_cases.clinic import SilentAnnouncer
from whatsapp.channel import twilio_channels
from whatsapp.countries import (
    COUNTRIES,
    country_of_number,
    is_name,
    sms_capabilities,
    sms_findings,
    takes_answers,
)
from whatsapp.opening import open_sms, open_whatsapp

ENVIRON = {
    "SECRET_KEY": "x" * 40,
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
    "TWILIO_SMS_FROM": "+14155550100",
}
INDIAN, AMERICAN = "+919800000041", "+14155550123"


def settings(**more: str) -> Settings:
    return Settings.from_env(ENVIRON | more)


def an_address(handle: str, *, has_written: bool = False) -> Address:
    heard = datetime(2026, 11, 23, tzinfo=UTC) if has_written else None
    return Address(AddressId(1), "sms", handle, last_inbound_at=heard)


def test_every_country_is_one_that_has_phone_numbers() -> None:
    assert set(COUNTRIES) <= set(phonenumbers.SUPPORTED_REGIONS)
    wanted = "IN US CA GB DE FR KE NG ZA BR MX ID PH PK BD LK NP AE SA EG AU SG MY TH VN CN JP"
    assert set(wanted.split()) <= set(COUNTRIES)


def test_a_country_is_read_from_the_number() -> None:
    assert country_of_number(INDIAN) == "IN"
    assert country_of_number("+14165550123") == "CA"
    assert country_of_number("CLINIC") is None


@pytest.mark.parametrize(
    ("handle", "variant"), [(INDIAN, "sms-one-way"), (AMERICAN, "sms"), ("56789", "sms")]
)
def test_where_nobody_can_answer_nothing_is_asked(handle: str, variant: str) -> None:
    capabilities = sms_capabilities(settings(), an_address(handle))
    assert (capabilities.variant, capabilities.takes_answers) == (variant, variant == "sms")


def test_who_has_written_by_sms_can_whatever_the_table_says() -> None:
    assert sms_capabilities(settings(), an_address(INDIAN, has_written=True)).variant == "sms"


def test_nobody_answers_a_name() -> None:
    by_name = settings(TWILIO_SMS_FROM="CLINIC")
    assert sms_capabilities(by_name, an_address(AMERICAN, has_written=True)).variant == "sms-one-way"
    with_numbers = settings(TWILIO_SMS_FROM="CLINIC", TWILIO_MESSAGING_SERVICE_SID="MG" + "0" * 32)
    assert sms_capabilities(with_numbers, an_address(AMERICAN)).variant == "sms"
    assert [is_name(sender) for sender in ("CLINIC", "Clinic 7", "+14155550100", "56789", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_country_that_nobody_looked_up_is_believed_to_answer() -> None:
    assert takes_answers("IS")
    assert takes_answers(None)


def test_a_whatsapp_link_has_the_words_ready() -> None:
    words = "मेरा टोकन: t_AbC-12 & more?"
    link = open_whatsapp(settings(), words, "IN")
    assert link is not None
    parts = urlsplit(link)
    assert (parts.netloc, parts.path) == ("wa.me", "/14155238886")
    assert parse_qs(parts.query) == {"text": [words]}


def test_an_sms_link_has_the_words_ready_in_the_form_of_rfc_5724() -> None:
    words = "My token: t_AbC-12 & more?"
    link = open_sms(settings(), words, "US")
    assert link is not None
    before, _, body = link.partition("?body=")
    assert before == "sms:+14155550100"
    assert unquote(body) == words
    assert " " not in link
    assert "&" not in link


def test_a_short_code_is_written_to_as_well() -> None:
    assert open_sms(settings(TWILIO_SMS_FROM="56789"), "x", "US") == "sms:56789?body=x"


@pytest.mark.parametrize(("sender", "country"), [("+14155550100", "IN"), ("CLINIC", "GB"), ("", "US")])
def test_where_people_cannot_write_by_sms_there_is_no_link(sender: str, country: str) -> None:
    service = {} if sender else {"TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}
    assert open_sms(settings(TWILIO_SMS_FROM=sender, **service), "x", country) is None


def test_the_channels_carry_their_links_and_what_they_can_do_at_an_address(tmp_path: Path) -> None:
    make_uow = memory_uow(SilentAnnouncer())
    channels = twilio_channels(settings(VAR_DIR=str(tmp_path)), pace=NoPace(), uow=make_uow)
    whatsapp, sms = channels["whatsapp"], channels["sms"]
    assert whatsapp.opens is not None
    assert sms.opens is not None
    assert whatsapp.opens("x", "IN") == "https://wa.me/14155238886?text=x"
    assert sms.opens("x", "GB") == "sms:+14155550100?body=x"
    assert sms.capabilities_at(an_address(INDIAN)).variant == "sms-one-way"
    assert sms.capabilities_at(an_address(INDIAN)).confirms
    assert whatsapp.capabilities_at(an_address(INDIAN)) == whatsapp.capabilities


@pytest.mark.parametrize(
    ("country", "told", "todo"),
    [
        ("IN", "carry notices only", "DLT"),
        ("US", "everything by SMS", "10DLC"),
        ("IS", "Nothing special", "twilio.com/guidelines/is/sms"),
    ],
)
def test_the_self_check_says_what_a_site_s_country_means(
    tmp_path: Path, country: str, told: str, todo: str
) -> None:
    town = Town(
        memory_uow(SilentAnnouncer()),
        folder=tmp_path,
        hospital=replace(HOSPITAL, country=country),
        is_wired=False,
    )
    with town.uow() as uow:
        (finding,) = sms_findings(uow, settings())
    assert (finding.name, finding.ok) == ("SMS at City Hospital", True)
    assert told in finding.told
    assert todo in finding.todo


def test_a_site_without_a_country_is_something_to_do(tmp_path: Path) -> None:
    town = Town(
        memory_uow(SilentAnnouncer()),
        folder=tmp_path,
        hospital=replace(HOSPITAL, country=None),
        is_wired=False,
    )
    with town.uow() as uow:
        (finding,) = sms_findings(uow, settings())
    assert not finding.ok


def test_a_name_as_sender_is_told_to_carry_notices_only(tmp_path: Path) -> None:
    town = Town(memory_uow(SilentAnnouncer()), folder=tmp_path, is_wired=False)
    with town.uow() as uow:
        (finding,) = sms_findings(uow, settings(TWILIO_SMS_FROM="CLINIC"))
        assert list(sms_findings(uow, settings(TWILIO_SMS_FROM=""))) == []
    assert "nobody can answer" in finding.told
