"""How long everything is that goes out by SMS, with the longest values that sites really hold, in every language.

`python -m tests.texts.sms_lengths` fails where something takes more segments than it may (`--all` lists what takes
two): a notice one in English and two in any other language, a question three; five where it tells all of a visit, or
what somebody agrees to.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path

from domain.conversation.messages import Text
from domain.events import SYSTEM
from domain.notices import NoticeKind
from domain.texts.catalogue import load
from domain.use_cases.administer import make_day
from persistence.memory import memory_uow
from tests.transcripts.chat import Chat
from tests.transcripts.town import HOSPITAL, NINE, RAO, TODAY, Town
from tests.use_cases.clinic import SilentAnnouncer
from whatsapp.segments import in_gsm, segments

MOST_OF_AN_ENGLISH_NOTICE = 1
MOST_OF_A_NOTICE = 2
MOST_OF_A_QUESTION = 3
MOST_OF_A_TELLING = 5
TELLINGS = {"welcome", "booked", "visit"}
ANSWERED = {NoticeKind.REPLY, NoticeKind.CONFIRMED}  # said in the conversation only
NOTICES = [f"notice-{kind.value}" for kind in NoticeKind if kind not in ANSWERED] + [
    "notice-recalled",
    "notice-undone-call",
]
AT = {"at": "2026-09-30T05:00:00+00:00", "zone": "Asia/Kolkata", "as": "day-time"}
LONGEST: dict[str, dict[str, object]] = {
    "en": {
        "service": "Orthopaedics, Dr. R. Subramanian",
        "site": "Southern Railway Hospital",
        "place": "Room 214, second floor",
        "counter": "Room 214, second floor",
        "by": "WhatsApp",
    },
    "hi": {
        "service": "हड्डी रोग, डॉ. सुब्रमण्यम",
        "site": "दक्षिण रेलवे अस्पताल",
        "place": "कमरा 214",
        "counter": "कमरा 214",
        "by": "WhatsApp",
    },
}
VARIANTS = ("sms", "sms-one-way")
_PEOPLE_AHEAD = (0, 1, 3, 12)


@dataclass(frozen=True, slots=True)
class Measured:
    """`name` is a notice's key, or what was asked for in the conversation."""

    language: str
    name: str
    segments: int
    text: str


def notices() -> Iterator[Measured]:
    """Every notice in every form that it has."""
    catalogue = load()
    for language in catalogue.languages:
        params = {**LONGEST[language], "at": AT, "token": "1030-02", "code": "X2K7QP"}
        for key in NOTICES:
            for variant in VARIANTS:
                for ahead in _PEOPLE_AHEAD if _counts(key) else (12,):
                    said = [Text(key, {**params, "ahead": ahead})]
                    if key == "notice-near" and ahead > 1:
                        said.append(Text("line-wait", {"wait": {"low": 115, "high": 145}}))
                    words = "\n\n".join(
                        catalogue.render(each, language=language, variant=variant) for each in said
                    )
                    yield _measured(language, f"{key} {variant} {ahead}", in_gsm(words, language=language))


def _counts(key: str) -> bool:
    return key.startswith(("notice-near", "notice-undone"))


def questions() -> Iterator[Measured]:
    """Every question that a person meets on the way to a place in the line and out of it again, page by page."""
    for language in load().languages:
        with tempfile.TemporaryDirectory() as folder:
            yield from _played(language, Path(folder))


def _played(language: str, folder: Path) -> Iterator[Measured]:
    town = _long_named_town(language, folder)
    chat = Chat(town, "sms", language=language)
    for step, writes in (
        ("welcome", "hi"),
        ("name", "1"),
        ("services", "Subramanian"),
        ("days", "1"),
        ("times", "2"),
        ("more times", "more"),
        ("confirm", "11:55"),
        ("booked", "1"),
        ("menu", "menu"),
        ("language", "language"),
        ("visits", "visits"),
        ("visit", "1"),
        ("giving up", "3"),
        ("where", "status"),
        ("leaving", "leave"),
        ("not understood", "blah"),
        ("more", "more"),
        ("no visits", "1"),
    ):
        chat.says(writes)
        yield _measured(language, step, chat.heard)


def _long_named_town(language: str, folder: Path) -> Town:
    named = LONGEST[language]
    site = str(named["site"])
    hospital = replace(
        HOSPITAL, name=site, discreet_name=site, default_language=language, map_url=None, emergency_text=None
    )
    town = Town(memory_uow(SilentAnnouncer()), folder=folder, hospital=hospital, is_wired=False)
    long = replace(
        RAO,
        organisation_id=town.hospital.organisation_id,
        site_id=town.hospital.id,
        name=str(named["service"]),
        discreet_name=str(named["service"]),
        department=None,
        room=str(named["place"]),
    )
    with town.uow() as uow:
        for known in (town.rao, town.sen):
            uow.places.set_available(known, available=False)
        service_id = uow.places.add_service(long)
        for number in range(9):
            uow.places.add_service(replace(long, name=f"{long.name} {number}"))
        for day in range(9):
            make_day(
                uow,
                service_id=service_id,
                day=TODAY + timedelta(days=day),
                opens=time(9),
                closes=time(13),
                slot_minutes=5,
                capacity=2,
                actor=SYSTEM,
                now=NINE,
            )
        uow.commit()
    return town


def _measured(language: str, name: str, text: str) -> Measured:
    return Measured(language, name, segments(text), text)


def too_long() -> list[Measured]:
    return [
        *(notice for notice in notices() if notice.segments > _most_of_a_notice(notice.language)),
        *(asked for asked in questions() if asked.segments > _most_of_a_question(asked.name)),
    ]


def _most_of_a_notice(language: str) -> int:
    return MOST_OF_AN_ENGLISH_NOTICE if language == "en" else MOST_OF_A_NOTICE


def _most_of_a_question(name: str) -> int:
    return MOST_OF_A_TELLING if name in TELLINGS else MOST_OF_A_QUESTION


def main() -> int:
    measured = [*notices(), *questions()]
    for each in measured:
        if each.segments > 1 and "--all" in sys.argv:
            print(f"{each.language} {each.name}: {each.segments} segments, {len(each.text)} characters")
    wrong = too_long()
    for each in wrong:
        print(f"Too long in {each.language}, {each.name}, {each.segments} segments:\n{each.text}\n")
    print(f"{len(measured)} texts by SMS measured, {len(wrong)} too long.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
