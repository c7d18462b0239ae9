"""What Twilio says of the senders that the settings name, for the self-check. It only reads, a few pages at most."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twilio.base.exceptions import TwilioRestException

from checks.examination import Finding
from settings import Settings
from whatsapp.channel import SANDBOX
from whatsapp.check_webhooks import Webhook, address_to_paste, webhook_findings

if TYPE_CHECKING:
    from twilio.rest import Client
    from twilio.rest.messaging.v1.service import ServiceInstance
    from twilio.rest.messaging.v2.channels_sender import ChannelsSenderInstance

_NOT_FOUND = 404
_MOST = 100  # of anything that is listed
_AT_WORK = {"ONLINE", "ONLINE:UPDATING"}
_OURS_TO_DO = "Messaging, Senders, WhatsApp senders, its Edit Sender"
_OFF_WHATSAPP = Finding(
    name="WhatsApp",
    ok=True,
    told="Off: there is no TWILIO_WHATSAPP_FROM.",
    todo="To turn it on, register a WhatsApp sender in Twilio's console and put its number there.",
)
_OFF_SMS = Finding(
    name="SMS",
    ok=True,
    told="Off: there is neither TWILIO_SMS_FROM nor TWILIO_MESSAGING_SERVICE_SID.",
    todo="To turn it on, buy a number that can text in Twilio's console and put it into TWILIO_SMS_FROM.",
)


def whatsapp_sender(twilio: "Client", settings: Settings) -> Iterator[Finding]:
    number = settings.twilio_whatsapp_from
    if not number:
        yield _OFF_WHATSAPP
        return
    if number == SANDBOX:
        yield _sandbox(settings)
        return
    senders = twilio.messaging.v2.channels_senders.list(channel="whatsapp", limit=_MOST)
    sender = next((one for one in senders if one.sender_id == f"whatsapp:{number}"), None)
    if sender is None:
        yield _nobody_s("WhatsApp", number, [_number_of(one.sender_id) for one in senders])
        return
    yield _at_work(sender, number)
    webhook = _fields(sender.webhook)
    yield from webhook_findings(
        "WhatsApp",
        Webhook(
            url=webhook.get("callback_url", ""),
            method=webhook.get("callback_method", "POST"),
            fallback_url=webhook.get("fallback_url", ""),
            fallback_method=webhook.get("fallback_method", "POST"),
            place=f"{_OURS_TO_DO}, Webhook URL for incoming messages",
        ),
        settings,
    )


def sms_sender(twilio: "Client", settings: Settings) -> Iterator[Finding]:
    if settings.twilio_messaging_service_sid:
        yield from _service(twilio, settings)
    elif settings.twilio_sms_from:
        yield from _sender_alone(twilio, settings)
    else:
        yield _OFF_SMS


def _sandbox(settings: Settings) -> Finding:
    told = f"The sandbox, {SANDBOX}: whoever wrote it `join` and your two words in the last three days."
    place = "In Twilio's console, Messaging, Try it out, Send a WhatsApp message, Sandbox settings"
    paste = f"{place}, paste {address_to_paste(settings)} into When a message comes in, by POST."
    empty = f"{place}, empty When a message comes in, or else that answers as well."
    return Finding(name="WhatsApp", ok=True, told=told, todo=paste if settings.public_url else empty)


def _at_work(sender: "ChannelsSenderInstance", number: str) -> Finding:
    if sender.status not in _AT_WORK:
        status = str(sender.status).lower().replace("_", " ")
        reasons = [str(_fields(one).get("message", "")) for one in sender.offline_reasons or []]
        return Finding(
            name="WhatsApp",
            ok=False,
            told=" ".join([f"Twilio says of {number}: {status}.", *filter(None, reasons)]),
            todo=f"Twilio's console tells what is missing: {_OURS_TO_DO}.",
        )
    known = _fields(sender.properties)
    more = [
        f"{label} {known[name]}"
        for name, label in (("messaging_limit", "may write first to"), ("quality_rating", "quality"))
        if known.get(name)
    ]
    poor = str(known.get("quality_rating", "")).upper() == "LOW"
    return Finding(
        name="WhatsApp",
        ok=not poor,
        told=f"{', '.join([f'Online as {number}', *more])}: https://wa.me/{number.removeprefix('+')}",
        todo="People report or block it: Meta will lower its limit. Look at what they are sent."
        if poor
        else "",
    )


def _sender_alone(twilio: "Client", settings: Settings) -> Iterator[Finding]:
    sender = settings.twilio_sms_from
    if sender.startswith("+"):
        yield from _number(twilio, sender, settings)
    elif sender.isdecimal():
        yield from _short_code(twilio, sender, settings)
    else:
        yield _one_way(f"It comes from the name {sender}")


def _number(twilio: "Client", number: str, settings: Settings) -> Iterator[Finding]:
    found = next(iter(twilio.incoming_phone_numbers.list(phone_number=number, limit=1)), None)
    if found is None:
        others = twilio.incoming_phone_numbers.list(limit=_MOST)
        yield _nobody_s("SMS", number, [str(one.phone_number) for one in others])
        return
    if not _fields(found.capabilities).get("sms"):
        yield Finding(
            name="SMS",
            ok=False,
            told=f"{number} can't text.",
            todo="Put a number that can into TWILIO_SMS_FROM.",
        )
        return
    yield _two_way(number)
    place = f"Phone Numbers, Manage, Active numbers, {number}, Messaging, A message comes in"
    if found.sms_application_sid:
        yield Finding(
            name="SMS webhook",
            ok=False,
            told="The number belongs to a TwiML app, whose address stands in the place of its own.",
            todo=f"Choose Webhook there, with {address_to_paste(settings)}: {place}."
            if settings.public_url
            else f"Take it out: {place}.",
        )
        return
    yield from webhook_findings("SMS", _webhook_of_number(found, place), settings)


def _short_code(twilio: "Client", code: str, settings: Settings) -> Iterator[Finding]:
    found = next(iter(twilio.short_codes.list(short_code=code, limit=1)), None)
    if found is None:
        yield _nobody_s("SMS", code, [str(one.short_code) for one in twilio.short_codes.list(limit=_MOST)])
        return
    yield _two_way(code)
    place = f"Phone Numbers, Manage, Short codes, {code}, A message comes in"
    yield from webhook_findings("SMS", _webhook_of_number(found, place), settings)


def _webhook_of_number(found: Any, place: str) -> Webhook:
    return Webhook(
        url=found.sms_url or "",
        method=found.sms_method or "POST",
        fallback_url=found.sms_fallback_url or "",
        fallback_method=found.sms_fallback_method or "POST",
        place=place,
    )


def _service(twilio: "Client", settings: Settings) -> Iterator[Finding]:
    try:
        service = twilio.messaging.v1.services(settings.twilio_messaging_service_sid).fetch()
    except TwilioRestException as error:
        if error.status != _NOT_FOUND:
            raise
        yield Finding(
            name="SMS",
            ok=False,
            told="The account has no messaging service of this SID.",
            todo="Look at TWILIO_MESSAGING_SERVICE_SID: Messaging, Services, in Twilio's console.",
        )
        return
    numbers = [str(one.phone_number) for one in service.phone_numbers.list(limit=_MOST)]
    numbers += [str(one.short_code) for one in service.short_codes.list(limit=_MOST)]
    names = [str(one.alpha_sender) for one in service.alpha_senders.list(limit=_MOST)]
    yield _senders_of(service, numbers, names, ours=settings.twilio_sms_from)
    if numbers:
        yield from _webhook_of_service(twilio, service, numbers, settings)


def _senders_of(service: "ServiceInstance", numbers: list[str], names: list[str], *, ours: str) -> Finding:
    place = f"Messaging, Services, {service.friendly_name}, Sender Pool"
    if not numbers and not names:
        return Finding(
            name="SMS",
            ok=False,
            told=f"The messaging service {service.friendly_name} has no sender.",
            todo=f"Add a number in Twilio's console: {place}.",
        )
    if ours and ours not in numbers + names:
        return Finding(
            name="SMS",
            ok=False,
            told=f"{ours} is not among the senders of the messaging service {service.friendly_name}.",
            todo=f"Add it in Twilio's console, {place}, or empty TWILIO_SMS_FROM.",
        )
    if not numbers:
        return _one_way(f"The messaging service {service.friendly_name} has names only, {_some(names)}")
    return _two_way(f"{_some(numbers)}, by the messaging service {service.friendly_name}")


def _webhook_of_service(
    twilio: "Client", service: "ServiceInstance", numbers: list[str], settings: Settings
) -> Iterator[Finding]:
    place = f"Messaging, Services, {service.friendly_name}, Integration"
    if service.use_inbound_webhook_on_number:
        for number in numbers[:1]:
            alone = _number if number.startswith("+") else _short_code
            yield from (found for found in alone(twilio, number, settings) if found.name != "SMS")
        return
    if not service.inbound_request_url:
        # With no address there, Twilio drops what comes in, and keeps no record to fetch.
        # https://www.twilio.com/docs/messaging/api/service-resource
        todo = (
            f"Choose Send a webhook, with {address_to_paste(settings)}"
            if settings.public_url
            else "Choose Defer to sender's webhook"
        )
        yield Finding(
            name="SMS webhook",
            ok=False,
            told="The messaging service drops whatever people write.",
            todo=f"{todo}: {place}.",
        )
        return
    yield from webhook_findings(
        "SMS",
        Webhook(
            url=service.inbound_request_url,
            method=service.inbound_method or "POST",
            fallback_url=service.fallback_url or "",
            fallback_method=service.fallback_method or "POST",
            place=f"{place}, Send a webhook, Request URL",
        ),
        settings,
    )


def _two_way(who: str) -> Finding:
    return Finding(name="SMS", ok=True, told=f"People write to {who}.")


def _one_way(what: str) -> Finding:
    return Finding(
        name="SMS",
        ok=True,
        told=f"{what}: people can't write back. SMS carries notices, and nobody can book by it.",
        todo="For booking by SMS, put a number into TWILIO_SMS_FROM, where the country has two-way SMS.",
    )


def _nobody_s(channel: str, sender: str, others: Iterable[str]) -> Finding:
    variable = "TWILIO_WHATSAPP_FROM" if channel == "WhatsApp" else "TWILIO_SMS_FROM"
    had = _some(list(others))
    return Finding(
        name=channel,
        ok=False,
        told=f"The account has no such sender: {sender}. It has {had or 'none'}.",
        todo=f"Look at {variable}, and whether TWILIO_ACCOUNT_SID is the account that has it.",
    )


def _some(senders: list[str]) -> str:
    """The first few."""
    more = [f"{len(senders) - 3} more"] if len(senders) > 3 else []
    return ", ".join([*senders[:3], *more])


def _number_of(sender_id: str | None) -> str:
    return (sender_id or "").removeprefix("whatsapp:")


def _fields(value: object) -> Mapping[str, Any]:
    """Of an object in Twilio's answer, those that have a value."""
    return {name: one for name, one in value.items() if one is not None} if isinstance(value, Mapping) else {}
