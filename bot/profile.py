"""What Telegram shows of the bot before anybody has written: commands, name, descriptions, in every language.

Set only where Telegram says otherwise, since it allows few changes. It must never hold up the taking in of updates.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.patience import Patience
from domain.conversation.messages import Text
from domain.ports import Catalogue

COMMANDS = (
    ("start", "bot-command-start"),
    ("book", "bot-command-book"),
    ("my", "bot-command-my"),
    ("track", "bot-command-track"),
    ("here", "bot-command-here"),
    ("language", "bot-command-language"),
    ("help", "bot-command-help"),
    ("stop", "bot-command-stop"),
    ("privacy", "bot-command-privacy"),
)
_LONGEST_PAUSE = 3600.0  # a name that was changed too often may not be changed again for hours
_LONGEST_NAME = 64  # characters that Telegram takes
_FALLBACK = "en"

logger = logging.getLogger(__name__)


async def keep_profile(bot: Bot, catalogue: Catalogue, *, place: str | None) -> None:
    """Returns once Telegram shows what we say. A bot of one place bears its name; else it has ours."""
    patience = Patience(longest=_LONGEST_PAUSE)
    left: Sequence[_Part] = _parts(bot, catalogue, place)
    while left:
        failed: list[_Part] = []
        for part in left:
            try:
                await part.settle()
            except TelegramError as error:
                failed.append(part)
                last = error
        left = failed
        if left:
            await patience.after(last, doing=f"saying who the bot is, {len(left)} parts of it,")


def _parts(bot: Bot, catalogue: Catalogue, place: str | None) -> "list[_Part]":
    kinds = (_Commands, _Name, _Description, _ShortDescription)
    return [kind(bot, catalogue, language, place) for language in catalogue.languages for kind in kinds]


@dataclass(frozen=True, slots=True)
class _Part:
    """One text of the profile in one language."""

    bot: Bot
    catalogue: Catalogue
    language: str
    place: str | None

    async def settle(self) -> None:
        """Raises TelegramError."""
        raise NotImplementedError

    @property
    def code(self) -> str:
        """English is for all whose language we don't speak, which Telegram writes as no language at all."""
        return "" if self.language == _FALLBACK else self.language

    def said(self, key: str) -> str:
        return self.catalogue.render(Text(key), language=self.language, variant="telegram")


class _Commands(_Part):
    async def settle(self) -> None:
        wanted = tuple(BotCommand(command, self.said(key)) for command, key in COMMANDS)
        if await self.bot.get_my_commands(language_code=self.code) != wanted:
            await self.bot.set_my_commands(wanted, language_code=self.code)


class _Name(_Part):
    async def settle(self) -> None:
        wanted = (self.place or self.said("bot-name"))[:_LONGEST_NAME]
        if (await self.bot.get_my_name(language_code=self.code)).name != wanted:
            await self.bot.set_my_name(wanted, language_code=self.code)


class _Description(_Part):
    async def settle(self) -> None:
        wanted = self.said("bot-description")
        if (await self.bot.get_my_description(language_code=self.code)).description != wanted:
            await self.bot.set_my_description(wanted, language_code=self.code)


class _ShortDescription(_Part):
    async def settle(self) -> None:
        wanted = self.said("bot-short-description")
        shown = await self.bot.get_my_short_description(language_code=self.code)
        if shown.short_description != wanted:
            await self.bot.set_my_short_description(wanted, language_code=self.code)
