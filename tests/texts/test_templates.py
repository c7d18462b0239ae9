"""Every notice has a form that WhatsApp can approve, in every language, and keeps to Meta's rules for it."""

import re

import pytest
from fluent.syntax import FluentParser

from domain.conversation.messages import TemplateText
from domain.texts.catalogue import load
from domain.texts.templates import templates_of
from domain.use_cases.approved import AUTHENTICATION, UTILITY, category_of
from tests.texts.sms_lengths import NOTICES
from tests.texts.test_locales import FORBIDDEN, LOCALES, MESSAGES, PERSONAL, variables

GAP = r"\{\{\d+\}\}"
LONGEST = 550  # Meta: 1024 with the gaps filled
OURS = [key for key in NOTICES if category_of(key) == UTILITY]  # the others are in WhatsApp's own words
IN_EVERY_LANGUAGE = [(key, language) for key in OURS for language in sorted(LOCALES)]
PROMOTION = re.compile(
    r"\b(offer|discount|free|sale|deal|new service|welcome)\b|https?:|मुफ़्त|छूट", re.IGNORECASE
)


def template(key: str, language: str) -> TemplateText:
    return load().templates(language)[key]


def test_only_notices_have_a_template_and_all_of_them_do() -> None:
    for language, source in LOCALES.items():
        assert set(templates_of(FluentParser().parse(source))) == set(NOTICES), language


@pytest.mark.parametrize("key", NOTICES)
def test_a_template_asks_for_the_same_in_every_language_and_for_nothing_the_notice_lacks(key: str) -> None:
    asked = [set(template(key, language).variables) for language in LOCALES]
    assert all(names == asked[0] for names in asked)
    assert asked[0] <= variables(MESSAGES["en"][key]) - PERSONAL


@pytest.mark.parametrize(("key", "language"), IN_EVERY_LANGUAGE)
def test_a_template_tells_what_the_notice_tells(key: str, language: str) -> None:
    assert set(template(key, language).variables) == variables(MESSAGES[language][key])


@pytest.mark.parametrize(("key", "language"), IN_EVERY_LANGUAGE)
def test_a_word_stands_before_the_first_gap_after_the_last_and_between_any_two(
    key: str, language: str
) -> None:
    around = re.split(GAP, template(key, language).body)
    assert len(around) > 1
    assert [part for part in around if not any(letter.isalpha() for letter in part)] == []


@pytest.mark.parametrize(("key", "language"), IN_EVERY_LANGUAGE)
def test_there_are_more_than_twice_as_many_words_as_gaps(key: str, language: str) -> None:
    body = template(key, language).body
    words = [word for word in re.sub(GAP, " ", body).split() if any(letter.isalpha() for letter in word)]
    assert len(words) >= 2 * len(re.findall(GAP, body)) + 1


@pytest.mark.parametrize(("key", "language"), IN_EVERY_LANGUAGE)
def test_the_service_comes_first_and_each_gap_once_in_its_order(key: str, language: str) -> None:
    found = template(key, language)
    assert found.variables[0] == "service"
    gaps = re.findall(GAP, found.body)
    assert gaps == [f"{{{{{number}}}}}" for number in range(1, len(found.variables) + 1)]


@pytest.mark.parametrize(("key", "language"), IN_EVERY_LANGUAGE)
def test_a_template_is_one_plain_paragraph_that_sells_nothing(key: str, language: str) -> None:
    body = template(key, language).body
    assert len(body) <= LONGEST
    assert "\n" not in body
    assert "  " not in body
    assert not FORBIDDEN.search(body)
    assert not PROMOTION.search(body)
    assert not re.search(r"[*_~`<>$#%]", body), "Meta reads these as marks"


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_no_two_templates_say_the_same(language: str) -> None:
    bodies = [template(key, language).body for key in NOTICES]
    assert len(set(bodies)) == len(bodies)


def test_a_code_is_no_utility_and_its_only_gap_is_the_code() -> None:
    assert [key for key in NOTICES if category_of(key) == AUTHENTICATION] == ["notice-code"]
    assert {template("notice-code", language).variables for language in LOCALES} == {("code",)}


def test_a_template_that_would_have_to_choose_is_refused() -> None:
    source = "t = Words\n    .template = { $n ->\n        [1] One\n       *[other] Many\n    }\n"
    with pytest.raises(ValueError, match="words and variables only"):
        templates_of(FluentParser().parse(source))


def test_a_changed_word_or_variable_is_another_template() -> None:
    now = TemplateText("For {{1}}: come.", ("service",))
    assert now.fingerprint == TemplateText("For {{1}}: come.", ("service",)).fingerprint
    others = [TemplateText("For {{1}}: go.", ("service",)), TemplateText("For {{1}}: come.", ("site",))]
    assert now.fingerprint not in {other.fingerprint for other in others}


def test_a_value_that_looks_like_a_gap_is_said_as_it_is() -> None:
    template = TemplateText("For {{1}}: token {{2}} it is, {{1}}.", ("service", "token"))
    assert template.filled(["{{2}}", "10-04"]) == "For {{2}}: token 10-04 it is, {{2}}."
