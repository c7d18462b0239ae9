"""The message log: what went out for a site, and what that cost. Never to whom."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from domain.ids import AddressId, OutboxId
from domain.notices import Notice, NoticeKind
from domain.ports import Sent, UnitOfWork
from domain.views import MessageTotals, MessageView
from tests.contract.ground import MINUTE, NOW, Ground, a_ticket, a_user, an_address, an_appointment, prepare

DAY_LONG = timedelta(days=1)
_keys = count()


@pytest.fixture
def address_id(uow: UnitOfWork) -> AddressId:
    return an_address(uow, channel="whatsapp").id


def _notice(
    ground: Ground, address_id: AddressId, *, kind: NoticeKind = NoticeKind.NEAR, at: datetime = NOW
) -> Notice:
    return Notice(
        kind=kind,
        address_id=address_id,
        dedupe_key=f"log:{next(_keys)}",
        due_at=at,
        not_after=at + DAY_LONG,
        organisation_id=ground.site.organisation_id,
        site_id=ground.site.id,
    )


def _add(uow: UnitOfWork, notice: Notice) -> OutboxId:
    (outbox_id,) = uow.outbox.add([notice])
    return outbox_id


def _sent(uow: UnitOfWork, notice: Notice, sent: Sent, *, said: str = "hello") -> OutboxId:
    outbox_id = _add(uow, notice)
    uow.outbox.record_sent(outbox_id, sent=sent, said=[said], now=notice.due_at)
    return outbox_id


def _page(
    uow: UnitOfWork,
    ground: Ground,
    *,
    before: tuple[datetime, int] | None = None,
    only_problems: bool = False,
    limit: int = 99,
) -> list[MessageView]:
    return uow.message_log.page(
        site_id=ground.site.id,
        since=NOW,
        until=NOW + DAY_LONG,
        before=before,
        only_problems=only_problems,
        limit=limit,
    )


def _totals(uow: UnitOfWork, ground: Ground) -> MessageTotals:
    return uow.message_log.totals(site_id=ground.site.id, since=NOW, until=NOW + DAY_LONG)


def test_a_row_says_what_went_and_how_and_not_to_whom(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    ticket = a_ticket(uow, ground, number=7)
    failed = _add(uow, replace(_notice(ground, address_id), ticket_id=ticket.id))
    uow.outbox.record_failed(failed, error="unreachable 63024", now=NOW)
    sms = replace(
        _notice(ground, an_address(uow, channel="sms").id, at=NOW + MINUTE),
        ticket_id=ticket.id,
        fallback_of=failed,
    )
    told = _sent(uow, sms, Sent("m1", "sms", 2), said="You're next")
    assert _page(uow, ground) == [
        MessageView(
            id=told,
            at=NOW + MINUTE,
            kind="near",
            channel="sms",
            token="W-07",
            state="sent",
            sent_at=NOW + MINUTE,
            delivered_at=None,
            read_at=None,
            form="sms",
            parts=2,
            error=None,
            instead_of="whatsapp",
            said=("You're next",),
        ),
        MessageView(
            id=failed,
            at=NOW,
            kind="near",
            channel="whatsapp",
            token="W-07",
            state="failed",
            sent_at=None,
            delivered_at=None,
            read_at=None,
            form=None,
            parts=0,
            error="unreachable 63024",
            instead_of=None,
            said=(),
        ),
    ]


def test_a_message_about_a_booking_has_its_token(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    appointment = an_appointment(uow, ground, patient_id=a_user(uow, ground))
    _add(uow, replace(_notice(ground, address_id), appointment_id=appointment.id))
    _add(uow, _notice(ground, address_id))
    assert [row.token for row in _page(uow, ground)] == [None, appointment.token]


def test_what_answers_and_codes_said_is_nobody_s_to_read(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    for kind in NoticeKind:
        _sent(uow, _notice(ground, address_id, kind=kind), Sent("m"))
        answer = replace(_notice(ground, address_id, kind=kind), data={"replies": []})
        _sent(uow, answer, Sent("m"))
    shown = [row.kind for row in _page(uow, ground) if row.said]
    assert sorted(shown) == sorted(kind.value for kind in {*NoticeKind} - {NoticeKind.REPLY, NoticeKind.CODE})


def test_pages_go_on_where_the_last_one_ended(uow: UnitOfWork, ground: Ground, address_id: AddressId) -> None:
    minutes = (0, 1, 1, 1, 2)
    ids = [_add(uow, _notice(ground, address_id, at=NOW + minute * MINUTE)) for minute in minutes]
    seen, before = [], None
    while page := _page(uow, ground, before=before, limit=2):
        seen += [row.id for row in page]
        before = (page[-1].at, page[-1].id)
    assert seen == ids[::-1]


def test_the_log_is_of_one_site_and_of_one_span(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    elsewhere = prepare(uow, slug="elsewhere")
    _sent(uow, _notice(elsewhere, address_id), Sent("m", "sms", 1))
    _sent(uow, replace(_notice(ground, address_id), site_id=None), Sent("m", "sms", 1))
    for at in (NOW - timedelta(seconds=1), NOW + DAY_LONG):
        _sent(uow, _notice(ground, address_id, at=at), Sent("m", "sms", 1))
    first = _sent(uow, _notice(ground, address_id), Sent("m", "sms", 1))
    assert [row.id for row in _page(uow, ground)] == [first]
    assert _totals(uow, ground).segments == 1


def test_a_day_s_costs_are_counted_in_what_is_charged(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    assert _totals(uow, ground) == MessageTotals(0, 0, 0, 0, 0)
    for sent in (
        Sent("m", "sms", 2),
        Sent("m", "sms", 1),
        Sent("m", "session", 1),
        Sent("m", "template", 1),
        Sent("m"),
    ):
        _sent(uow, _notice(ground, address_id), sent)
    assert _totals(uow, ground) == MessageTotals(3, 1, 1, 0, 0)


def test_what_goes_again_is_charged_again_and_what_goes_in_another_form_as_that(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    for first, again in (("sms", "sms"), ("session", "template")):
        row_id = _sent(uow, _notice(ground, address_id), Sent("m1", first, 2))
        uow.outbox.reopen(row_id, provider_id="m1")
        uow.outbox.record_sent(row_id, sent=Sent("m2", again, 2), said=[], now=NOW)
    assert _totals(uow, ground) == MessageTotals(segments=4, session=0, templates=2, failed=0, unreached=0)


def test_problems_are_what_reached_nobody_at_that_address(
    uow: UnitOfWork, ground: Ground, address_id: AddressId
) -> None:
    failed, stopped, blocked, untrue, expired = (_add(uow, _notice(ground, address_id)) for _ in range(5))
    uow.outbox.record_failed(failed, error="unreachable", now=NOW)
    uow.outbox.record_suppressed(stopped, reason="stopped", now=NOW)
    uow.outbox.record_suppressed(blocked, reason="blocked", now=NOW)
    uow.outbox.record_suppressed(untrue, reason="not-waiting", now=NOW)
    _sent(uow, replace(_notice(ground, address_id), fallback_of=failed), Sent("m", "sms", 1))
    uow.outbox.expire(now=NOW + 2 * DAY_LONG, limit=99)
    assert [row.id for row in _page(uow, ground, only_problems=True)] == [expired, blocked, stopped, failed]
    assert _totals(uow, ground) == MessageTotals(1, 0, 0, failed=4, unreached=3)
