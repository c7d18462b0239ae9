"""Whether Twilio posted it: what it signs, and whose account it is of. Never believes a header about the address.

Twilio signs the address that it was given, "from the protocol through the end of the query string" (Webhooks
security), and all parameters. That address is PUBLIC_URL and a path of ours, whatever the proxy in front of us makes of
host, scheme and port. A fragment (`#rc=3&rp=all`, which asks Twilio to try again) comes after the query string: it is
an instruction to Twilio's own client, no part of the request, and so no part of what is signed.
"""

import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from settings import Settings

SIGNATURE_HEADER = "X-Twilio-Signature"
_USUAL_PORTS = {"https": 443, "http": 80}


def is_genuine(
    settings: Settings, *, path: str, params: Mapping[str, str | list[str]], signature: str
) -> bool:
    """By either token. `params` are all that were posted, also those we don't know; repeated ones as a list."""
    # The validator's own comparison ends at the first difference in length, and knows one token.
    sent = signature.encode("utf-8", "surrogatepass")
    believed = False
    for right in _signatures(settings, path=path, params=MultiDict(params)):
        believed |= hmac.compare_digest(sent, right.encode())
    return believed


def is_our_account(settings: Settings, params: Mapping[str, str | list[str]]) -> bool:
    return bool(settings.twilio_account_sid) and params.get("AccountSid") == settings.twilio_account_sid


def _signatures(settings: Settings, *, path: str, params: MultiDict[str, str]) -> Iterator[str]:
    """Empty where there is no token, or what was posted is no text."""
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_secondary]
    for token in filter(None, tokens):
        validator = RequestValidator(token)
        for address in _addresses(settings.public_url):
            try:
                yield validator.compute_signature(address + path, params)
            except UnicodeEncodeError:
                return


def _addresses(public_url: str) -> list[str]:
    """As it is, and with and without the scheme's own port: Twilio isn't of one mind about it."""
    parts = urlsplit(public_url)
    usual = _USUAL_PORTS.get(parts.scheme)
    if parts.port is None:
        return [public_url, f"{public_url}:{usual}"]
    bare = public_url.removesuffix(f":{parts.port}")
    return [public_url, bare]
