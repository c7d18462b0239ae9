"""What Telegram says of our bot, for the self-check. It asks two harmless questions and changes nothing.

It never calls getUpdates: a second caller cuts off the process that polls. It never repeats the token, which Telegram's
client puts into some of its errors.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from telegram import Bot, User, WebhookInfo
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot import CHANNEL
from bot.webhook import PATH
from checks.examination import Finding
from domain.ports import IngestLease, UnitOfWork
from settings import Settings

_PATIENCE = 4.0  # seconds for both questions; less than the self-check's own
_PORTS = (443, 80, 88, 8443)  # those that Telegram delivers to
_FEW = 10  # updates that may well be on their way at any moment
_RECENT = timedelta(minutes=10)

_OFF = Finding(
    name="Telegram",
    ok=True,
    told="Off: there is no TELEGRAM_BOT_TOKEN.",
    todo="To turn it on, write /newbot to @BotFather, put the token into .env as TELEGRAM_BOT_TOKEN, start again.",
)
_START_BOT = "Is the bot process running? It is the Procfile's line bot; make run starts it."
_ANOTHER = "If another installation uses this bot, give this one a bot of its own."

# What stands in Telegram's own words about a failed delivery -> what to do about it. The first that fits.
_REMEDIES = (
    (("certificate", "ssl"), "Use a certificate of a public authority, with its whole chain."),
    (("resolve", "name or service"), "Look at the name in PUBLIC_URL: it isn't known outside."),
    (("refused",), "Nothing listens there: look at the proxy in front, and whether the web process runs."),
    (
        ("timed out", "timeout", "reset", "closed", "unreachable"),
        "Telegram gets no answer: look at the firewall, the proxy in front, and whether the web process runs.",
    ),
    (
        ("403",),
        "The web and the bot process differ in SECRET_KEY or TELEGRAM_BOT_TOKEN: start both again with the same.",
    ),
    (
        ("404",),
        "Something else answers there: the proxy in front must pass every path on to the web process.",
    ),
    (("502", "503", "504"), "The proxy in front answers and the web process doesn't: is it running?"),
    (("301", "302", "307", "308"), "The address leads elsewhere: set PUBLIC_URL to where it leads."),
    (("500",), "The web process failed: its log says why."),
)


def telegram_findings(settings: Settings, *, at: datetime, within: float = _PATIENCE) -> list[Finding]:
    """The first says whether Telegram knows the bot, and as whom. Takes some seconds at most."""
    if not settings.telegram_bot_token:
        return [_OFF]
    try:
        me, webhook = asyncio.run(_ask(settings, within=within))
    except (TelegramError, TimeoutError) as error:
        return [_fault(error, settings, within=within)]
    delivery = _by_webhook(webhook, settings, at=at) if settings.public_url else _by_polling(webhook)
    return [_known(me), *delivery, _pending(webhook, settings), _groups(me)]


async def _ask(settings: Settings, *, within: float) -> tuple[User, WebhookInfo]:
    request = HTTPXRequest(connect_timeout=within, read_timeout=within, write_timeout=within)
    async with request, asyncio.timeout(within):
        bot = Bot(settings.telegram_bot_token, base_url=f"{settings.telegram_api_url}/bot", request=request)
        return await bot.get_me(), await bot.get_webhook_info()


def bot_process_findings(uow: UnitOfWork, settings: Settings, *, at: datetime) -> Iterator[Finding]:
    """Of the process that takes in updates, as its lease tells."""
    if not settings.telegram_bot_token:
        return
    lease = uow.ingest_leases.of(CHANNEL)
    told, todo = _how_it_is_taken_in(lease, wanted="webhook" if settings.public_url else "polling", at=at)
    yield Finding(name="Telegram bot process", ok=not todo, told=told, todo=todo)


def _how_it_is_taken_in(lease: IngestLease | None, *, wanted: str, at: datetime) -> tuple[str, str]:
    """How it is, and what to do, if anything."""
    if lease is None or lease.lease_until <= at:
        return "None is at work.", "Start it: it is the Procfile's line bot; make run starts it."
    if lease.mode != wanted:
        told = f"One is at work by {lease.mode}, and PUBLIC_URL asks for {wanted}."
        return told, "Start all processes again with the same settings."
    if lease.trouble:
        return f"{lease.trouble[:1].upper()}{lease.trouble[1:]}", "It tries again by itself. " + _ANOTHER
    return f"One is at work, by {lease.mode}.", ""


def _fault(error: Exception, settings: Settings, *, within: float) -> Finding:
    server = urlsplit(settings.telegram_api_url).netloc.rpartition("@")[2]
    reach = f"Look at TELEGRAM_API_URL, and whether this machine may reach {server}."
    match error:
        case InvalidToken():
            told = f"{server} doesn't know the token."
            todo = "Copy it again from @BotFather (/mybots, your bot, API Token) into TELEGRAM_BOT_TOKEN."
        case RetryAfter():
            told, todo = "Telegram asks us to be quiet for a while.", "Look again in some minutes."
        case TimedOut() | TimeoutError():
            told, todo = f"{server} did not answer within {within:g} seconds.", reach
        case NetworkError() if not isinstance(error, BadRequest):
            told, todo = f"{server} can't be used: {_without_token(error, settings)}", reach
        case _:
            told, todo = f"{server} answered: {_without_token(error, settings)}", reach
    return Finding(name="Telegram", ok=False, told=told, todo=todo)


def _without_token(error: Exception, settings: Settings) -> str:
    return str(error).replace(settings.telegram_bot_token, "…")


def _known(me: User) -> Finding:
    return Finding(name="Telegram", ok=True, told=f"The bot is @{me.username}: https://t.me/{me.username}")


def _by_webhook(webhook: WebhookInfo, settings: Settings, *, at: datetime) -> Iterator[Finding]:
    yield _public_port(settings.public_url)
    yield _our_webhook(webhook, ours=settings.public_url + PATH)
    yield from _complaint(webhook, at=at)


def _our_webhook(webhook: WebhookInfo, *, ours: str) -> Finding:
    if webhook.url == ours:
        return Finding(name="Telegram webhook", ok=True, told=f"Set to {ours}")
    if not webhook.url:
        return Finding(
            name="Telegram webhook", ok=False, told="None is set. The bot process sets it.", todo=_START_BOT
        )
    return Finding(
        name="Telegram webhook",
        ok=False,
        told=f"Set to another address, at {_host(webhook)}. The bot process sets it to ours.",
        todo=f"{_START_BOT} {_ANOTHER}",
    )


def _public_port(public_url: str) -> Finding:
    parts = urlsplit(public_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    right = parts.scheme == "https" and port in _PORTS
    wanted = ", ".join(map(str, _PORTS))
    return Finding(
        name="Telegram port",
        ok=right,
        told=f"PUBLIC_URL leads to port {port} by {parts.scheme}.",
        todo="" if right else f"Telegram delivers by https only, to the ports {wanted}: change PUBLIC_URL.",
    )


def _by_polling(webhook: WebhookInfo) -> Iterator[Finding]:
    if not webhook.url:
        yield Finding(
            name="Telegram webhook", ok=True, told="None is set, as it should be: without PUBLIC_URL we poll."
        )
        return
    yield Finding(
        name="Telegram webhook",
        ok=False,
        told=f"Messages go to {_host(webhook)} and not here. The bot process removes that before it polls.",
        todo=f"{_START_BOT} {_ANOTHER}",
    )


def _host(webhook: WebhookInfo) -> str:
    """Without the path, which may be somebody's secret."""
    return urlsplit(webhook.url).hostname or "an address that can't be read"


