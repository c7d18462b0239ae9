"""Staff's sessions and the count of failed log-ins."""

from domain.ports import StaffSession, UnitOfWork
from tests.contract.ground import MINUTE, NOW, Ground, a_user


def test_a_session_is_found_until_it_ends_or_expires(uow: UnitOfWork, ground: Ground) -> None:
    session = StaffSession("hash", a_user(uow, ground), NOW, NOW + MINUTE)
    uow.staff_sessions.add(session)
    assert uow.staff_sessions.find("hash", now=NOW) == session
    assert uow.staff_sessions.find("hash", now=NOW + MINUTE) is None
    assert uow.staff_sessions.find("other", now=NOW) is None
    uow.staff_sessions.end("hash")
    uow.staff_sessions.end("hash")
    assert uow.staff_sessions.find("hash", now=NOW) is None


def test_all_sessions_of_a_person_end_at_once(uow: UnitOfWork, ground: Ground) -> None:
    one, other = a_user(uow, ground), a_user(uow, ground)
    for token_hash, user_id in (("a", one), ("b", one), ("c", other)):
        uow.staff_sessions.add(StaffSession(token_hash, user_id, NOW, NOW + MINUTE))
    uow.staff_sessions.end_all(one)
    found = [uow.staff_sessions.find(token_hash, now=NOW) is not None for token_hash in "abc"]
    assert found == [False, False, True]


def test_failures_are_counted_by_key_since_a_time_until_forgotten(uow: UnitOfWork) -> None:
    for minutes in (0, 1, 2):
        uow.staff_sessions.count_failure("account", now=NOW + minutes * MINUTE)
    uow.staff_sessions.count_failure("address", now=NOW)
    assert uow.staff_sessions.failures("account", since=NOW) == 3
    assert uow.staff_sessions.failures("account", since=NOW + MINUTE) == 2
    uow.staff_sessions.forget_failures("account")
    assert uow.staff_sessions.failures("account", since=NOW) == 0
    assert uow.staff_sessions.failures("address", since=NOW) == 1
