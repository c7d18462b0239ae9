"""Making contents at Twilio, having WhatsApp approve the templates, and asking what became of them.

Nothing is asked inside a transaction. A run that is cut off, or that meets another one, makes nothing twice: what was
made is found again by its friendly name, of several the oldest is taken, and who made a later one takes it away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.errors import SendFault
from domain.ports import Content, UnitOfWork
from whatsapp.channel import WHATSAPP
from whatsapp.client import TwilioClient
from whatsapp.contents import Definition
from whatsapp.known_frames import GONE
from whatsapp.standing import STATUS, UNSUBMITTED, Standing, Verdict, language_name, standings
from whatsapp.trouble import TROUBLE, code_of, fault_of

LOOK_AGAIN = timedelta(minutes=55)  # at what is not settled; less than the hour at which the clock asks
SETTLED_FOR = timedelta(days=1)
PAGE = 500
_OF_THE_LIBRARY = "Unable to create record: "  # stands before what Twilio says
_NOT_ABOUT_THE_CONTENT = frozenset({401, 403, 429})
_AWAY = "Twilio doesn't answer."
_BUSY = "Twilio takes no more for a moment."
_AWAY_TODO = "Look whether this machine reaches it, then try again: nothing is made twice."
_TODO = (
    "Until then it goes in another language or by SMS. Twilio's console shows it under Content Template Builder, Meta's"
    f" WhatsApp Manager takes an appeal; {STATUS} shows them all."
)

Begin = Callable[[], UnitOfWork]


@dataclass(frozen=True, slots=True)
class Made:
    """`is_new` where this run made it; `refusal` is what Twilio says where it doesn't take it."""

    definition: Definition
    is_new: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A content as Twilio has it."""

    content_id: str
    friendly_name: str
    created_at: datetime
    state: str = UNSUBMITTED
    category: str | None = None
    reason: str | None = None


class _RefusedError(Exception):
    """Twilio doesn't take this one; the others are none the worse for it."""


def make_contents(
    client: TwilioClient, begin: Begin, *, wanted: Sequence[Definition], now: datetime
) -> list[Made]:
    """Makes what isn't there, and submits what WhatsApp has to approve.

    Raises SendError, with words for owners, where Twilio can't be asked; what was made until then is found again.
    """
    there = _oldest(_look(client))
    made = [_make(client, definition, there) for definition in wanted]
    if any(one.is_new for one in made):
        there = _settle(client, there, made)
    done = [_submit_and_keep(client, begin, one, there, now=now) for one in made]
    _tell_owners(begin, wanted, account=client.account, now=now)
    return done


def refresh_states(
    client: TwilioClient, begin: Begin, *, wanted: Sequence[Definition], now: datetime
) -> None:
    """Keeps what has become of all that was made, and tells owners of what can't be sent. Raises SendError."""
    there = {listed.content_id: listed for listed in _look(client)}
    with begin() as uow:
        for content in uow.contents.of(channel=WHATSAPP, account=client.account):
            listed = there.get(content.content_id)
            uow.contents.save(
                replace(content, state=GONE, checked_at=now)
                if listed is None
                else replace(
                    content,
                    state=listed.state,
                    category=listed.category,
                    reason=listed.reason,
                    checked_at=now,
                )
            )
        uow.commit()
    _tell_owners(begin, wanted, account=client.account, now=now)


def is_due(begin: Begin, *, wanted: Sequence[Definition], account: str, now: datetime) -> bool:
    """Whether something that was made may have changed since somebody asked: what is settled seldom does."""
    with begin() as uow:
        known = standings(uow, wanted, account=account)
    return any(_was_long_ago(standing, now) for standing in known if standing.content is not None)


def _was_long_ago(standing: Standing, now: datetime) -> bool:
    assert standing.content is not None
    patience = SETTLED_FOR if standing.verdict is Verdict.USABLE else LOOK_AGAIN
    checked_at = standing.content.checked_at
    return checked_at is None or now - checked_at >= patience


def _look(client: TwilioClient) -> list[_Listed]:
    with _asking():
        return [_listed(found) for found in client.rest.content.v1.content_and_approvals.list(page_size=PAGE)]


def _listed(found: Any) -> _Listed:
    listed = _Listed(
        str(found.sid), str(found.friendly_name or ""), found.date_created or datetime.max.replace(tzinfo=UTC)
    )
    return _with_approval(listed, found.approval_requests)


def _with_approval(listed: _Listed, approval: Mapping[str, Any] | None) -> _Listed:
    """What WhatsApp says; nothing where it was never asked."""
    said = {name: str(value or "") for name, value in (approval or {}).items()}
    return replace(
        listed,
        state=said.get("status", "").lower() or UNSUBMITTED,
        category=said.get("category", "").upper() or None,
        reason=said.get("rejection_reason") or None,
    )


