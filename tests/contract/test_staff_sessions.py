"""Staff's sessions and the count of failed log-ins."""

from domain.ids import UserId
from domain.people import Membership, Role, User
from domain.ports import LoggedIn, StaffSession, UnitOfWork
from tests.contract.ground import MINUTE, NOW, Ground, a_user


def _staff(uow: UnitOfWork, ground: Ground) -> UserId:
    """Who manages the site, and operates at the whole organisation."""
    user_id = a_user(uow, ground)
    for site_id, role in ((ground.site.id, Role.MANAGER), (None, Role.OPERATOR)):
        uow.people.add_membership(Membership(user_id, ground.site.organisation_id, site_id, role))
    return user_id


def _user(uow: UnitOfWork, user_id: int) -> User:
    user = uow.people.user(user_id)
    assert user is not None
    return user


def test_a_session_is_found_until_it_ends_or_expires(uow: UnitOfWork, ground: Ground) -> None:
    user_id = _staff(uow, ground)
    uow.staff_sessions.add(StaffSession("hash", user_id, NOW, NOW + MINUTE))
    found = uow.staff_sessions.find("hash", now=NOW)
    assert found == LoggedIn(user=_user(uow, user_id), memberships=uow.people.memberships(user_id))
    assert uow.staff_sessions.find("hash", now=NOW + MINUTE) is None
    assert uow.staff_sessions.find("other", now=NOW) is None
    uow.staff_sessions.end("hash")
    uow.staff_sessions.end("hash")
    assert uow.staff_sessions.find("hash", now=NOW) is None


def test_a_session_of_somebody_who_works_nowhere_any_more_is_not_found(
    uow: UnitOfWork, ground: Ground
) -> None:
    uow.staff_sessions.add(StaffSession("hash", a_user(uow, ground), NOW, NOW + MINUTE))
    assert uow.staff_sessions.find("hash", now=NOW) is None


def test_all_sessions_of_a_person_end_at_once(uow: UnitOfWork, ground: Ground) -> None:
    one, other = _staff(uow, ground), _staff(uow, ground)
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
