"""The double in a process of its own: what can be asked of it from outside, and the asking."""

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from tests.telegram.accounts import Json, Message
from tests.telegram.faults import Limits

if TYPE_CHECKING:
    from tests.telegram.bot_api import BotApi

CONTROL = "/control"


class RemoteBotApi:
    """Drives the double at `root`."""

    def __init__(self, root: str) -> None:
        self.root = root

    def does(self, user_id: int, deed: str, *arguments: object) -> Any:
        """A person's deed: `says`, `taps`, `shares_contact`, `blocks` …; the update's id."""
        return self._ask(do="deed", user=user_id, deed=deed, arguments=arguments)

    def all_say(self, user_ids: Sequence[int], text: str) -> None:
        """Each of them writes this, at once."""
        self._ask(do="all_say", users=[*user_ids], text=text)

    def all_tap(self, user_ids: Sequence[int], label: str) -> None:
        """Each of them taps the latest button of this label, at once."""
        self._ask(do="all_tap", users=[*user_ids], label=label)

    def screen(self, user_id: int) -> list[Json]:
        """The chat: `id`, `text`, `buttons`, `is_ours`, `sent_at` of each message, by the double's monotonic clock."""
        return self._ask(do="screen", user=user_id)

    def now(self) -> float:
        """The double's monotonic clock."""
        return float(self._ask(do="now"))

    def is_there(self) -> bool:
        try:
            return self.now() > 0
        except OSError:
            return False

    def first_answers(self, user_ids: Sequence[int], *, since: float) -> dict[int, float]:
        """When the bot first sent each of them something since then, or edited it; nothing of whom it hasn't."""
        found = self._ask(do="first_answers", users=[*user_ids], since=since)
        return {int(user_id): at for user_id, at in found.items()}

    def counts(self) -> dict[str, int]:
        return self._ask(do="counts")

    def pending(self) -> int:
        return self._ask(do="pending")

    def limits(self, *, per_bot: float = 30, per_chat: float = 1, burst: int = 5) -> None:
        self._ask(do="limits", per_bot=per_bot, per_chat=per_chat, burst=burst)

    def _ask(self, **asked: object) -> Any:
        body = json.dumps(asked).encode()
        request = Request(self.root + CONTROL, data=body, headers={"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as response:
            return json.load(response)


def obeyed(api: "BotApi", asked: Json) -> Any:
    """What the double answers to one of the above."""
    do = asked.pop("do")
    with api.changing:
        return _DEEDS[do](api, asked)


def _has_limits(api: "BotApi", asked: Json) -> None:
    api.limits = Limits(**asked)


def _first_answers(api: "BotApi", user_ids: list[int], *, since: float) -> dict[int, float]:
    """A message sent or edited, whichever came first."""
    wanted, first = set(user_ids), {}
    for call in reversed(api.calls):
        if call.at < since:
            break
        user_id = call.params.get("chat_id")
        if user_id in wanted and call.method in {"sendMessage", "editMessageText"} and not call.refusal:
            first[user_id] = call.at
    return first


def _shown(message: Message) -> Json:
    return {
        "id": message.id,
        "text": message.text,
        "buttons": message.buttons,
        "is_ours": message.is_ours,
        "sent_at": message.sent_at,
    }


_DEEDS: dict[str, Callable[["BotApi", Json], Any]] = {
    "deed": lambda api, asked: getattr(api.user(asked["user"]), asked["deed"])(*asked["arguments"]),
    "all_say": lambda api, asked: [api.user(user_id).says(asked["text"]) for user_id in asked["users"]],
    "all_tap": lambda api, asked: [api.user(user_id).taps(asked["label"]) for user_id in asked["users"]],
    "screen": lambda api, asked: [_shown(message) for message in api.user(asked["user"]).screen],
    "first_answers": lambda api, asked: _first_answers(api, asked["users"], since=asked["since"]),
    "now": lambda _api, _asked: time.monotonic(),
    "counts": lambda api, _asked: api.counts(),
    "pending": lambda api, _asked: api.pending,
    "limits": _has_limits,
}