def _oldest(listed: Iterable[_Listed]) -> dict[str, _Listed]:
    """By friendly name."""
    return {
        one.friendly_name: one
        for one in sorted(listed, key=lambda one: (one.created_at, one.content_id), reverse=True)
    }


def _make(client: TwilioClient, definition: Definition, there: dict[str, _Listed]) -> Made:
    if definition.friendly_name in there:
        return Made(definition)
    try:
        with _asking():
            created = client.rest.content.v1.contents.create(_as_it_is(definition.as_asked))
    except _RefusedError as refused:
        return Made(definition, refusal=str(refused))
    there[definition.friendly_name] = _listed_anew(created)
    return Made(definition, is_new=True)


def _listed_anew(created: Any) -> _Listed:
    return _Listed(str(created.sid), str(created.friendly_name), created.date_created or datetime.now(UTC))


def _settle(client: TwilioClient, mine: Mapping[str, _Listed], made: Iterable[Made]) -> dict[str, _Listed]:
    """What is there by now, of each the oldest; mine goes where somebody else was first."""
    there = {**mine, **_oldest(_look(client))}
    for name in (one.definition.friendly_name for one in made if one.is_new):
        if there[name].content_id != mine[name].content_id:
            with _asking():
                client.rest.content.v1.contents(mine[name].content_id).delete()
    return there


def _submit_and_keep(
    client: TwilioClient, begin: Begin, made: Made, there: Mapping[str, _Listed], *, now: datetime
) -> Made:
    definition = made.definition
    listed = there.get(definition.friendly_name)
    if listed is None:
        return made
    if not definition.is_frame and listed.state == UNSUBMITTED:
        try:
            listed = _submit(client, definition, listed)
        except _RefusedError as refused:
            made = replace(made, refusal=str(refused))
    with begin() as uow:
        uow.contents.save(_content(client.account, definition, listed, now=now))
        uow.commit()
    return made


def _submit(client: TwilioClient, definition: Definition, listed: _Listed) -> _Listed:
    content = client.rest.content.v1.contents(listed.content_id)
    request = _as_it_is({"name": definition.approval_name, "category": definition.category})
    try:
        with _asking():
            answer = content.approval_create.create(request)
    except _RefusedError:
        # Another run may have been a moment earlier.
        with _asking():
            known = _with_approval(listed, content.approval_fetch().fetch().whatsapp)
        if known.state == UNSUBMITTED:
            raise
        return known
    return _with_approval(
        listed,
        {
            "status": answer.status,
            "category": answer.category,
            "rejection_reason": answer.rejection_reason,
        },
    )


def _content(account: str, definition: Definition, listed: _Listed, *, now: datetime) -> Content:
    return Content(
        channel=WHATSAPP,
        account=account,
        name=definition.name,
        language=definition.language,
        content_id=listed.content_id,
        fingerprint=definition.fingerprint,
        variables=definition.variables,
        state=listed.state,
        category=listed.category,
        reason=listed.reason,
        checked_at=now,
    )


def _tell_owners(begin: Begin, wanted: Sequence[Definition], *, account: str, now: datetime) -> None:
    """An alarm for each template that was refused, until it is taken or made anew."""
    with begin() as uow:
        for standing in standings(uow, wanted, account=account):
            key = f"template:{standing.definition.name}:{standing.definition.language}"
            if standing.verdict is Verdict.REFUSED:
                uow.alarms.ring(key, told=_told(standing), todo=_TODO, now=now)
            else:
                uow.alarms.end(key)
        uow.commit()


def _told(standing: Standing) -> str:
    name, language = standing.definition.name, language_name(standing.definition.language)
    why = ", ".join(filter(None, (standing.state, standing.category, standing.reason)))
    return f"WhatsApp doesn't let us send the template {name} in {language}: {why}."


@contextmanager
def _asking() -> Iterator[None]:
    """Raises _RefusedError for what Twilio says of this one content, SendError for all that concerns every one."""
    try:
        yield
    except TROUBLE as error:
        status = getattr(error, "status", None) or 0
        if 400 <= status < 500 and status not in _NOT_ABOUT_THE_CONTENT:
            raise _RefusedError(_said(error)) from error
        fault = fault_of(error, channel=WHATSAPP)
        told = _BUSY if fault.fault is SendFault.THROTTLED else _AWAY
        raise replace(fault, told=fault.told or told, todo=fault.todo or _AWAY_TODO) from error


def _said(error: Exception) -> str:
    said = str(getattr(error, "msg", None) or getattr(error, "detail", None) or "It was refused")
    return f"{said.removeprefix(_OF_THE_LIBRARY)} (Twilio's error {code_of(error)})"


def _as_it_is(body: Mapping[str, Any]) -> Any:
    """A request's body without the nulls that the library would fill it with."""
    return _Request(body)


class _Request:
    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> Any:
        return self._body
