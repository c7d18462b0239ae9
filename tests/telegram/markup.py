"""Telegram's HTML, read as the Bot API reads it: strict about tags, lenient about unknown entities."""

import re
from dataclasses import dataclass
from typing import Any

from tests.telegram.refusals import bad_request

_ENTITY_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]+));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?""")
_TAG_NAME = re.compile(r"[^\s>]*")


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parsed(html: str) -> tuple[str, list[dict[str, Any]]]:
    """What is shown, and its entities. Raises Refusal in the words of the Bot API."""
    if "<" not in html and "&" not in html:
        return html, []
    return _Parser(html).parsed()


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    attributes: dict[str, str]


class _Parser:
    def __init__(self, html: str) -> None:
        self._html = html
        self._at = 0
        self._shown: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[dict[str, Any]] = []

    def parsed(self) -> tuple[str, list[dict[str, Any]]]:
        while self._at < len(self._html):
            if self._html.startswith("</", self._at):
                self._end_tag()
            elif self._html[self._at] == "<":
                self._start_tag()
            else:
                self._plain()
        if self._open:
            raise _cant_parse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return "".join(self._shown), sorted(self._entities, key=lambda found: found["offset"])

    def _plain(self) -> None:
        if self._html[self._at] == "&":
            text, self._at = _character(self._html, self._at)
        else:
            end = min(self._next("<"), self._next("&"))
            text, self._at = self._html[self._at : end], end
        self._shown.append(text)
        self._length += units(text)

    def _next(self, sign: str) -> int:
        found = self._html.find(sign, self._at)
        return len(self._html) if found < 0 else found

    def _start_tag(self) -> None:
        begin = self._offset()
        name = _TAG_NAME.match(self._html, self._at + 1)
        assert name is not None
        if name.end() == len(self._html):
            raise _cant_parse(f"Unclosed start tag at byte offset {begin}")
        tag = name.group().lower()
        if tag not in _ENTITY_TYPES:
            raise _cant_parse(f'Unsupported start tag "{tag}" at byte offset {begin}')
        self._at = name.end()
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _cant_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self._open.append(_Open(tag, self._length, attributes))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            rest = self._html[self._at :].lstrip()
            self._at = len(self._html) - len(rest)
            if rest.startswith(">"):
                self._at += 1
                return attributes
            found = _ATTRIBUTE.match(self._html, self._at)
            if not rest or (found and found.end() == len(self._html)):
                raise _cant_parse(f'Unclosed start tag "{tag}" at byte offset {begin}')
            if found is None:
                raise _cant_parse(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            attributes[found[1].lower()] = found[2] or found[3] or found[4] or ""
            self._at = found.end()

    def _end_tag(self) -> None:
        begin = self._offset()
        if not self._open:
            raise _cant_parse(f"Unexpected end tag at byte offset {begin}")
        name = _TAG_NAME.match(self._html, self._at + 2)
        assert name is not None
        rest = self._html[name.end() :].lstrip()
        if not rest.startswith(">"):
            raise _cant_parse(f"Unclosed end tag at byte offset {begin}")
        opened = self._open.pop()
        tag = name.group().lower()
        if tag not in {"", opened.tag}:
            raise _cant_parse(
                f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        self._at = len(self._html) - len(rest) + 1
        if self._length > opened.start:
            self._entities.append(self._entity(opened))

    def _entity(self, opened: _Open) -> dict[str, Any]:
        entity: dict[str, Any] = {
            "type": _ENTITY_TYPES[opened.tag],
            "offset": opened.start,
            "length": self._length - opened.start,
        }
        if opened.tag == "a":
            entity["url"] = opened.attributes.get("href", "")
        return entity

    def _offset(self) -> int:
        return len(self._html[: self._at].encode())


def _character(html: str, at: int) -> tuple[str, int]:
    """What an entity stands for and where it ends; what is none stands for itself."""
    found = _CHARACTER.match(html, at)
    if found is None:
        return "&", at + 1
    code = int(found[1], 16) if found[1] else int(found[2] or 0)
    text = _NAMED.get(found[3] or "") or (chr(code) if 0 < code <= 0x10FFFF else "")
    return (text, found.end()) if text else ("&", at + 1)


def _cant_parse(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")
