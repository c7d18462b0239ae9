"""The message log: what a site sent, what became of it and what it cost. For managers; never to whom."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from admin_web.message_log import DAYS_SHOWN, ROWS_SHOWN
from admin_web.message_words import KINDS, what_went_wrong
from domain.errors import SendError, SendFault
from domain.ids import OutboxId
from domain.notices import VALID_FOR, Notice, NoticeKind
from domain.people import Role
from domain.ports import Sent
from tests.admin_web.world import Page, World, text_of
from tests.use_cases.clinic import Clinic

MINUTE = timedelta(minutes=1)
_keys = count()


def add(
    world: World,
    *,
    kind: NoticeKind = NoticeKind.CALLED,
    at: datetime | None = None,
    channel: str = "whatsapp",
    clinic: Clinic | None = None,
    sent: Sent | None = None,
    said: str = "It is your turn, token 09-01.",
    error: str = "",
    **more: object,
) -> OutboxId:
    """A row of the clinic's outbox that was sent, or failed."""
    at, site = at or world.clock.at, (clinic or world.ours).site
    with world.make_uow() as uow:
        address = uow.people.address(channel=channel, handle="+919800000001", now=at)
        uow.people.save_address(replace(address, display_name="Asha Devi"))
        key, not_after = f"log:{next(_keys)}", at + VALID_FOR[kind]
        notice = Notice(kind, address.id, key, at, not_after, site.organisation_id, site.id)
        (outbox_id,) = uow.outbox.add([replace(notice, **more)])  # type: ignore[arg-type]  # any field
        if error:
            uow.outbox.record_failed(outbox_id, error=error, now=at)
        else:
            uow.outbox.record_sent(outbox_id, sent=sent or Sent("m", "session", 1), said=[said], now=at)
        uow.commit()
    return outbox_id


def rows_of(page: Page, path: str = "/messages") -> list[str]:
    """The list's rows, as they are read."""
    listed = re.findall(r'<li id="message-.*?</li>', page.get(path).text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).replace("&#39;", "'").split()) for row in listed]


def test_a_manager_reads_what_went_and_what_became_of_it(world: World, manager: Page) -> None:
    ticket = world.ours.book("asha").ticket
    sent = add(world, ticket_id=ticket.id, sent=Sent("m1", "template", 1))
    with world.make_uow() as uow:
        uow.outbox.record_arrived(sent, provider_id="m1", is_read=False, now=world.clock.at + MINUTE)
        uow.outbox.record_arrived(sent, provider_id="m1", is_read=True, now=world.clock.at + 2 * MINUTE)
        uow.commit()
    (row,) = rows_of(manager)
    assert row == (
        f"09:00 {ticket.token} It's your turn WhatsApp ✓ read delivered 09:01:00, read 09:02:00 · 1 template"
        " What was said at 09:00 It is your turn, token 09-01."
    )


def test_it_says_to_nobody_who_was_written_to(world: World, manager: Page) -> None:
    add(world, ticket_id=world.ours.book("asha").ticket.id)
    told = manager.get("/messages").text
    for secret in ("Asha", "asha", "98000"):
        assert secret not in told


def test_what_answers_and_codes_said_is_not_shown(world: World, manager: Page) -> None:
    add(world, kind=NoticeKind.REPLY, said="You are Asha Devi?", data={"replies": []})
    add(world, kind=NoticeKind.CONFIRMED, said="Asha Devi is booked.", data={"replies": []})
    add(world, kind=NoticeKind.CODE, said="Your code: 1234.")
    told = manager.says("/messages")
    assert {"Answer WhatsApp", "Booking confirmed WhatsApp", "Code WhatsApp"} <= {
        row.removeprefix("09:00 – ").split(" sent ")[0] for row in rows_of(manager)
    }
    assert "What was said" not in told
    assert "1234" not in told


def test_a_failure_is_told_in_words_and_with_its_number(world: World, manager: Page) -> None:
    failed = add(world, error="refused 99999")
    add(
        world,
        channel="sms",
        fallback_of=failed,
        at=world.clock.at + MINUTE,
        sent=Sent("m", "sms", 2),
        said="Come",
    )
    after, before = rows_of(manager)
    assert "It's your turn SMS, sent instead of WhatsApp sent 2 SMS segments" in after
    assert before.endswith("▲ not delivered The provider or a carrier refused it (99999).")


def test_the_day_s_figures_and_those_of_the_last_days(world: World, manager: Page) -> None:
    failed = add(world, error="unreachable 63024")
    add(world, channel="sms", fallback_of=failed, sent=Sent("m", "sms", 3))
    add(world, error="unreachable 30005")
    for form in ("session", "session", "template"):
        add(world, sent=Sent("m", form, 1))
    add(world, sent=Sent("m", "sms", 5), at=world.clock.at - timedelta(days=DAYS_SHOWN - 1))
    add(world, sent=Sent("m", "sms", 7), at=world.clock.at - timedelta(days=DAYS_SHOWN))
    told = manager.says("/messages")
    figures = "SMS segments 3 WhatsApp messages 2 WhatsApp templates 1 Not delivered 2"
    assert f"{figures} Of these, told nowhere else 1" in told
    assert "Mon 23 Nov 3 2 1 Sun 22 Nov 0 0 0" in told
    assert "Tue 10 Nov 5 0 0" in told
    assert " 7 0 0" not in told


