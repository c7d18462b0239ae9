"""Codes that join addresses: few an hour, five tries, one use, never the code itself."""

from datetime import timedelta

from domain.ids import LinkCodeId
from domain.ports import LinkCode, UnitOfWork
from tests.contract.ground import MINUTE, NOBODY, NOW, an_address

HOUR = timedelta(hours=1)


def ask(uow: UnitOfWork, by: str = "asha", of: str = "+919800000001", *, most: int = 3) -> LinkCodeId | None:
    return uow.link_codes.add(
        address_id=an_address(uow, handle=by).id,
        target_id=an_address(uow, handle=of).id,
        most=most,
        since=NOW - HOUR,
        now=NOW,
        expires_at=NOW + 10 * MINUTE,
    )


def asked(uow: UnitOfWork) -> LinkCodeId:
    code_id = ask(uow)
    assert code_id is not None
    return code_id


def test_a_code_is_live_until_it_ends(uow: UnitOfWork) -> None:
    code_id = asked(uow)
    asha, target = an_address(uow), an_address(uow, handle="+919800000001")
    expected = LinkCode(code_id, asha.id, target.id, None, 0, NOW + 10 * MINUTE)
    assert uow.link_codes.live(asha.id, now=NOW + 9 * MINUTE) == expected
    assert uow.link_codes.live(asha.id, now=NOW + 10 * MINUTE) is None
    assert uow.link_codes.live(target.id, now=NOW) is None


def test_a_new_code_ends_the_one_before(uow: UnitOfWork) -> None:
    first, second = asked(uow), asked(uow)
    live = uow.link_codes.live(an_address(uow).id, now=NOW)
    assert live is not None
    assert live.id == second
    assert uow.link_codes.count_try(first, most=5, now=NOW) is None
    assert not uow.link_codes.keep_hash(first, "hash", now=NOW)


def test_only_so_many_codes_are_made_for_who_asks_and_for_whom_they_are_sent_to(uow: UnitOfWork) -> None:
    assert ask(uow, "asha", "+1")
    assert ask(uow, "asha", "+2")
    assert ask(uow, "asha", "+3")
    assert ask(uow, "asha", "+4") is None
    assert ask(uow, "ravi", "+1")
    assert ask(uow, "meera", "+1")
    assert ask(uow, "joe", "+1") is None
    assert ask(uow, "joe", "+4")


def test_an_hour_later_codes_are_made_again(uow: UnitOfWork) -> None:
    asked(uow)
    assert ask(uow, most=1) is None
    asha, target = an_address(uow), an_address(uow, handle="+919800000001")
    later = NOW + HOUR
    assert uow.link_codes.add(
        address_id=asha.id,
        target_id=target.id,
        most=1,
        since=later - HOUR,
        now=later,
        expires_at=later + MINUTE,
    )


def test_the_hash_is_of_the_code_that_was_sent_last(uow: UnitOfWork) -> None:
    code_id = asked(uow)
    assert uow.link_codes.keep_hash(code_id, "first", now=NOW)
    assert uow.link_codes.keep_hash(code_id, "second", now=NOW)
    assert not uow.link_codes.keep_hash(code_id, "third", now=NOW + 10 * MINUTE)
    live = uow.link_codes.live(an_address(uow).id, now=NOW)
    assert live is not None
    assert live.code_hash == "second"


def test_tries_are_counted_up_to_the_last(uow: UnitOfWork) -> None:
    code_id = asked(uow)
    tries = [uow.link_codes.count_try(code_id, most=2, now=NOW) for _ in range(3)]
    assert [code and code.tries for code in tries] == [1, 2, None]
    assert uow.link_codes.count_try(code_id, most=5, now=NOW + 10 * MINUTE) is None
    assert uow.link_codes.count_try(NOBODY, most=5, now=NOW) is None


def test_a_code_is_used_once(uow: UnitOfWork) -> None:
    code_id = asked(uow)
    assert uow.link_codes.use(code_id, now=NOW)
    assert not uow.link_codes.use(code_id, now=NOW)
    assert uow.link_codes.count_try(code_id, most=5, now=NOW) is None
    assert uow.link_codes.live(an_address(uow).id, now=NOW) is None
    late = asked(uow)
    assert not uow.link_codes.use(late, now=NOW + 10 * MINUTE)
