"""Links and QR codes that open the chat: on a service's page, and on a printed token."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
import segno
from sqlalchemy import Engine, insert, update

from domain.conversation.links import link_in
from domain.conversation.messages import Text
from domain.events import SYSTEM
from domain.people import Role
from domain.texts.catalogue import load
from domain.use_cases.walk_in import WalkIn, issue_walk_in
from persistence.tables import ingest_leases, sites
from settings import Settings
from tests.admin_web.world import Page, World, build_world, text_of
from tests.use_cases.clinic import MORNING


@pytest.fixture
def bot(engine: Engine) -> str:
    """The bot process has said how Telegram calls it."""
    with engine.begin() as connection:
        values = {"channel": "telegram", "holder": "b", "mode": "polling", "account": "clinic_bot"}
        connection.execute(insert(ingest_leases).values(values | {"lease_until": MORNING}))
    return "clinic_bot"


TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_FROM": "+14155238886",
    "TWILIO_SMS_FROM": "+447700900100",
}


@pytest.fixture
def twilio(engine: Engine, sqlite_url: str, tmp_path: Path) -> Callable[[str], World]:
    """A world with WhatsApp and SMS, in a country."""

    def build(country: str) -> World:
        environ = {"DATABASE_URL": sqlite_url, "VAR_DIR": str(tmp_path / "var"), **TWILIO}
        world = build_world(engine, Settings.from_env(environ))
        with engine.begin() as connection:
            connection.execute(update(sites).values(country=country))
        return world

    return build


def walk_in(world: World) -> WalkIn:
    with world.make_uow() as uow:
        made = issue_walk_in(
            uow,
            queue_id=world.ours.queue_id,
            counter_id=None,
            name="Meera Iyer",
            actor=SYSTEM,
            now=world.clock.now(),
        )
        uow.commit()
    return made


def key_of(world: World, made: WalkIn) -> str:
    with world.make_uow() as uow:
        link = uow.ticket_links.of_visit(made.visit.id, now=world.clock.now())
    assert link is not None
    return link.key


def drawing(address: str) -> str:
    """The path of an address's QR code."""
    svg = segno.make(address, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True)
    (path,) = re.findall(r' d="([^"]+)"', svg)
    return str(path)


def test_a_service_s_page_has_its_and_its_site_s_link_with_their_codes(
    world: World, manager: Page, bot: str
) -> None:
    page = manager.get(f"/services/{world.ours.service_id}").text
    for payload in (f"service_{world.ours.service_id}", "clinic"):
        address = f"https://t.me/{bot}?start={payload}"
        assert f'href="{address}"' in page
        assert drawing(address) in page


def test_without_a_bot_it_says_how_to_get_one(world: World, manager: Page) -> None:
    answer = manager.get(f"/services/{world.ours.service_id}")
    assert "TELEGRAM_BOT_TOKEN" in text_of(answer)
    assert "t.me" not in answer.text


def test_a_printed_token_opens_the_chat_and_says_its_page_in_letters(
    world: World, operator: Page, bot: str
) -> None:
    made = walk_in(world)
    answer = operator.get(f"/tickets/{made.ticket.id}/paper")
    assert drawing(f"https://t.me/{bot}?start=t_{key_of(world, made)}") in answer.text
    assert f"/t/{made.visit.link}" in text_of(answer)
    assert "Telegram tells you when your turn comes" in text_of(answer)


def test_its_code_is_readable_on_a_roll_of_80_mm(world: World, bot: str) -> None:
    code = segno.make(f"https://t.me/{bot}?start=t_{key_of(world, walk_in(world))}", error="m", micro=False)
    millimetres_a_module = 80 * 0.7 / code.symbol_size(border=2)[0]
    assert millimetres_a_module > 0.8


def test_a_token_that_somebody_follows_prints_its_page_alone(world: World, operator: Page, bot: str) -> None:
    made = walk_in(world)
    with world.make_uow() as uow:
        address = uow.people.address(channel="sim-sms", handle="x", now=world.clock.now())
        assert uow.ticket_links.bind(made.visit.id, address_id=address.id, now=world.clock.now())
        uow.commit()
    page = operator.get(f"/tickets/{made.ticket.id}/paper").text
    assert "t.me" not in page
    assert key_of(world, made) not in page
    assert drawing(f"http://localhost/t/{made.visit.link}") in page


