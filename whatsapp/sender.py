"""The `Sender` of WhatsApp and of SMS: hands messages to Twilio at the pace that it allows, and says what became of it.

It must never pick words, send twice what may have arrived without having looked for it, nor take longer than the lease
of the row that it sends.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.errors import SendError, SendFault
from domain.ports import Outgoing, Receipt, Sent
from whatsapp.client import WHOLE_SECONDS, TwilioClient
from whatsapp.faults import receipt_of
from whatsapp.frames import as_read
from whatsapp.gate import Gate
from whatsapp.parts import Part
from whatsapp.segments import in_gsm
from whatsapp.trouble import TROUBLE, code_of, fault_of

SHORTEST, LONGEST = 1, 36_000  # seconds that Twilio may keep a message waiting
LOOKED_THROUGH = 50  # of the latest messages to a person, when an earlier attempt is looked for
CLOCKS_DIFFER = timedelta(seconds=10)
# Said of a frame's content: it was deleted at Twilio, or what we wrote doesn't fit in its gaps.
_CONTENT_NOT_TAKEN = frozenset({21655, 21656, 21658, 92007})
_IN_VAIN = frozenset({"failed", "undelivered", "canceled"})
_ON_TRIAL = "Sent from your Twilio trial account - "  # stands before each message of such an account

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a channel's messages come from and go to: `prefix` stands before numbers, `parameters` name the sender."""

    channel: str
    prefix: str
    parameters: Mapping[str, str]

    def to(self, handle: str) -> str:
        return self.prefix + handle

    def is_ours(self, message: Any) -> bool:
        """Whether a message in Twilio's list was sent by us, and has not come to nothing since."""
        sender, service = self.parameters.get("from_"), self.parameters.get("messaging_service_sid")
        from_us = message.from_ == sender or (bool(service) and message.messaging_service_sid == service)
        return from_us and str(message.direction).startswith("outbound") and message.status not in _IN_VAIN


@dataclass(frozen=True, slots=True)
class TwilioSender:
    """`status_url` is where Twilio tells what becomes of an outbox row, where it can reach us."""

    client: TwilioClient
    route: Route
    gate: Gate
    parts_of: Callable[[Outgoing], list[Part]]
    status_url: Callable[[int], str] | None
    now: Callable[[], datetime]

    def send(self, outgoing: Outgoing) -> Sent:
        """Hands the messages over; the id is that of the last. Raises SendError."""
        parts = self.parts_of(outgoing)
        with self.client.within(WHOLE_SECONDS):
            sids = self._sent_before(outgoing, parts)
            missing = [number for number in range(len(parts)) if number not in sids]
            self._wait_for_our_turn(outgoing, [parts[number] for number in missing])
            for number in missing:
                is_last = number == len(parts) - 1
                sids[number] = self._hand(outgoing, parts[number], is_last=is_last, some_went=bool(sids))
        return Sent(sids[len(parts) - 1], form=parts[-1].form, parts=sum(part.units for part in parts))

    def ask(self, provider_id: str) -> Receipt | None:
        """What became of it, as far as Twilio can say now."""
        try:
            with self.client.within(WHOLE_SECONDS):
                message = self.client.rest.messages(provider_id).fetch()
        except TROUBLE as error:
            logger.info(
                "Twilio doesn't say what became of %s: %s",
                provider_id,
                code_of(error) or type(error).__name__,
            )
            return None
        return receipt_of(
            provider_id, status=str(message.status), code=message.error_code, channel=self.route.channel
        )

    def _wait_for_our_turn(self, outgoing: Outgoing, parts: Sequence[Part]) -> None:
        if parts:
            tokens = sum(part.units for part in parts)
            self.gate.wait(outgoing.handle, tokens=tokens, urgent=outgoing.urgent)

    def _sent_before(self, outgoing: Outgoing, parts: Sequence[Part]) -> dict[int, str]:
        """The parts that an earlier attempt has handed over after all, by number."""
        if outgoing.tried_since is None:
            return {}
        since = outgoing.tried_since - CLOCKS_DIFFER
        try:
            # Not by the date of sending: what is queued has none yet.
            listed = self.client.rest.messages.list(to=self.route.to(outgoing.handle), limit=LOOKED_THROUGH)
        except TROUBLE as error:
            raise self._unknown(error, outgoing) from error
        ours = [one for one in listed if self.route.is_ours(one) and one.date_created >= since]
        ours.sort(key=lambda one: one.date_created)
        found: dict[int, str] = {}
        for number, part in enumerate(parts):
            same = next((one for one in ours if _says(one.body, part)), None)
            if same is not None:
                ours.remove(same)
                found[number] = same.sid
        return found

    def _unknown(self, error: Exception, outgoing: Outgoing) -> SendError:
        """Nothing was sent by this attempt, but nobody could say whether the one before was."""
        fault = self._obeyed(error, outgoing)
        may_pass = fault.fault in (SendFault.THROTTLED, SendFault.OURS)
        return (
            fault if may_pass else SendError(SendFault.LATER, code=fault.code, retry_after=fault.retry_after)
        )

    def _hand(self, outgoing: Outgoing, part: Part, *, is_last: bool, some_went: bool) -> str:
        wanted = self._parameters(outgoing, is_last=is_last)
        try:
            return self._create(part, wanted)
        except TROUBLE as error:
            fault = self._obeyed(error, outgoing)
            if some_went and fault.fault in (SendFault.LATER, SendFault.THROTTLED):
                # The next attempt looks for what has gone, so that only what is missing goes again.
                fault = replace(fault, fault=SendFault.UNCLEAR)
            raise replace(fault, looked=outgoing.tried_since is not None) from error

    def _create(self, part: Part, wanted: Mapping[str, Any]) -> str:
        if not part.content:
            return self._created(body=part.body, **wanted)
        try:
            return self._created(**part.content, **wanted)
        except TROUBLE as error:
            if not part.plain or code_of(error) not in _CONTENT_NOT_TAKEN:
                raise
            logger.error("Twilio doesn't take a frame of choices (%d), they go as text", code_of(error))  # noqa: TRY400
            return self._created(body=part.plain, **wanted)

    def _created(self, **parameters: Any) -> str:
        sid = self.client.rest.messages.create(**parameters).sid
        if not sid:
            raise ValueError("an answer without a sid")
        return str(sid)

    def _parameters(self, outgoing: Outgoing, *, is_last: bool) -> dict[str, Any]:
        useful = int((outgoing.not_after - self.now()).total_seconds())
        wanted: dict[str, Any] = {
            "to": self.route.to(outgoing.handle),
            "validity_period": max(SHORTEST, min(LONGEST, useful)),
            **self.route.parameters,
        }
        # What becomes of the row is what becomes of its last part, whose id the row keeps.
        if self.status_url is not None and outgoing.outbox_id is not None and is_last:
            wanted["status_callback"] = self.status_url(outgoing.outbox_id)
        return wanted

    def _obeyed(self, error: Exception, outgoing: Outgoing) -> SendError:
        fault = fault_of(error, channel=self.route.channel)
        self.gate.obey(fault, outgoing.handle)
        return fault


def _says(body: str | None, part: Part) -> bool:
    """Twilio may spell it cheaper than we did."""
    kept = _spelled((body or "").removeprefix(_ON_TRIAL))
    return kept in {_spelled(part.body), _spelled(part.plain)} - {""}


def _spelled(text: str) -> str:
    return " ".join(in_gsm(as_read(text)).split())
