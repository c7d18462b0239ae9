"""Numbers as channels share them, kept in one form."""

import pytest

from domain.errors import DomainError
from domain.phones import country_of_zone, ending, phone_of_contact, refuse_unknown_country


@pytest.mark.parametrize(
    ("shared", "country", "kept"),
    [
        ("+919800000001", None, "+919800000001"),
        ("919800000001", None, "+919800000001"),
        ("919800000001", "GB", "+919800000001"),
        ("+91 98000-00001", "GB", "+919800000001"),
        ("9800000001", "IN", "+919800000001"),
        ("09800000001", "IN", "+919800000001"),
        ("९८००००००0१", "IN", "+919800000001"),
        ("07400123456", "GB", "+447400123456"),
        ("447400123456", "IN", "+447400123456"),
        ("+15550001111", None, "+15550001111"),  # possible, though no range of today's
    ],
)
def test_a_shared_number_is_kept_in_one_form(shared: str, country: str | None, kept: str) -> None:
    assert phone_of_contact(shared, country=country) == kept


@pytest.mark.parametrize(
    ("shared", "country"),
    [
        ("", "IN"),
        ("12", "IN"),
        ("+88801234567", "IN"),  # Telegram's own anonymous numbers take no SMS
        ("88801234567", "IN"),
        ("+9800000001111111111", "IN"),
        ("my number", None),
    ],
)
def test_what_is_no_number_is_refused(shared: str, country: str | None) -> None:
    with pytest.raises(DomainError) as refused:
        phone_of_contact(shared, country=country)
    assert refused.value.key == "phone-impossible"


def test_a_number_with_a_plus_is_never_read_as_one_of_the_site_s_country() -> None:
    with pytest.raises(DomainError):
        phone_of_contact("+0980000001", country="IN")


def test_a_number_is_shown_by_its_last_two_digits_only() -> None:
    assert ending("+919800000041") == "41"


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Kolkata", "IN"),
        ("Europe/London", "GB"),
        ("America/New_York", "US"),
        ("UTC", None),
        ("Etc/GMT+3", None),
    ],
)
def test_a_zone_says_its_country_where_it_has_one(zone: str, country: str | None) -> None:
    assert country_of_zone(zone) == country


def test_a_country_is_two_letters_that_have_phone_numbers() -> None:
    assert refuse_unknown_country("in") == "IN"
    with pytest.raises(DomainError) as refused:
        refuse_unknown_country("XX")
    assert refused.value.key == "country-unknown"
