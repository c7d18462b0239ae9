"""What Twilio's error codes and statuses mean, whether told at once or in a status callback later. Never sends.

The one table of codes. Those that only people can mend come with words for owners: what is wrong, and what to do.
See https://www.twilio.com/docs/api/errors.
"""

from dataclasses import dataclass

from domain.errors import SendError, SendFault
from domain.ports import Receipt, ReceiptState

_LATER, _OURS, _REFUSED = SendFault.LATER, SendFault.OURS, SendFault.REFUSED
_UNREACHABLE = SendFault.UNREACHABLE
_MANUAL = "https://www.twilio.com/docs/api/errors/{code}"
_CHANNELS = {"whatsapp": "WhatsApp messages", "sms": "SMS"}


@dataclass(frozen=True, slots=True)
class _Meaning:
    """`told` may name `{messages}`: what the channel's messages are called."""

    fault: SendFault
    told: str = ""
    todo: str = ""
    retry_after: float | None = None


_CREDENTIALS = _Meaning(
    _OURS,
    "Twilio doesn't let us in: no WhatsApp message or SMS goes.",
    "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to what Twilio's console shows, and start again.",
)
_ADDRESS = _Meaning(
    _OURS,
    "Twilio's API is not where TWILIO_API_URL says.",
    "Leave TWILIO_API_URL empty, unless a server of your own stands before Twilio.",
)
_ACCOUNT = _Meaning(
    _OURS,
    "The Twilio account is not active: no WhatsApp message or SMS goes.",
    "Look in Twilio's console for what it waits for, a payment as a rule.",
)
_NO_SUCH_SENDER = _Meaning(
    _REFUSED,
    "Twilio doesn't take our sender for {messages}.",
    "See that TWILIO_WHATSAPP_FROM, TWILIO_SMS_FROM and TWILIO_MESSAGING_SERVICE_SID name senders of this account.",
)
_NO_WAY = _Meaning(
    _UNREACHABLE,
    "Twilio has no way from our sender to some people's numbers.",
    "See in Twilio's SMS guidelines which kind of sender the country of these numbers takes.",
)
_TRIAL = _Meaning(
    _REFUSED,
    "The Twilio account is on trial: it writes to few people, and only to numbers verified in its console.",
    "Upgrade the account.",
)
_UNREGISTERED = _Meaning(
    _REFUSED,
    "Carriers stop our SMS because the sender or the campaign is not registered.",
    "Finish the registration of the sender in Twilio's console, for each country that asks for one.",
)
_FILTERED = _Meaning(
    _REFUSED,
    "Carriers or Twilio filter our {messages} as unwanted.",
    "Look at the messages in Twilio's log, and tell its support that these are appointments that people asked for.",
)
_DAILY_CAP = _Meaning(
    _REFUSED,
    "The day's limit of {messages} is used up: no more go until tomorrow.",
    "Ask Twilio for a higher limit, or for another kind of sender.",
)
_SUSPECTED = _Meaning(
    _REFUSED,
    "Twilio takes our SMS to some numbers for fraud and holds them back.",
    "If these numbers are real, switch off its SMS pumping protection or list them as safe in Twilio's console.",
)
_WHATSAPP_SENDER = _Meaning(
    _REFUSED,
    "The WhatsApp sender can't write: Meta or Twilio has it locked, or it isn't set up to the end.",
    "Look at the sender in Twilio's console and at the account in Meta's WhatsApp Manager.",
)
_WHATSAPP_POLICY = _Meaning(
    _REFUSED,
    "Meta holds our WhatsApp messages back for its rules.",
    "Look at the account's quality and its notices in Meta's WhatsApp Manager.",
)
_TEMPLATE = _Meaning(
    _REFUSED,
    "WhatsApp doesn't take a template of ours.",
    "Run python app.py whatsapp-templates status, then create.",
)
_NUMBER = _Meaning(_UNREACHABLE)