def test_a_day_is_the_site_s_own(world: World, manager: Page) -> None:
    midnight = world.clock.at.replace(hour=18, minute=30) - timedelta(days=1)  # at the site
    add(world, at=midnight, said="Today")
    add(world, at=midnight - MINUTE, said="Yesterday")
    assert [row[-5:] for row in rows_of(manager)] == ["Today"]
    assert [row[-9:] for row in rows_of(manager, "/messages?day=2026-11-22")] == ["Yesterday"]


def test_only_problems(world: World, manager: Page) -> None:
    add(world)
    add(world, error="absent 30003")
    (row,) = rows_of(manager, "/messages?only=problems")
    assert "The phone was off or out of reach (30003)." in row
    assert "Nothing went wrong on this day." in manager.says("/messages?only=problems&day=2026-11-01")


def test_a_long_day_is_turned_page_by_page(world: World, manager: Page) -> None:
    for number in range(ROWS_SHOWN + 2):
        add(world, at=world.clock.at + timedelta(seconds=number), said=f"Number {number}")
    first = manager.get("/messages")
    assert "Number 2." not in text_of(first)
    (address,) = re.findall(r'href="([^"]*before=[^"]*)"', first.text)
    second = manager.get(address.replace("&amp;", "&"))
    assert [row[-8:] for row in rows_of(manager, address.replace("&amp;", "&"))] == ["Number 1", "Number 0"]
    assert "before=" not in second.text
    assert "The latest of the day" in second.text


def test_another_site_s_messages_are_not_shown(world: World, manager: Page) -> None:
    add(world, clinic=world.theirs)
    for path in ("/messages", f"/messages?site={world.theirs.site.id}"):
        assert "Nothing was sent on this day." in manager.says(path)
    assert len(rows_of(world.logged_in(Role.OWNER, clinic=world.theirs))) == 1


@pytest.mark.parametrize(
    "query",
    ["day=yesterday", "day=9999-12-31", "before=x", "before=2026-11-23T00:00:00~1", "before=2026-11-23~9"],
)
def test_an_address_that_no_link_has_leads_nowhere(manager: Page, query: str) -> None:
    assert manager.get(f"/messages?{query}").status_code == 404


def test_today_leads_managers_there_and_nobody_else(world: World, manager: Page, operator: Page) -> None:
    link = f'href="/messages?site={world.ours.site.id}"'
    assert link in manager.get("/today").text
    assert link not in operator.get("/today").text


def test_what_only_people_can_mend_is_told_until_it_is_quiet_for_a_day(
    world: World, manager: Page, operator: Page
) -> None:
    with world.make_uow() as uow:
        for _ in range(3):
            uow.alarms.ring("sms:30007", told="Carriers filter us.", todo="Register.", now=world.clock.at)
        uow.commit()
    told = "Something only people can mend. Carriers filter us. 3 times since Mon 23 Nov, 09:00. Register."
    assert f"{told} Tell whoever runs this system." in manager.says("/today")
    assert f"{told} The self-check tells more." in world.logged_in(Role.OWNER).says("/today")
    assert "Carriers" not in operator.says("/today")
    world.clock.passes(hours=24, seconds=1)
    assert "Carriers" not in world.logged_in(Role.MANAGER).says("/today")


def test_today_says_how_many_could_not_be_reached(world: World, operator: Page) -> None:
    assert "could not be reached" not in operator.says("/today")
    for handle in ("asha", "ravi"):
        add(world, ticket_id=world.ours.book(handle).ticket.id, error="unreachable 30005")
    assert "▲ 2 people could not be reached. The console shows whom" in operator.says("/today")


def test_every_kind_and_every_fault_has_words() -> None:
    assert set(KINDS) == {kind.value for kind in NoticeKind}
    for fault in SendFault:
        words = what_went_wrong(str(SendError(fault, code="63016")))
        assert words.endswith(" (63016)")
        assert what_went_wrong(str(SendError(fault))) == words.removesuffix(" (63016)")
        assert not words.startswith(fault.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, ""),
        ("not-waiting", "No longer true"),
        ("withdrawn at 2026-11-23T04:00:00+00:00", "Taken back by an undo"),
        ("outdated", "Newer answers took its place"),
        ("no-template", "No chat was open on WhatsApp, and it has approved no words for that time"),
        ("no-consent", "The person has not agreed to messages there"),
        ("bug", "An error of ours; the log says more"),
        ("something-new 7", "something-new 7"),
    ],
)
def test_why_a_message_did_not_go_is_said_in_words(error: str | None, words: str) -> None:
    assert what_went_wrong(error) == words
