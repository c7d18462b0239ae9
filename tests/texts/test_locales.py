"""Every language says everything, in the same variables, short and plain."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from domain.conversation.messages import Text
from domain.queue import Crowd
from domain.texts.catalogue import load
from tests.texts.sms_lengths import NOTICES, VARIANTS, too_long
from tests.transcripts.town import channels as transcript_channels
from whatsapp.render import ROW_TITLE
from whatsapp.reserved import RESERVED_WORDS
from whatsapp.segments import in_gsm, is_gsm

ROOT = Path(__file__).parents[2]
LOCALES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "domain" / "texts").glob("*.ftl")}
MESSAGES = {
    language: {m.id.name: m for m in FluentParser().parse(source).body if isinstance(m, ftl.Message)}
    for language, source in LOCALES.items()
}
FORBIDDEN = re.compile(r"\b(please|sorry|oops|invalid|error)\b|कृपया|क्षमा|माफ़|अमान्य|त्रुटि", re.IGNORECASE)
PERSONAL = {"name", "phone", "email", "handle", "patient"}


class Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 (the library's name)
        self.names.add(node.id.name)


def variables(message: ftl.Message) -> set[str]:
    visitor = Variables()
    visitor.visit(message)
    return visitor.names


def strings_in_code() -> Iterator[str]:
    for package in ("domain", "admin_web", "bot", "whatsapp", "jobs", "simulator"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
    for path in (ROOT / "admin_web").rglob("*.html"):
        yield from re.findall(r"[a-z]+(?:-[a-z]+)+", path.read_text(encoding="utf-8"))


def keys_of_enumerations() -> set[str]:
    """Keys that the code puts together from a known set of words."""
    languages = {f"language-{language}" for language in LOCALES}
    crowds = {f"crowd-{crowd.value}" for crowd in Crowd}
    channels = {f"channel-{channel.capabilities.variant}" for channel in transcript_channels().values()}
    return languages | crowds | channels | set(NOTICES)


def raised_or_said_in_code() -> Iterator[str]:
    """First arguments of `Text(…)` and `DomainError(…)`, where they are written out."""
    for path in [
        path for package in ("domain", "admin_web", "jobs") for path in (ROOT / package).rglob("*.py")
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            first = node.args[0]
            if node.func.id in {"Text", "DomainError"} and isinstance(first, ast.Constant):
                yield str(first.value)


CATALOGUE = load()
# Where a person is told how to end or begin again.
MEANT = {
    ("privacy", "STOP"),
    ("stopped", "START"),
    ("code-nowhere", "START"),
    ("sms-ask", "STOP"),
    ("sms-stopped", "STOP"),
    ("sms-stopped", "START"),
}


def rendered(key: str, *, language: str, variant: str) -> str:
    """With a word in the place of each variable."""
    params = {
        name: 3 if name in {"ahead", "free", "left"} else "x" for name in variables(MESSAGES[language][key])
    }
    return CATALOGUE.render(Text(key, params), language=language, variant=variant)


def said_by_sms() -> Iterator[tuple[str, str, str]]:
    for language in LOCALES:
        for key in MESSAGES[language]:
            if MESSAGES[language][key].value is not None:
                for variant in VARIANTS:
                    yield language, key, rendered(key, language=language, variant=variant)


def test_no_locale_has_a_line_that_is_not_fluent() -> None:
    junk = [
        entry.content
        for source in LOCALES.values()
        for entry in FluentParser().parse(source).body
        if isinstance(entry, ftl.Junk)
    ]
    assert junk == []


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_no_key_is_written_twice(language: str) -> None:
    entries = FluentParser().parse(LOCALES[language]).body
    keys = [entry.id.name for entry in entries if isinstance(entry, ftl.Message)]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("language", sorted(set(LOCALES) - {"en"}))
def test_every_locale_has_every_key_with_the_same_variables_and_variants(language: str) -> None:
    english, other = MESSAGES["en"], MESSAGES[language]
    assert set(other) == set(english)
    assert {key: variables(m) for key, m in other.items()} == {
        key: variables(m) for key, m in english.items()
    }
    assert {key: {a.id.name for a in m.attributes} for key, m in other.items()} == {
        key: {a.id.name for a in m.attributes} for key, m in english.items()
    }


def test_no_key_is_said_or_raised_that_the_texts_don_t_know() -> None:
    assert {key for key in raised_or_said_in_code() if key not in MESSAGES["en"]} == set()
    assert keys_of_enumerations() - set(MESSAGES["en"]) == set()


def test_no_sms_tells_anybody_to_write_a_word_that_twilio_takes_for_itself() -> None:
    """Such words are written in capitals; only STOP and START may be told, where just these are meant."""
    told = [
        (language, key, word)
        for language, key, text in said_by_sms()
        for word in re.findall(r"\b[A-Z]{3,}\b", text)
        if word.casefold() in RESERVED_WORDS and (key, word) not in MEANT
    ]
    assert told == []


def test_no_choice_by_sms_begins_with_a_word_that_twilio_takes_for_itself() -> None:
    """People type what they read: CANCEL alone would stop all messages and cancel nothing."""
    labels = [
        (language, key, text)
        for language, key, text in said_by_sms()
        if key.startswith(("go-", "visit-", "leave-", "confirm-", "consent-", "where-")) and len(text) < 40
    ]
    assert len(labels) > 20
    assert [each for each in labels if re.split(r"\W", each[2])[0].casefold() in RESERVED_WORDS] == []


def test_nothing_that_goes_one_way_tells_anybody_to_write() -> None:
    assert [
        (language, key)
        for language in LOCALES
        for key in NOTICES
        if key != "notice-code"  # that is written in another chat
        and re.search(r"\bwrite [A-Z]|[A-Z]{3,} लिखें", rendered(key, language=language, variant="sms-one-way"))
    ] == []


def test_nothing_that_goes_out_by_sms_is_longer_than_it_may_be() -> None:
    assert [(each.language, each.name, each.segments, each.text) for each in too_long()] == []


def test_english_needs_no_character_that_makes_an_sms_longer() -> None:
    source = "\n".join(
        line for line in LOCALES["en"].splitlines() if not line.startswith(("#", "language-hi"))
    )
    assert {character for character in in_gsm(source) if not is_gsm(character)} == set()


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_labels_fit_the_rows_of_a_whatsapp_list(language: str) -> None:
    labels = {
        key for key in MESSAGES[language] if key.startswith(("go-", "language-")) and key != "language-ask"
    }
    labels |= {
        "consent-agree",
        "service-more",
        "confirm-yes",
        "confirm-yes-move",
        "confirm-other",
        "where-refresh",
    }
    labels |= {"visit-move", "visit-cancel", "visit-cancel-yes", "visit-cancel-no", "choose"}
    shown = {key: load().render(Text(key), language=language, variant="whatsapp") for key in labels}
    assert {key: words for key, words in shown.items() if len(words) > ROW_TITLE} == {}


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_no_text_begs_apologises_or_blames(language: str) -> None:
    assert FORBIDDEN.findall(LOCALES[language]) == []


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_no_notice_has_room_for_a_persons_name(language: str) -> None:
    asked_for = set().union(*(variables(MESSAGES[language][key]) for key in NOTICES))
    assert asked_for & PERSONAL == set()
    assert "token" in asked_for


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_digits_in_texts_are_latin(language: str) -> None:
    assert [c for c in LOCALES[language] if c.isdecimal() and not c.isascii()] == []


def test_no_key_is_there_that_nobody_uses() -> None:
    used = set(strings_in_code()) | keys_of_enumerations()
    assert set(MESSAGES["en"]) - used == set()
