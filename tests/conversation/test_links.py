"""Finding the code of a link in what people send, whatever stands around it."""

import pytest

from domain.conversation.links import (
    Link,
    LinkKind,
    link_in,
    service_payload,
    site_payload,
    ticket_payload,
)

KEY = "AbC-12_xYz09-_AbC-12_x"  # as long as keys are


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        " {} ",
        "/start {}",
        "START {}",
        "Hello! Follow my token {} for me",
        "Hello! Follow my token: {}.",
        "My token: {}\n\n--\nSent from my phone",
        "मेरा टोकन: {}",
        "मेरा टोकन {}।",
        "टोकन{}है",
        "“{}”",
        "'{}'!",
        "(*{}*)",
        "token={}, thanks",
        "https://t.me/clinic_bot?start={}",
        "我的号码：{}。",
    ],
)
def test_a_token_is_found_whatever_stands_around_it(said: str) -> None:
    assert link_in(said.format(ticket_payload(KEY))) == Link(LinkKind.TICKET, KEY)


def test_a_keyboard_may_write_the_mark_of_a_token_large() -> None:
    assert link_in(f"My token: T_{KEY}") == Link(LinkKind.TICKET, KEY)


@pytest.mark.parametrize(
    "said",
    [
        "Book a time: {}",
        "Dr. Rao: {}.",
        "डॉ. राव के लिए समय: {}",
        "BOOK A TIME: SERVICE_12",
        "({})",
        "{}\nAsha",
    ],
)
def test_a_service_is_found_whatever_stands_around_it(said: str) -> None:
    assert link_in(said.format(service_payload(12))) == Link(LinkKind.SERVICE, "12")


@pytest.mark.parametrize(
    "said",
    ["Book a time: {}", "समय लेना है: {}।", "BOOK A TIME: SITE:CITY-HOSPITAL", "Hello ({})", "{}, please"],
)
def test_a_site_is_found_where_there_is_such_a_one(said: str) -> None:
    found = link_in(said.format(site_payload("city-hospital")))
    assert found == Link(LinkKind.SITE, "city-hospital", may_be_words=True)


def test_a_site_s_link_alone_is_one_even_where_there_is_no_such_site() -> None:
    assert link_in("site:city-hospital") == Link(LinkKind.SITE, "city-hospital")


@pytest.mark.parametrize(
    "said",
    [
        "I want the t_shirt_clinic for my son",
        "at_AbC-12_xYz09-_AbC-12_x",
        "my t_AbC-12_xYz09-_AbC-12_x_and_more",
        "which service is it?",
        "service 12",
        "customer service_desk",
        "selfservice_12",
        "the website: good",
        "is the site: open",
        "my start is at 10",
        "तारीख़ क्या है?",
        "1",
        "",
    ],
)
def test_ordinary_words_are_no_link(said: str) -> None:
    assert link_in(said) is None


def test_of_several_codes_the_token_s_counts() -> None:
    said = f"{site_payload('city-hospital')} {service_payload(7)} {ticket_payload(KEY)}"
    assert link_in(said) == Link(LinkKind.TICKET, KEY)
