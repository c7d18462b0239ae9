"""What an account has at Twilio: numbers, WhatsApp senders, Messaging Services, each with the webhooks set on it.

A test sets the fields that its story needs.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Number:
    phone_number: str
    sid: str
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    status_callback: str = ""
    can_sms: bool = True
    sms_application_sid: str = ""

    def as_json(self, account: str) -> Json:
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "capabilities": {"voice": True, "sms": self.can_sms, "mms": False, "fax": False},
            "friendly_name": self.phone_number,
            "phone_number": self.phone_number,
            "sid": self.sid,
            "sms_application_sid": self.sms_application_sid,
            "sms_fallback_method": self.sms_fallback_method,
            "sms_fallback_url": self.sms_fallback_url,
            "sms_method": self.sms_method,
            "sms_url": self.sms_url,
            "status": "in-use",
            "status_callback": self.status_callback,
            "status_callback_method": "POST",
            "uri": f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{self.sid}.json",
        }


@dataclass(slots=True, kw_only=True)
class ShortCode:
    short_code: str
    sid: str
    sms_url: str = ""
    sms_fallback_url: str = ""

    def as_json(self, account: str) -> Json:
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "date_created": None,
            "date_updated": None,
            "friendly_name": self.short_code,
            "short_code": self.short_code,
            "sid": self.sid,
            "sms_fallback_method": "POST",
            "sms_fallback_url": self.sms_fallback_url,
            "sms_method": "POST",
            "sms_url": self.sms_url,
            "uri": f"/2010-04-01/Accounts/{account}/SMS/ShortCodes/{self.sid}.json",
        }


@dataclass(slots=True, kw_only=True)
class WhatsAppSender:
    sender_id: str  # whatsapp:+…
    sid: str
    status: str = "ONLINE"
    callback_url: str = ""
    callback_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_callback_url: str = ""
    quality_rating: str = "HIGH"
    messaging_limit: str = "1K Customers/24hr"
    offline_reasons: list[Json] = field(default_factory=list)

    def as_json(self) -> Json:
        return {
            "sid": self.sid,
            "status": self.status,
            "sender_id": self.sender_id,
            "configuration": {"waba_id": "1" * 15, "voice_application_sid": None},
            "webhook": {
                "callback_url": self.callback_url or None,
                "callback_method": self.callback_method,
                "fallback_url": self.fallback_url or None,
                "fallback_method": self.fallback_method,
                "status_callback_url": self.status_callback_url or None,
                "status_callback_method": "POST",
            },
            "profile": {"name": "City Hospital"},
            "properties": {"quality_rating": self.quality_rating, "messaging_limit": self.messaging_limit},
            "offline_reasons": self.offline_reasons or None,
            "url": f"https://messaging.twilio.com/v2/Channels/Senders/{self.sid}",
        }


@dataclass(slots=True, kw_only=True)
class Service:
    """`number` is whom it sends by; `names` are what it may go by where a country knows no answers."""

    sid: str
    number: str
    inbound_request_url: str = ""
    inbound_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_callback: str = ""
    use_inbound_webhook_on_number: bool = False
    names: list[str] = field(default_factory=list)

    def as_json(self, account: str) -> Json:
        url = f"https://messaging.twilio.com/v1/Services/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": account,
            "friendly_name": "Appointments",
            "date_created": "2026-01-05T08:00:00Z",
            "date_updated": "2026-01-05T08:00:00Z",
            "inbound_request_url": self.inbound_request_url or None,
            "inbound_method": self.inbound_method,
            "fallback_url": self.fallback_url or None,
            "fallback_method": self.fallback_method,
            "status_callback": self.status_callback or None,
            "use_inbound_webhook_on_number": self.use_inbound_webhook_on_number,
            "validity_period": 36000,
            "url": url,
            "links": {"phone_numbers": f"{url}/PhoneNumbers"},
        }

    @property
    def webhook(self) -> str:
        """Empty where the number's own is asked."""
        return "" if self.use_inbound_webhook_on_number else self.inbound_request_url


def account_as_json(account: str, *, status: str, kind: str) -> Json:
    return {
        "sid": account,
        "friendly_name": "City Hospital",
        "status": status,
        "type": kind,
        "owner_account_sid": account,
        "date_created": "Mon, 05 Jan 2026 08:00:00 +0000",
        "date_updated": "Mon, 05 Jan 2026 08:00:00 +0000",
        "subresource_uris": {"messages": f"/2010-04-01/Accounts/{account}/Messages.json"},
        "uri": f"/2010-04-01/Accounts/{account}.json",
    }
