"""What is made at Twilio once: frames of choices, and every notice as a template. Pure; never asks Twilio."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.conversation.messages import TemplateText, Text
from domain.notices import VALID_FOR, NoticeKind
from domain.ports import Catalogue
from domain.use_cases.approved import AUTHENTICATION, category_of
from whatsapp.frames import FRAMES, Frame
from whatsapp.render import WHATSAPP_CAPABILITIES

PRODUCT = "threeaway"
FRAME_LANGUAGE = "en"  # Twilio wants one, although a frame has no words
_MINUTES_OF_A_CODE = int(VALID_FOR[NoticeKind.CODE].total_seconds() // 60)
# What Meta's reviewers see in the gaps.
_SAMPLES: Mapping[str, object] = {
    "service": "Eye clinic",
    "site": "City Hospital",
    "at": {"at": "2026-11-24T05:00:00+00:00", "zone": "Asia/Kolkata", "as": "day-time"},
    "token": "10-04",
    "code": "X2K7QP",
    "ahead": 3,
    "place": "Room 2",
    "counter": "Counter 4",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One content: `types` as the Content API takes them, `samples` for what stands in the gaps.

    `language` is "" for a frame, which nobody approves and which has no `category`.
    """

    name: str
    language: str
    types: Mapping[str, Any]
    variables: tuple[str, ...]
    samples: tuple[str, ...]
    fingerprint: str
    category: str = ""

    @property
    def is_frame(self) -> bool:
        return not self.language

    @property
    def friendly_name(self) -> str:
        """How it is found again at Twilio: another one for other words."""
        return ":".join(filter(None, (PRODUCT, self.name, self.language, self.fingerprint)))

    @property
    def approval_name(self) -> str:
        """Meta keeps a name for the words that it has seen under it: other words have another."""
        return f"{PRODUCT}_{self.name.replace('-', '_')}_{self.language}_{self.fingerprint}"

    @property
    def as_asked(self) -> dict[str, Any]:
        return {
            "friendly_name": self.friendly_name,
            "language": self.language or FRAME_LANGUAGE,
            "variables": {str(number): sample for number, sample in enumerate(self.samples, start=1)},
            "types": self.types,
        }


def definitions(catalogue: Catalogue) -> list[Definition]:
    """Frames first: without them nobody taps anything."""
    return [_frame(frame) for frame in FRAMES.values()] + [
        _template(key, template, language=language, catalogue=catalogue)
        for language in catalogue.languages
        for key, template in catalogue.templates(language).items()
    ]


def _frame(frame: Frame) -> Definition:
    return Definition(frame.name, "", frame.types, frame.variables, frame.variables, frame.fingerprint)


def _template(key: str, template: TemplateText, *, language: str, catalogue: Catalogue) -> Definition:
    words = catalogue.params_in_words(
        Text(key, _SAMPLES), language=language, variant=WHATSAPP_CAPABILITIES.variant
    )
    return Definition(
        name=key,
        language=language,
        types=_types(key, template),
        variables=template.variables,
        samples=tuple(words[name] for name in template.variables),
        fingerprint=template.fingerprint,
        category=category_of(key),
    )


def _types(key: str, template: TemplateText) -> dict[str, Any]:
    """The words of a code are Meta's own, in the content's language."""
    if category_of(key) != AUTHENTICATION:
        return {"twilio/text": {"body": template.body}}
    button = {"type": "COPY_CODE", "copy_code_text": "Copy"}
    shown = {
        "add_security_recommendation": True,
        "code_expiration_minutes": _MINUTES_OF_A_CODE,
        "actions": [button],
    }
    return {"whatsapp/authentication": shown}
