"""What Twilio says of our account and senders, for the self-check. It asks harmless questions and changes nothing.

It never sends, and never repeats a token.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from requests.exceptions import RequestException, Timeout
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account import AccountInstance

from checks.examination import Finding, in_background
from domain.ports import UnitOfWork
from settings import Settings
from whatsapp.check_senders import sms_sender, whatsapp_sender
from whatsapp.client import OutOfTimeError, TwilioClient

Answer = TypeVar("Answer")

_PATIENCE = 4.0  # seconds for all questions, which are asked side by side; less than the self-check's own
_LATE = timedelta(minutes=5)
_NOT_ALLOWED = 401
_TOO_MANY = 429
_NOT_ACTIVE = 20005
_TEST_CREDENTIALS = 20008
_FAULTS = (TwilioException, RequestException, OutOfTimeError, TimeoutError)
_SILENCE = (Timeout, OutOfTimeError, TimeoutError)
_CONSOLE = "the first page of Twilio's console (Account Info)"

_OFF = Finding(
    name="Twilio",
    ok=True,
    told="Off: there is no TWILIO_ACCOUNT_SID, and so neither WhatsApp nor SMS.",
    todo="To turn it on, README.md goes through it step by step; a phone and the sandbox will do for a trial.",
)


def twilio_findings(settings: Settings, *, within: float = _PATIENCE) -> list[Finding]:
    """The first says whether Twilio knows the account; who isn't known asks no more. Takes some seconds at most."""
    if not settings.twilio_account_sid:
        return [_OFF]
    deadline = time.monotonic() + within
    account = in_background(partial(_account, settings, within))
    other = in_background(partial(_is_known, settings, settings.twilio_auth_token_secondary, within))
    try:
        known = _in_time(account, deadline)
    except _FAULTS as error:
        return [_refused(error, other, settings, deadline=deadline, within=within)]
    left = deadline - time.monotonic()
    senders = [
        (name, in_background(partial(_of_sender, look, settings, left)))
        for name, look in (("WhatsApp", whatsapp_sender), ("SMS", sms_sender))
    ]
    found = [_how_the_account_is(known, settings), *_second_token(other, settings, deadline)]
    for name, answer in senders:
        found += _of_answer(name, answer, settings, deadline=deadline, within=within)
    return found


def look_back_findings(uow: UnitOfWork, settings: Settings, *, at: datetime) -> Iterator[Finding]:
    """When the clock last asked for messages that never came to us."""
    for channel, name, is_on in (
        ("whatsapp", "WhatsApp", settings.has_whatsapp),
        ("sms", "SMS", settings.has_sms),
    ):
        if is_on:
            yield _looked_back(name, uow.look_backs.looked_at(channel), at=at)


def _looked_back(channel: str, looked_at: datetime | None, *, at: datetime) -> Finding:
    if looked_at is not None and at - looked_at <= _LATE:
        seconds = max(0, int((at - looked_at).total_seconds()))
        told, todo = f"Last asked {seconds} seconds ago for what never came to us.", ""
    else:
        told = "Nobody asks" if looked_at is None else f"Nobody has asked since {looked_at:%d %B, %H:%M} UTC"
        told += " Twilio for what never came to us."
        todo = "Does the clock run, and does Twilio know the account? The clock's log says why it can't ask."
    return Finding(name=f"{channel} messages missed", ok=not todo, told=told, todo=todo)


def _account(settings: Settings, within: float) -> AccountInstance:
    return _asked(settings, within, lambda twilio: twilio.api.accounts(settings.twilio_account_sid).fetch())


def _is_known(settings: Settings, token: str, within: float) -> bool:
    if not token:
        return False
    try:
        _account(replace(settings, twilio_auth_token=token), within)
    except TwilioRestException as error:
        if error.status == _NOT_ALLOWED:
            return False
        raise
    return True


def _asked(settings: Settings, within: float, ask: Callable[[Client], Answer]) -> Answer:
    client = TwilioClient(settings)
    try:
        with client.within(within):
            return ask(client.rest)
    finally:
        client.close()


def _of_sender(
    look: Callable[[Client, Settings], Iterator[Finding]], settings: Settings, within: float
) -> list[Finding]:
    return _asked(settings, within, lambda twilio: list(look(twilio, settings)))


