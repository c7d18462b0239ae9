"""Renders texts: key, language and channel in, words out. Never a decision."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax.ast import Resource

from domain.conversation.messages import TemplateText, Text
from domain.texts.templates import templates_of

FALLBACK = "en"
HERE = Path(__file__).parent

_log = logging.getLogger(__name__)


class FluentCatalogue:
    """The `Catalogue` of Project Fluent resources, one a language."""

    def __init__(self, resources: Mapping[str, str]) -> None:
        self.languages = tuple(sorted(resources, key=lambda language: (language != FALLBACK, language)))
        parsed = {language: FluentResource(source) for language, source in resources.items()}
        self._bundles = {language: _bundle(language, resource) for language, resource in parsed.items()}
        self._templates = {language: templates_of(resource) for language, resource in parsed.items()}

    def render(self, text: Text, *, language: str, variant: str) -> str:
        """Raises KeyError where no catalogue has the text's key."""
        language = language if language in self._bundles else FALLBACK
        bundle = self._bundles[language]
        if not bundle.has_message(text.key):
            language, bundle = FALLBACK, self._bundles[FALLBACK]
        message = bundle.get_message(text.key)
        # `sms-one-way` is a kind of `sms`: what isn't said otherwise there is said as on any.
        kind_of = variant.partition("-")[0]
        pattern = message.attributes.get(variant) or message.attributes.get(kind_of) or message.value
        assert pattern is not None, text.key
        rendered, errors = bundle.format_pattern(
            pattern, self._words(text, language=language, variant=variant)
        )
        # A gap in a sentence is better than an alert that never arrives.
        for error in errors:
            _log.error("text %s in %s: %s", text.key, language, error)
        return str(rendered)

    def language_for(self, hint: str | None) -> str:
        """`hi-IN` and `hi_IN` are `hi`; a language that nobody translated is English."""
        language = (hint or "").replace("_", "-").split("-")[0].lower()
        return language if language in self._bundles else FALLBACK

    def templates(self, language: str) -> Mapping[str, TemplateText]:
        return self._templates.get(language, {})

    def params_in_words(self, text: Text, *, language: str, variant: str) -> Mapping[str, str]:
        words = self._words(text, language=language, variant=variant)
        return {name: str(word) for name, word in words.items()}

    def _words(self, text: Text, *, language: str, variant: str) -> dict[str, object]:
        return {
            name: self._word(value, language=language, variant=variant) for name, value in text.params.items()
        }

    def _word(self, value: object, *, language: str, variant: str) -> object:
        match value:
            case Text():
                return self.render(value, language=language, variant=variant)
            case int():
                return fluent_number(value, useGrouping=False)
            case Mapping():
                return self._structured(value, language=language, variant=variant)
            case list() | tuple():
                return ", ".join(str(self._word(v, language=language, variant=variant)) for v in value)
            case _:
                return str(value)

    def _structured(self, value: Mapping[str, object], *, language: str, variant: str) -> str:
        """What is an object in JSON: a text, lines of texts, an instant or a range (see `Text`)."""
        if "text" in value:
            inner = Text(str(value["text"]), _mapping(value.get("params")))
            return self.render(inner, language=language, variant=variant)
        if "lines" in value:
            lines = value["lines"]
            assert isinstance(lines, Sequence)
            return "\n".join(str(self._word(line, language=language, variant=variant)) for line in lines)
        if "at" in value:
            return self._when(value, language=language, variant=variant)
        return self.render(Text("wait-range", value), language=language, variant=variant)

    def _when(self, value: Mapping[str, object], *, language: str, variant: str) -> str:
        locale = Locale.parse(language)

        def pattern(key: str) -> str:
            return self.render(Text(key), language=language, variant=variant)

        if value["as"] == "date":
            return format_date(date.fromisoformat(str(value["at"])), pattern("pattern-day"), locale=locale)
        local = datetime.fromisoformat(str(value["at"])).astimezone(ZoneInfo(str(value["zone"])))
        day = format_date(local, pattern("pattern-day"), locale=locale)
        time = format_time(local, pattern("pattern-time"), locale=locale)
        if value["as"] == "day-time":
            return self.render(
                Text("day-and-time", {"day": day, "time": time}), language=language, variant=variant
            )
        return day if value["as"] == "day" else time


def load() -> FluentCatalogue:
    """The catalogue of the .ftl files beside this module."""
    return FluentCatalogue({path.stem: path.read_text(encoding="utf-8") for path in HERE.glob("*.ftl")})


def _bundle(language: str, resource: Resource) -> FluentBundle:
    # Isolates keep a token's digits in order inside right-to-left text; in left-to-right text they are noise,
    # and would make every SMS a UCS-2 one.
    right_to_left = Locale.parse(language).text_direction == "rtl"
    bundle = FluentBundle([language], use_isolating=right_to_left)
    bundle.add_resource(resource)
    return bundle


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