_TABLE = {
    # The account, and the way to it; three digits are an HTTP status that came without a code.
    301: _ADDRESS,
    302: _ADDRESS,
    307: _ADDRESS,
    308: _ADDRESS,
    401: _CREDENTIALS,
    403: _CREDENTIALS,
    404: _ADDRESS,
    405: _ADDRESS,
    10001: _ACCOUNT,
    20003: _CREDENTIALS,
    20005: _ACCOUNT,
    20008: _CREDENTIALS,
    30002: _ACCOUNT,
    21608: _TRIAL,
    21219: _TRIAL,
    63038: _DAILY_CAP,
    # The number written to.
    21211: _NUMBER,
    21217: _NUMBER,
    21266: _NUMBER,
    21401: _NUMBER,
    21614: _NUMBER,
    21635: _NUMBER,
    30005: _NUMBER,
    30006: _NUMBER,
    63003: _NUMBER,
    63024: _NUMBER,
    63031: _NUMBER,
    21612: _NO_WAY,
    21408: _Meaning(
        _REFUSED,
        "Twilio may not send to a country that people have written their numbers of.",
        "Allow the country in Twilio's console, under Messaging, Settings, Geo permissions.",
    ),
    63015: _Meaning(
        _REFUSED,
        "WhatsApp's sandbox writes only to phones that have joined it in the last three days.",
        "Send its join code from the phone again, or use a WhatsApp sender of your own.",
    ),
    # What the person wants.
    21610: _Meaning(SendFault.STOPPED),
    63014: _Meaning(SendFault.STOPPED),
    # Now is not the time.
    30003: _Meaning(SendFault.ABSENT),
    63016: _Meaning(SendFault.CLOSED),
    429: _Meaning(SendFault.THROTTLED, retry_after=10),
    503: _Meaning(_LATER),
    14107: _Meaning(SendFault.THROTTLED, retry_after=30),
    20429: _Meaning(SendFault.THROTTLED, retry_after=10),
    21611: _Meaning(SendFault.THROTTLED, retry_after=60),
    30001: _Meaning(SendFault.THROTTLED, retry_after=60),
    30017: _Meaning(SendFault.THROTTLED, retry_after=60),
    30022: _Meaning(SendFault.THROTTLED, retry_after=60),
    63018: _Meaning(
        SendFault.THROTTLED,
        "WhatsApp takes no more messages for a while: too many at once, or to more people a day than it allows yet.",
        "If it goes on, see the limit in Meta's WhatsApp Manager. People who write first don't count.",
        retry_after=60,
    ),
    30036: _Meaning(
        SendFault.ABSENT,
        "{messages} waited at Twilio until they were of no use.",
        "Set TWILIO_SMS_SEGMENTS_PER_SECOND to what the sender can do, or get one that can do more.",
    ),
    20500: _Meaning(_LATER),
    20503: _Meaning(_LATER),
    21730: _Meaning(_LATER),
    63010: _Meaning(_LATER),
    63012: _Meaning(_LATER),
    # Our sender.
    20404: _NO_SUCH_SENDER,
    21212: _NO_SUCH_SENDER,
    21603: _NO_SUCH_SENDER,
    21606: _NO_SUCH_SENDER,
    21659: _NO_SUCH_SENDER,
    21660: _NO_SUCH_SENDER,
    21661: _NO_SUCH_SENDER,
    21701: _NO_SUCH_SENDER,
    21703: _NO_SUCH_SENDER,
    21704: _NO_SUCH_SENDER,
    21705: _NO_SUCH_SENDER,
    63002: _NO_SUCH_SENDER,
    63007: _NO_SUCH_SENDER,
    63001: _WHATSAPP_SENDER,
    63020: _WHATSAPP_SENDER,
    63051: _WHATSAPP_SENDER,
    63112: _WHATSAPP_SENDER,
    # What we wrote, and those who carry it.
    30007: _FILTERED,
    30018: _UNREGISTERED,
    30024: _UNREGISTERED,
    30032: _UNREGISTERED,
    30033: _UNREGISTERED,
    30034: _UNREGISTERED,
    30035: _UNREGISTERED,
    30040: _UNREGISTERED,
    30023: _DAILY_CAP,
    30027: _DAILY_CAP,
    30450: _SUSPECTED,
    30453: _SUSPECTED,
    63013: _WHATSAPP_POLICY,
    63049: _WHATSAPP_POLICY,
    21655: _TEMPLATE,
    63027: _TEMPLATE,
    63028: _TEMPLATE,
    63040: _TEMPLATE,
    63041: _TEMPLATE,
    63042: _TEMPLATE,
}
_UNKNOWN = _Meaning(
    _REFUSED, "Twilio doesn't carry our {messages}.", "See what the number means, and mend it."
)
_UNEXPLAINED = _Meaning(
    _REFUSED, "Twilio doesn't carry our {messages}, and doesn't say why.", "Look in its log."
)

_STATES = {
    "accepted": ReceiptState.ACCEPTED,
    "scheduled": ReceiptState.ACCEPTED,
    "queued": ReceiptState.ACCEPTED,
    "sending": ReceiptState.ACCEPTED,
    "sent": ReceiptState.SENT,
    "partially_delivered": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "undelivered": ReceiptState.FAILED,
    "failed": ReceiptState.FAILED,
    "canceled": ReceiptState.FAILED,
}


def fault_of_code(code: int | str | None, *, channel: str) -> SendError:
    """What a code of Twilio's means for the message, on `whatsapp` or `sms`; its number is always shown."""
    number = str(code or "")
    if not number.isdecimal():
        return _error(_UNEXPLAINED, number, channel=channel)
    return _error(_TABLE.get(int(number), _UNKNOWN), number, channel=channel)


def receipt_of(provider_id: str, *, status: str, code: int | str | None, channel: str) -> Receipt | None:
    """What a status of Twilio's says; None where it is none that we know."""
    state = _STATES.get(status.lower())
    if state is None:
        return None
    if state is not ReceiptState.FAILED:
        return Receipt(provider_id, state)
    error = fault_of_code(code, channel=channel)
    return Receipt(provider_id, state, error.fault, error.code, told=error.told, todo=error.todo)


def _error(meaning: _Meaning, code: str, *, channel: str) -> SendError:
    told = meaning.told.format(messages=_CHANNELS.get(channel, channel))
    seen = f" See {_MANUAL.format(code=code)}" if code else ""
    return SendError(
        meaning.fault,
        code=code,
        retry_after=meaning.retry_after,
        told=f"{told} (Twilio's error {code}.)" if told and code else told,
        todo=meaning.todo + seen if told else "",
    )