def _complaint(webhook: WebhookInfo, *, at: datetime) -> Iterator[Finding]:
    """An old error with nothing waiting was got over: Telegram delivers again what failed."""
    if webhook.last_error_date is None:
        return
    since = at - webhook.last_error_date
    told = f"{webhook.last_error_message or 'A delivery failed'} ({_ago(since)})"
    if since > _RECENT and not webhook.pending_update_count:
        yield Finding(name="Telegram's last error", ok=True, told=f"{told}. Nothing waits since.")
        return
    yield Finding(
        name="Telegram's last error", ok=False, told=told, todo=_remedy(webhook.last_error_message or "")
    )


def _remedy(message: str) -> str:
    said = message.lower()
    return next(
        (remedy for signs, remedy in _REMEDIES if any(sign in said for sign in signs)),
        "Look at the log of the web process and of the proxy in front.",
    )


def _ago(since: timedelta) -> str:
    minutes = int(since.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def _pending(webhook: WebhookInfo, settings: Settings) -> Finding:
    count = webhook.pending_update_count
    taker = "the web process" if settings.public_url else "the bot process"
    if count <= _FEW:
        told = "Nothing." if not count else "1 update." if count == 1 else f"{count} updates."
        return Finding(name="Waiting at Telegram", ok=True, told=told)
    return Finding(
        name="Waiting at Telegram",
        ok=False,
        told=f"{count} updates that {taker} has not taken; nothing is lost for 24 hours.",
        todo=f"Look again in a minute. If the number doesn't fall, {taker} doesn't run or can't be reached.",
    )


def _groups(me: User) -> Finding:
    if me.can_read_all_group_messages:
        return Finding(
            name="Telegram groups",
            ok=True,
            told="The bot would be shown everything that is written in groups, and needs none of it.",
            todo="Turn it off: @BotFather, /setprivacy, Enable.",
        )
    if me.can_join_groups:
        return Finding(
            name="Telegram groups",
            ok=True,
            told="The bot can be added to groups; there it only says that it works in private.",
            todo="To prevent it: @BotFather, /setjoingroups, Disable.",
        )
    return Finding(name="Telegram groups", ok=True, told="The bot can't be added to groups.")
