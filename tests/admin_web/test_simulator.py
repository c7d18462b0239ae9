"""Phones in the browser: they send what providers send, show what channels render, and exist on this machine only."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

import bot.read
import bot.render
import whatsapp.read
import whatsapp.render
from admin_web import simulated
from admin_web.simulated import bubble
from domain.conversation.messages import Message, Option
from domain.ports import PhoneMessage
from settings import Settings
from tests.admin_web.world import World, build_world, text_of
from tests.use_cases.clinic import MORNING

READS = {
    "sim-telegram": bot.read.read,
    "sim-whatsapp": whatsapp.read.read,
    "sim-sms": whatsapp.read.read,
}
ASKS = Message(text="Which <day>?", options=(Option(ref="3:1", number=1, label="Today"),), choose="Choose")
LISTS = Message(
    text="Which place?",
    options=tuple(Option(ref=f"3:{n}", number=n, label=f"Place {n}", hint="near") for n in range(1, 6)),
    choose="Choose",
)


def waiting(world: World, channel: str, handle: str) -> dict[str, object]:
    with world.make_uow() as uow:
        (row,) = uow.inbox.waiting(channel=channel, handle=handle, limit=1)
    return dict(row.payload)


@pytest.mark.parametrize("channel", READS)
def test_what_is_typed_arrives_as_the_provider_would_bring_it(world: World, channel: str) -> None:
    page = world.browser()
    answer = page.post(f"/simulator/phones/{channel}/+919812345678", {"text": "hi there"})
    assert answer.status_code == 204
    read = READS[channel](waiting(world, channel, "+919812345678"), channel=channel)
    assert (read.kind, read.text, read.handle, read.channel) == ("text", "hi there", "+919812345678", channel)
    assert "hi there" in page.says("/simulator")


@pytest.mark.parametrize(("channel", "ref"), [("sim-telegram", "c:3:1"), ("sim-whatsapp", "3:1")])
def test_a_tap_arrives_with_its_choice_and_message(world: World, channel: str, ref: str) -> None:
    form = {"ref": ref, "label": "Today", "shown_in": 17}
    world.browser().post(f"/simulator/phones/{channel}/1001", form)
    read = READS[channel](waiting(world, channel, "1001"), channel=channel)
    assert (read.kind, read.tapped, read.shown_in) == ("tap", "3:1", "17")


def test_a_tap_leaves_a_bubble_of_one_s_own_on_whatsapp_only(world: World) -> None:
    page = world.browser()
    for channel in ("sim-telegram", "sim-whatsapp"):
        page.post(f"/simulator/phones/{channel}/7", {"ref": "3:1", "label": "Today", "shown_in": 1})
    with world.make_uow() as uow:
        shown = {
            c: uow.phones.screen(channel=c, handle="7", limit=9) for c in ("sim-telegram", "sim-whatsapp")
        }
    assert not shown["sim-telegram"]
    assert [message.payload for message in shown["sim-whatsapp"]] == [{"text": "Today"}]


def shown(payload: dict[str, object], *, edited: bool = False) -> PhoneMessage:
    return PhoneMessage(id=5, mine=False, payload=payload, at=MORNING, edited=edited)


def test_telegram_shows_inline_buttons_and_plain_letters() -> None:
    [payload] = bot.render.render(ASKS)
    seen = bubble(shown(payload))
    assert seen.text == "Which <day>?"
    assert [[key.label for key in row] for row in seen.rows] == [["Today"]]
    assert seen.rows[0][0].ref == "c:3:1"


def test_a_question_for_a_number_shows_the_keys_below_the_newest_message_only() -> None:
    [payload] = bot.render.render(Message("Your number?", ASKS.options, asks_contact="Share my number"))
    earlier, newest = simulated.bubbles([shown(payload), shown(payload)])
    keys = [(key.label, key.ref, key.shares_number) for row in newest.rows for key in row]
    assert keys == [("Share my number", "", True), ("Today", "", False)]
    assert not earlier.rows


@pytest.mark.parametrize("handle", ["+919812345678", "1001"])
def test_a_phone_shares_its_own_number(world: World, handle: str) -> None:
    form = {"shares_number": "1", "label": "Share my number"}
    world.browser().post(f"/simulator/phones/sim-telegram/{handle}", form)
    read = READS["sim-telegram"](waiting(world, "sim-telegram", handle), channel="sim-telegram")
    assert (read.kind, read.is_own) == ("contact", True)
    assert read.phone == (handle if handle.startswith("+") else "+919873692033")


def test_whatsapp_shows_buttons_or_a_list_behind_its_button() -> None:
    [buttons] = whatsapp.render.render_whatsapp(ASKS)
    assert bubble(shown(buttons)).rows[0][0].ref == "3:1"
    [listed] = whatsapp.render.render_whatsapp(LISTS)
    seen = bubble(shown(listed))
    assert seen.list_button == "Choose"
    assert [row[0].label for row in seen.rows] == [f"Place {n}" for n in range(1, 6)]
    assert seen.rows[0][0].hint == "near"


def test_sms_shows_numbered_text_and_what_it_costs() -> None:
    [payload] = whatsapp.render.render_sms(ASKS)
    seen = bubble(shown(payload))
    assert "1. Today" in seen.text
    assert seen.segments == 1
    assert not seen.rows


def test_every_phone_in_use_is_shown_and_another_can_be_added(world: World) -> None:
    page = world.browser()
    page.post("/simulator/phones/sim-sms/+447700900123", {"text": "hello"})
    said = page.says("/simulator?app=whatsapp&handle=%2B919800000009")
    for handle in ("1001", "+919800000001", "+919800000002", "+447700900123", "+919800000009"):
        assert handle in said


def test_a_phone_that_was_added_stays_when_another_one_is(world: World) -> None:
    page = world.browser()
    first = page.get("/simulator?app=sms&handle=%2B15550001").text
    kept = re.findall(r'type="hidden" name="phone" value="([^"]*)"', first)
    assert kept == ["sim-sms:+15550001"]
    both = page.get("/simulator", query_string={"phone": kept, "app": "telegram", "handle": "2002"})
    live = re.search(r'data-live="([^"]*)"', both.text)
    assert live is not None
    moved = page.get(live[1].replace("&amp;", "&") + "&poll").json
    assert moved is not None
    for handle in ("+15550001", "2002"):
        assert handle in text_of(both)
        assert handle in moved["html"]
    assert page.get("/simulator?phone=&phone=sim-fax:1&phone=sim-sms:").status_code == 200


@pytest.mark.parametrize("path", ["telegram/1", "sim-fax/1", "sim-sms/" + "1" * 41])
def test_a_phone_of_no_simulated_channel_does_not_exist(world: World, path: str) -> None:
    before = world.everything()
    assert world.browser().post(f"/simulator/phones/{path}", {"text": "hi"}).status_code == 404
    assert world.everything() == before


def test_another_site_s_form_can_not_write_in_anybody_s_name(world: World) -> None:
    before = world.everything()
    assert world.app.test_client().post("/simulator/phones/sim-sms/1", data={"text": "hi"}).status_code == 400
    assert world.everything() == before


@pytest.mark.parametrize(
    "public", [{"public_url": "https://queue.example.org"}, {"host": "0.0.0.0"}, {"host": "192.0.2.1"}]
)
def test_there_are_no_phones_where_others_can_reach_us(
    engine: Engine, settings: Settings, public: dict[str, Any]
) -> None:
    world = build_world(engine, replace(settings, **public))
    page = world.browser()
    assert page.get("/simulator").status_code == 404
    assert page.get("/simulator/live").status_code == 404
    answer = world.app.test_client().post("/simulator/phones/sim-sms/1", data={"text": "hi"})
    assert answer.status_code in {400, 404}
    assert not world.everything()["inbox"]
    assert "/simulator" not in page.get("/login").text
    assert not [rule for rule in world.app.url_map.iter_rules() if "simulator" in rule.rule]