def test_the_paper_of_who_booked_by_chat_has_no_link_that_binds(
    world: World, operator: Page, bot: str
) -> None:
    booked = world.ours.book("asha")
    page = operator.get(f"/tickets/{booked.ticket.id}/paper").text
    assert drawing(f"http://localhost/t/{booked.visit.link}") in page


def test_on_a_trial_the_paper_stays_and_says_what_a_simulated_phone_writes(
    world: World, operator: Page
) -> None:
    made = walk_in(world)
    answer = operator.get(f"/tickets/{made.ticket.id}/paper")
    assert drawing(f"http://localhost/t/{made.visit.link}") in answer.text
    assert f"/start t_{key_of(world, made)}" in text_of(answer)
    assert "Telegram tells you" not in text_of(answer)


def test_a_public_page_never_shows_the_key_of_a_token(world: World, bot: str) -> None:
    made = walk_in(world)
    key = key_of(world, made)
    for path in (f"/t/{made.visit.link}", "/board/clinic"):
        assert key not in world.browser().get(path).text


def addresses_on(page: str) -> list[str]:
    return [
        unescape(address) for address in re.findall(r'href="((?:https://wa|https://t\.me|sms:)[^"]+)"', page)
    ]


def test_every_chat_that_can_be_written_to_has_its_link(twilio: Callable[[str], World], bot: str) -> None:
    world = twilio("GB")
    page = world.logged_in(Role.MANAGER).get(f"/services/{world.ours.service_id}").text
    found = addresses_on(page)
    kinds = [re.split(r"[/:?]", address.removeprefix("https://"))[0] for address in found]
    assert kinds == ["sms", "wa.me", "t.me"] * 2
    for address in found:
        assert drawing(address) in page
    assert unquote(found[1]).endswith(f": service_{world.ours.service_id}")
    assert unquote(found[4]).endswith(": site:clinic")
    for address in found:
        said = unquote(address.partition("=")[2])
        assert link_in(said if "t.me" not in address else f"/start {said}") is not None
    assert found[0].startswith("sms:+447700900100?body=")
    assert found[1].startswith("https://wa.me/14155238886?text=")


def test_where_nobody_can_write_by_sms_it_has_no_link_and_the_page_says_so(
    twilio: Callable[[str], World],
) -> None:
    world = twilio("IN")
    answer = world.logged_in(Role.MANAGER).get(f"/services/{world.ours.service_id}")
    assert [address[:13] for address in addresses_on(answer.text)] == ["https://wa.me"] * 2
    assert "SMS has no link here" in text_of(answer)


def test_words_that_stand_ready_are_in_the_site_s_language(
    twilio: Callable[[str], World], engine: Engine
) -> None:
    world = twilio("IN")
    with engine.begin() as connection:
        connection.execute(update(sites).values(default_language="hi"))
    page = world.logged_in(Role.MANAGER).get(f"/services/{world.ours.service_id}").text
    assert "के लिए समय: service_" in unquote(addresses_on(page)[0])


def test_a_printed_token_has_a_code_for_each_chat_the_one_for_any_phone_first(
    twilio: Callable[[str], World], bot: str
) -> None:
    world = twilio("GB")
    made = walk_in(world)
    key = key_of(world, made)
    answer = world.logged_in(Role.OPERATOR).get(f"/tickets/{made.ticket.id}/paper")
    words = quote(f"My token: t_{key}", safe="")
    expected = [
        f"sms:+447700900100?body={words}",
        f"https://wa.me/14155238886?text={words}",
        f"https://t.me/{bot}?start=t_{key}",
    ]
    places = [answer.text.find(drawing(address)) for address in expected]
    assert -1 not in places
    assert places == sorted(places)
    text = text_of(answer)
    assert "SMS, on any phone" in text
    assert "send the message that opens: SMS or WhatsApp or Telegram tells you when your turn comes" in text
    assert f"/t/{made.visit.link}" in text


@pytest.mark.parametrize("language", ["en", "hi"])
def test_codes_side_by_side_are_readable_on_a_roll_of_80_mm(language: str) -> None:
    words = load().render(
        Text("link-token", {"code": f"t_{'x' * 22}"}), language=language, variant="whatsapp"
    )
    for address in (
        f"https://wa.me/14155238886?text={quote(words, safe='')}",
        f"sms:+447700900100?body={quote(words)}",
    ):
        code = segno.make(address, error="m", micro=False)
        assert 80 * 0.44 / code.symbol_size(border=2)[0] > 0.5, "four dots of a printer of 203 dpi"
