"""What Telegram shows of the bot: in every language, and set only where it differs."""

from bot.profile import COMMANDS, keep_profile
from domain.texts.catalogue import load
from tests.doubles.faults import Fault
from tests.telegram.bot_api import BotApi
from tests.telegram.refusals import too_many_requests
from tests.telegram.taking_in import while_running

SETS = ("setMyCommands", "setMyName", "setMyDescription", "setMyShortDescription")


def introduce(api: BotApi, *, place: str | None = None) -> None:
    """Runs it to its end."""
    done: list[None] = []

    async def work(bot: object) -> None:
        await keep_profile(bot, load(), place=place)  # type: ignore[arg-type]  # the real client
        done.append(None)

    while_running(work, lambda: api.wait_for(lambda: done, within=20), root=api.root)


def sets(api: BotApi) -> int:
    return sum(api.counts()[method] for method in SETS)


def test_commands_and_texts_are_there_in_every_language(api: BotApi) -> None:
    introduce(api)
    bot = api.bot
    assert set(bot.commands) == {("default", ""), ("default", "hi")}
    for commands in bot.commands.values():
        assert [command["command"] for command in commands] == [name for name, _ in COMMANDS]
    assert bot.commands["default", "hi"] != bot.commands["default", ""]
    assert bot.descriptions["hi"] != bot.descriptions[""]
    assert bot.short_descriptions["hi"] != bot.short_descriptions[""]
    assert bot.names[""] == "ThreeAway"


def test_a_bot_of_one_place_bears_its_name(api: BotApi) -> None:
    introduce(api, place="City Hospital " + "x" * 64)
    assert {*api.bot.names.values()} == {("City Hospital " + "x" * 64)[:64]}


def test_a_second_start_sets_nothing(api: BotApi) -> None:
    introduce(api)
    before = sets(api)
    introduce(api)
    assert sets(api) == before


def test_only_what_differs_is_set_anew(api: BotApi) -> None:
    introduce(api)
    before = sets(api)
    api.bot.descriptions["hi"] = "something older"
    introduce(api)
    assert sets(api) == before + 1
    assert api.bot.descriptions["hi"] != "something older"


def test_what_fails_is_tried_again_and_the_rest_is_set_meanwhile(api: BotApi) -> None:
    api.fail("setMyCommands", too_many_requests(1))
    api.fail("getMyDescription", Fault.DROP)
    introduce(api)
    assert set(api.bot.commands) == {("default", ""), ("default", "hi")}
    assert set(api.bot.descriptions) == {"", "hi"}
