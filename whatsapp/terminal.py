"""What `whatsapp-templates` says in a terminal, and the clock's hourly look. It must hold no rule: contents and their
standing have them.
"""

import logging
from collections.abc import Iterator, Sequence

from domain.errors import SendError
from domain.ports import Services
from whatsapp.approval import Made, is_due, make_contents, refresh_states
from whatsapp.client import TwilioClient
from whatsapp.contents import Definition, definitions
from whatsapp.standing import Standing, Verdict, advice, counted, language_name, standings

_HEAD = ("text", "language", "state", "category", "reason")

logger = logging.getLogger(__name__)


def create(services: Services, client: TwilioClient) -> tuple[list[str], bool]:
    """What was made and what was there, and whether Twilio took it all. Raises SendError."""
    made = make_contents(
        client, services.uow, wanted=definitions(services.catalogue), now=services.clock.now()
    )
    new, refused = [one for one in made if one.is_new], [one for one in made if one.refusal]
    lines = [f"made     {_named(one.definition)}" for one in new]
    lines += [f"refused  {_named(one.definition)}: {one.refusal}" for one in refused]
    there = sum(_was_there(one) for one in made)
    if there:
        lines.append(f"{there} were there already.")
    return [*lines, *_summary(_standings(services, client))], not refused


def status(services: Services, client: TwilioClient) -> tuple[list[str], bool]:
    """A table of the templates as they stand now, and whether all can be sent. Raises SendError."""
    wanted = definitions(services.catalogue)
    refresh_states(client, services.uow, wanted=wanted, now=services.clock.now())
    known = _standings(services, client)
    frames = [standing for standing in known if standing.definition.is_frame]
    templates = [standing for standing in known if not standing.definition.is_frame]
    lines = [*_table(templates), f"Buttons and lists: {counted(frames)}.", *_summary(known)]
    return lines, all(standing.verdict is Verdict.USABLE for standing in known)


def look_again(services: Services, client: TwilioClient) -> None:
    """The clock's: at what may have changed since somebody looked."""
    wanted, now = definitions(services.catalogue), services.clock.now()
    if not is_due(services.uow, wanted=wanted, account=client.account, now=now):
        return
    try:
        refresh_states(client, services.uow, wanted=wanted, now=now)
    except SendError as error:
        logger.warning("what WhatsApp says of our templates is not known: %s", error)


def _standings(services: Services, client: TwilioClient) -> list[Standing]:
    with services.uow() as uow:
        return standings(uow, definitions(services.catalogue), account=client.account)


def _was_there(made: Made) -> bool:
    return not made.is_new and not made.refusal


def _named(definition: Definition) -> str:
    return definition.name + (f", {language_name(definition.language)}" if definition.language else "")


def _table(standings: Sequence[Standing]) -> Iterator[str]:
    rows = [_HEAD, *(_row(standing) for standing in standings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(standing: Standing) -> tuple[str, ...]:
    definition = standing.definition
    return (
        definition.name,
        language_name(definition.language),
        standing.state,
        standing.category,
        standing.reason,
    )


def _summary(standings: Sequence[Standing]) -> list[str]:
    return [f"In all: {counted(standings)}.", *filter(None, [advice(standings)])]
