"""What is asked to be made at Twilio: frames of every size, and every notice in every language."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.ports import Content
from domain.texts.catalogue import load
from domain.use_cases.approved import may_be_sent
from tests.texts.sms_lengths import NOTICES
from tests.texts.test_locales import LOCALES
from whatsapp.contents import Definition, definitions
from whatsapp.known_frames import GONE
from whatsapp.standing import Standing, Verdict, advice, counted

CATALOGUE = load()
ALL = definitions(CATALOGUE)
FRAMES = [definition for definition in ALL if definition.is_frame]
TEMPLATES = [definition for definition in ALL if not definition.is_frame]
NEAR = next(one for one in TEMPLATES if (one.name, one.language) == ("notice-near", "hi"))
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def content_of(definition: Definition, **otherwise: object) -> Content:
    """As it is kept when all is well, but for what is `otherwise`."""
    content = Content(
        "whatsapp",
        "AC1",
        definition.name,
        definition.language,
        "HX1",
        definition.fingerprint,
        definition.variables,
        state="approved",
        category=definition.category or None,
        checked_at=NOW,
    )
    return replace(content, **otherwise)  # type: ignore[arg-type]


def test_there_is_a_frame_for_any_number_of_choices_and_a_template_for_every_notice() -> None:
    assert {frame.name for frame in FRAMES} >= {
        *(f"quick-{choices}" for choices in (1, 2, 3)),
        *(f"list-{choices}" for choices in range(1, 11)),
    }
    assert {(one.name, one.language) for one in TEMPLATES} == {
        (key, language) for key in NOTICES for language in LOCALES
    }


@pytest.mark.parametrize("definition", ALL, ids=lambda one: one.friendly_name)
def test_every_gap_has_a_sample_and_every_sample_a_gap(definition: Definition) -> None:
    asked = definition.as_asked
    gaps = set(re.findall(r"\{\{(\d+)\}\}", json.dumps(asked["types"])))
    if definition.name == "notice-code":
        gaps = {"1"}  # Meta's words have it
    assert set(asked["variables"]) == gaps
    assert all(asked["variables"].values())
    assert len(definition.variables) == len(definition.samples) == len(gaps)


def test_no_two_are_found_by_one_name() -> None:
    assert len({one.friendly_name for one in ALL}) == len(ALL)
    assert len({one.approval_name for one in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("definition", TEMPLATES, ids=lambda one: one.friendly_name)
def test_the_name_for_approval_is_one_that_meta_takes(definition: Definition) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,512}", definition.approval_name)


def test_a_template_goes_as_plain_text_and_a_code_in_whatsapps_own_words() -> None:
    kinds = {(one.category, *one.types) for one in TEMPLATES}
    assert kinds == {("UTILITY", "twilio/text"), ("AUTHENTICATION", "whatsapp/authentication")}
    code = next(one for one in TEMPLATES if one.category == "AUTHENTICATION")
    assert code.types["whatsapp/authentication"]["code_expiration_minutes"] == 10
    assert code.variables == ("code",)


def test_the_samples_are_in_the_templates_language() -> None:
    reminder = next(one for one in TEMPLATES if (one.name, one.language) == ("notice-reminder", "hi"))
    assert "मंगल 24 नवंबर 10:30" in reminder.samples


@pytest.mark.parametrize(
    ("otherwise", "verdict", "state"),
    [
        ({}, Verdict.USABLE, "approved"),
        ({"category": "MARKETING"}, Verdict.REFUSED, "approved"),
        ({"category": None}, Verdict.REFUSED, "approved"),
        ({"state": "received"}, Verdict.WAITING, "received"),
        ({"state": "pending"}, Verdict.WAITING, "pending"),
        ({"state": "rejected", "reason": "INVALID_FORMAT"}, Verdict.REFUSED, "rejected"),
        ({"state": "paused"}, Verdict.REFUSED, "paused"),
        ({"state": "disabled"}, Verdict.REFUSED, "disabled"),
        ({"state": "unsubmitted"}, Verdict.MISSING, "unsubmitted"),
        ({"state": GONE}, Verdict.MISSING, "gone"),
        ({"fingerprint": "of older words"}, Verdict.MISSING, "in older words"),
    ],
)
def test_what_becomes_of_a_template_decides_whether_it_goes(
    otherwise: dict[str, object], verdict: Verdict, state: str
) -> None:
    content = content_of(NEAR, **otherwise)
    standing = Standing(NEAR, content)
    assert (standing.verdict, standing.state) == (verdict, state)
    template = CATALOGUE.templates("hi")["notice-near"]
    assert may_be_sent(content, template) == (verdict is Verdict.USABLE)


def test_what_was_never_made_is_missing() -> None:
    assert (Standing(NEAR, None).verdict, Standing(NEAR, None).state) == (Verdict.MISSING, "not made")


def test_a_frame_needs_nobodys_approval() -> None:
    frame = FRAMES[0]
    assert Standing(frame, content_of(frame, state="unsubmitted")).verdict is Verdict.USABLE
    assert Standing(frame, content_of(frame, state=GONE)).verdict is Verdict.MISSING
    assert Standing(frame, content_of(frame, fingerprint="older")).verdict is Verdict.MISSING


def test_a_reason_is_told_where_there_is_one() -> None:
    rejected = content_of(NEAR, state="rejected", reason="INVALID_FORMAT")
    assert Standing(NEAR, rejected).reason == "INVALID_FORMAT"
    assert Standing(NEAR, content_of(NEAR, category="MARKETING")).reason == "not taken for UTILITY"
    assert Standing(NEAR, replace(rejected, fingerprint="older")).reason == ""


def test_what_is_to_be_made_is_advised_first_and_nothing_where_all_is_well() -> None:
    usable, missing = Standing(NEAR, content_of(NEAR)), Standing(NEAR, None)
    waiting, refused = (Standing(NEAR, content_of(NEAR, state=state)) for state in ("pending", "rejected"))
    assert advice([usable]) == ""
    assert "up to two days" in advice([usable, waiting])
    assert "status" in advice([waiting, refused])
    assert "create" in advice([waiting, refused, missing])
    assert counted([usable, usable, refused]) == "2 can be sent, 1 refused"
