"""Whether Twilio brings a sender's messages to us, for the self-check: judges addresses that were read, asks nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from checks.examination import Finding
from settings import Settings
from whatsapp.webhook import PATH

# How often Twilio tries again, and after which failures: without these words once, and only where it can't connect.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_INSISTENT = "rc=3&rp=all"
_FETCHED = "Messages are fetched every few seconds, and what became of ours is asked: there is no PUBLIC_URL."


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where Twilio takes a sender's messages, and where it takes those that it couldn't deliver there.

    `place` says where in Twilio's console that is changed.
    """

    url: str
    method: str
    fallback_url: str
    fallback_method: str
    place: str


def address_to_paste(settings: Settings) -> str:
    """What belongs into Twilio's console, exactly so."""
    return f"{_our_address(settings)}#{_INSISTENT}"


def webhook_findings(channel: str, webhook: Webhook, settings: Settings) -> Iterator[Finding]:
    """`channel` in people's words: WhatsApp, SMS."""
    if not settings.public_url:
        yield _without_address(channel, webhook)
        return
    told, todo, ok = _how_it_is(webhook, settings)
    yield Finding(name=f"{channel} webhook", ok=ok, told=told, todo=todo)
    yield _fallback(channel, webhook, settings)


def _our_address(settings: Settings) -> str:
    return settings.public_url + PATH


def _without_address(channel: str, webhook: Webhook) -> Finding:
    if not webhook.url:
        return Finding(name=f"{channel} webhook", ok=True, told=f"None is set. {_FETCHED}")
    return Finding(
        name=f"{channel} webhook",
        ok=False,
        told=f"{_FETCHED} But Twilio takes them to {_host(webhook.url)} as well, which may answer people too.",
        todo=f"Empty it: {webhook.place}. If another installation uses this sender, give this one its own.",
    )


def _how_it_is(webhook: Webhook, settings: Settings) -> tuple[str, str, bool]:
    """How it is, what to do or what could be done, and whether all is well."""
    paste = f"{webhook.place}: {address_to_paste(settings)} by HTTP POST."
    address = _bare(webhook.url)
    if not webhook.url:
        return "None is set: nothing that people write comes in at once.", f"Paste it into {paste}", False
    if address != _our_address(settings):
        told = f"Set to another address, at {_host(webhook.url)}."
        return told, f"If nobody else needs that, paste ours into {paste}", False
    if webhook.method.upper() != "POST":
        return f"Set to ours by HTTP {webhook.method}.", f"Set it to POST: {paste}", False
    if not _insists(webhook.url):
        told = f"Set to {address}, which Twilio tries once again at most."
        return told, f"For more tries, paste it with its ending into {paste}", True
    return f"Set to {webhook.url}", "", True


def _fallback(channel: str, webhook: Webhook, settings: Settings) -> Finding:
    name = f"{channel} fallback"
    if _bare(webhook.fallback_url) == _our_address(settings) and webhook.fallback_method.upper() == "POST":
        return Finding(name=name, ok=True, told=f"Set to {webhook.fallback_url}")
    told = (
        f"Set to another address, at {_host(webhook.fallback_url)}."
        if webhook.fallback_url
        else "None is set."
    )
    return Finding(
        name=name,
        ok=True,
        told=f"{told} What fails at the webhook is fetched a minute later.",
        todo=f"For one more try at once, paste the webhook's address into {webhook.place} as the fallback too.",
    )


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _insists(url: str) -> bool:
    asked = parse_qs(urlsplit(url).fragment)
    policies = set(",".join(asked.get("rp", [])).split(","))
    return asked.get("rc", ["0"])[-1] not in {"0", "1"} and bool(policies & {"all", "5xx"})


def _host(url: str) -> str:
    """Without the path, which may be somebody's secret."""
    return urlsplit(url).hostname or "an address that can't be read"
