"""Links and QR codes that open the chat: on a service's page, and on a printed token."""

import re

import pytest
import segno
from sqlalchemy import insert

from domain.events import SYSTEM
from domain.use_cases.walk_in import WalkIn, issue_walk_in
from persistence.tables import ingest_leases
from tests.admin_web.world import Page, World, text_of


@pytest.fixture
def bot(world: World) -> str:
    """The bot process has said how Telegram calls it."""
    with world.engine.begin() as connection:
        values = {"channel": "telegram", "holder": "b", "mode": "polling", "account": "clinic_bot"}
        connection.execute(insert(ingest_leases).values(values | {"lease_until": world.clock.now()}))
    return "clinic_bot"


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
