"""Phones in the browser, for a trial on one machine: they impersonate people, so they exist nowhere else."""

import secrets
from dataclasses import dataclass
from zlib import crc32

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from admin_web import simulated, streams
from admin_web.access import public
from admin_web.live_pages import places
from admin_web.provided import now, transaction
from admin_web.simulated import APPS, CHANNELS, Bubble, Typed
from admin_web.streams import LivePage
from domain.ports import UnitOfWork
from domain.use_cases.receive import receive

blueprint = Blueprint("simulator", __name__, url_prefix="/simulator")

_FIRST_PHONES = (("sim-telegram", "1001"), ("sim-whatsapp", "+919800000001"), ("sim-sms", "+919800000002"))
_MESSAGES_SHOWN = 60
_LONGEST_HANDLE = 40
_MOST_ADDED = 20


@dataclass(frozen=True, slots=True)
class Phone:
    channel: str
    handle: str
    bubbles: tuple[Bubble, ...]

    @property
    def app(self) -> str:
        return APPS[self.channel]

    @property
    def key(self) -> str:
        return f"{self.channel}:{self.handle}"

    @property
    def newest(self) -> str:
        """Changes with the last message, whether it is new or an edit, so that the screen follows it."""
        last = self.bubbles[-1] if self.bubbles else None
        return f"{last.id}:{crc32(last.text.encode())}" if last else ""


@blueprint.get("")
@public
def show() -> ResponseReturnValue:
    added = [f"{channel}:{handle}" for channel, handle in _added()]
    return render_template("simulator.html", phones=_phones(), apps=APPS, added=added)


@blueprint.get("/live")
@public
def live() -> ResponseReturnValue:
    return streams.answer(_live_page, places=places)


@blueprint.post("/phones/<channel>/<handle>")
@public
def send(channel: str, handle: str) -> ResponseReturnValue:
    """What was typed or tapped, on its way as if a provider had brought it."""
    if not _is_phone(channel, handle):
        abort(404)
    typed = Typed(
        text=request.form.get("text", "")[: simulated.LONGEST],
        ref=request.form.get("ref", ""),
        label=request.form.get("label", ""),
        shown_in=request.form.get("shown_in", 0, type=int),
        shares_number="shares_number" in request.form,
    )
    _take_in(channel, handle, typed)
    return "", 204


def _take_in(channel: str, handle: str, typed: Typed) -> None:
    at = now()
    payload = simulated.sent_as(channel, handle, typed, number=secrets.randbits(52), at=at)
    with transaction() as uow:
        shown = {"text": typed.label or typed.text}
        # A tap on Telegram changes the message itself and leaves no bubble of one's own.
        if not (channel == "sim-telegram" and typed.ref):
            uow.phones.show(channel=channel, handle=handle, payload=shown, mine=True, now=at)
        receive(
            uow,
            channel=channel,
            handle=handle,
            provider_id=simulated.provider_id(payload),
            payload=payload,
            now=at,
        )
        uow.commit()


def _live_page() -> LivePage:
    phones = _phones()
    return LivePage(
        html=render_template("simulator_live.html", phones=phones),
        at=f"{now():%H:%M}",
        topics=frozenset(f"phone:{phone.key}" for phone in phones),
    )


def _phones() -> list[Phone]:
    """The first three, those in use, and those that were added."""
    with transaction() as uow:
        in_use = sorted(uow.phones.phones(), key=lambda phone: phone[1])
        wanted = dict.fromkeys([*_FIRST_PHONES, *in_use, *_added()])
        return [_phone(uow, channel, handle) for channel, handle in wanted]


def _phone(uow: UnitOfWork, channel: str, handle: str) -> Phone:
    screen = uow.phones.screen(channel=channel, handle=handle, limit=_MESSAGES_SHOWN)
    return Phone(channel=channel, handle=handle, bubbles=simulated.bubbles(screen))


def _is_phone(channel: str, handle: str) -> bool:
    return channel in CHANNELS and 0 < len(handle) <= _LONGEST_HANDLE and handle.isprintable()


def _added() -> list[tuple[str, str]]:
    """The address remembers them until they write: `phone` those added before, `app` and `handle` the newest."""
    named = [phone.partition(":") for phone in request.args.getlist("phone")]
    newest = (f"sim-{request.args.get('app', '')}", request.args.get("handle", "").strip())
    added = [*((channel, handle) for channel, _, handle in named), newest]
    return [phone for phone in dict.fromkeys(added) if _is_phone(*phone)][-_MOST_ADDED:]