def _of_answer(
    name: str, answer: "Future[list[Finding]]", settings: Settings, *, deadline: float, within: float
) -> list[Finding]:
    try:
        return _in_time(answer, deadline)
    except _FAULTS as error:
        told, todo = _trouble(error, settings, within=within)
        return [Finding(name=name, ok=False, told=told, todo=todo)]


def _in_time(answer: "Future[Answer]", deadline: float) -> Answer:
    return answer.result(timeout=max(0.0, deadline - time.monotonic()))


def _how_the_account_is(account: AccountInstance, settings: Settings) -> Finding:
    name = account.friendly_name or settings.twilio_account_sid
    if account.status != AccountInstance.Status.ACTIVE:
        return Finding(
            name="Twilio",
            ok=False,
            told=f"The account {name} is {account.status}: nothing is sent and nothing comes in.",
            todo="Twilio's console says why, and what brings it back: look at Billing first.",
        )
    if account.type == AccountInstance.Type.TRIAL:
        return Finding(
            name="Twilio",
            ok=not settings.public_url,
            told=f"The account {name} is a trial: it ends, and writes only to few people that it knows.",
            todo="Upgrade it in Twilio's console before going live.",
        )
    return Finding(name="Twilio", ok=True, told=f"The account {name} is active.")


def _second_token(other: "Future[bool]", settings: Settings, deadline: float) -> Iterator[Finding]:
    """Of the one that is there while tokens are changed."""
    if not settings.twilio_auth_token_secondary:
        return
    try:
        is_known = _in_time(other, deadline)
    except _FAULTS:
        return
    told, todo = "Twilio doesn't know it any more.", "The change is done: empty TWILIO_AUTH_TOKEN_SECONDARY."
    if is_known:
        told = "Twilio knows both tokens: what either has signed is believed."
        todo = "Promote the new token in Twilio's console once all processes have both; README.md tells the steps."
    yield Finding(name="Twilio's second token", ok=True, told=told, todo=todo)


def _refused(
    error: Exception, other: "Future[bool]", settings: Settings, *, deadline: float, within: float
) -> Finding:
    told, todo = _trouble(error, settings, within=within)
    if isinstance(error, TwilioRestException) and error.status == _NOT_ALLOWED:
        try:
            if _in_time(other, deadline):
                told = "Twilio knows TWILIO_AUTH_TOKEN_SECONDARY, and TWILIO_AUTH_TOKEN no more."
                todo = (
                    "Put the second token into TWILIO_AUTH_TOKEN, empty the other, start all processes again."
                )
        except _FAULTS:
            pass
    return Finding(name="Twilio", ok=False, told=told, todo=todo)


def _trouble(error: Exception, settings: Settings, *, within: float) -> tuple[str, str]:
    """How it is, and what to do."""
    server = urlsplit(settings.twilio_api_url).netloc.rpartition("@")[2]
    reach = f"Look at TWILIO_API_URL, and whether this machine may reach {server}."
    if isinstance(error, TwilioRestException):
        return _answered(error, server, settings)
    if isinstance(error, _SILENCE):
        return f"{server} did not answer within {within:g} seconds.", reach
    return f"{server} can't be used ({type(error).__name__}).", reach


def _answered(error: TwilioRestException, server: str, settings: Settings) -> tuple[str, str]:
    if error.code == _TEST_CREDENTIALS:
        return "These are test credentials, which can send nothing.", f"Copy the live ones from {_CONSOLE}."
    if error.code == _NOT_ACTIVE:
        return "The account is not active.", "Twilio's console says why: look at Billing first."
    if error.status == _NOT_ALLOWED:
        told = f"{server} doesn't know this account with this token."
        return told, f"Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN again, both from {_CONSOLE}."
    if error.status == _TOO_MANY:
        return "Twilio asks us to be quiet for a while.", "Look again in some minutes."
    told = f"{server} answered {error.status}, code {error.code}: {_without_tokens(str(error.msg), settings)}"
    return told, f"https://www.twilio.com/docs/api/errors/{error.code} tells more." if error.code else ""


def _without_tokens(text: str, settings: Settings) -> str:
    for token in filter(None, (settings.twilio_auth_token, settings.twilio_auth_token_secondary)):
        text = text.replace(token, "…")
    return text
