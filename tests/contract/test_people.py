"""People: addresses, users, roles."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.ids import AddressId, UserId
from domain.people import Address, Membership, Role, User
from domain.ports import UnitOfWork
from tests.contract.ground import MINUTE, NOBODY, NOW, Ground, a_user, an_address, prepare


def test_an_address_is_made_once_and_remembers_its_last_message(uow: UnitOfWork) -> None:
    first = uow.people.address(channel="sms", handle="+91", now=NOW)
    assert first == Address(first.id, "sms", "+91", last_inbound_at=NOW)
    later = NOW + timedelta(hours=1)
    assert uow.people.address(channel="sms", handle="+91", now=later) == replace(first, last_inbound_at=later)
    assert uow.people.address(channel="whatsapp", handle="+91", now=NOW).id != first.id
    assert uow.people.address_by_id(first.id) == replace(first, last_inbound_at=later)
    assert uow.people.address_by_id(NOBODY) is None


def test_the_last_message_of_an_address_is_when_it_was_written_and_never_moves_back(uow: UnitOfWork) -> None:
    def heard(*, now: datetime, wrote_at: datetime | None = None) -> datetime | None:
        address = uow.people.address(channel="sms", handle="+91", now=now, wrote_at=wrote_at)
        stored = uow.people.address_by_id(address.id)
        assert stored == address
        return address.last_inbound_at

    hour = timedelta(hours=1)
    assert heard(now=NOW, wrote_at=NOW - hour) == NOW - hour
    assert heard(now=NOW, wrote_at=NOW - 2 * hour) == NOW - hour
    assert heard(now=NOW, wrote_at=NOW + hour) == NOW
    assert heard(now=NOW - hour) == NOW
    assert heard(now=NOW + hour) == NOW + hour


def test_saving_an_address_leaves_its_last_message_as_it_is(uow: UnitOfWork) -> None:
    seen = an_address(uow)
    later = uow.people.address(channel=seen.channel, handle=seen.handle, now=NOW + timedelta(hours=1))
    uow.people.save_address(replace(seen, language="hi"))
    assert uow.people.address_by_id(seen.id) == replace(later, language="hi")


def test_a_saved_address_keeps_language_consent_and_stop(uow: UnitOfWork) -> None:
    changed = replace(
        an_address(uow),
        display_name="Asha",
        language="hi",
        consent_at=NOW,
        consent_version="1",
        stopped_at=NOW,
    )
    uow.people.save_address(changed)
    assert uow.people.address_by_id(changed.id) == changed


def test_an_address_stands_for_one_user_in_each_organisation(uow: UnitOfWork, ground: Ground) -> None:
    address = an_address(uow)
    here = ground.site.organisation_id
    elsewhere = uow.places.add_organisation(name="Civic")
    asha = uow.people.user_of(address_id=address.id, organisation_id=here, name="Asha", language="hi")
    again = uow.people.user_of(address_id=address.id, organisation_id=here, name="Other", language=None)
    civic = uow.people.user_of(address_id=address.id, organisation_id=elsewhere, name="Asha", language=None)
    assert asha == again == User(asha.id, here, "Asha", language="hi")
    assert uow.people.users_of(address.id) == [asha, civic]
    assert uow.people.users_of(an_address(uow, handle="nobody").id) == []


def test_a_user_is_as_it_was_added(uow: UnitOfWork, ground: Ground) -> None:
    wanted = User(UserId(0), ground.site.organisation_id, "Ravi", "r@example.org", "+91", "hi", "MRN 7")
    user_id = uow.people.add_user(wanted)
    assert uow.people.user(user_id) == replace(wanted, id=user_id)
    assert uow.people.user(NOBODY) is None


def test_staff_are_found_by_email_in_any_case_and_patients_are_not(uow: UnitOfWork, ground: Ground) -> None:
    organisation_id = ground.site.organisation_id
    uow.people.add_user(User(UserId(0), organisation_id, "Patient", "Desk@Example.org"))
    assert uow.people.user_by_email("desk@example.org") is None
    staff = uow.people.add_user(User(UserId(0), organisation_id, "Staff", "Desk@Example.org"))
    uow.people.set_password_hash(staff, "hashed")
    found = uow.people.user_by_email("DESK@example.ORG")
    assert found is not None
    assert found.id == staff
    assert uow.people.password_hash(staff) == "hashed"
    uow.people.set_password_hash(staff, None)
    assert uow.people.user_by_email("desk@example.org") is None
    assert uow.people.password_hash(staff) is None


def test_a_place_has_one_role_for_a_person_and_the_last_one_holds(uow: UnitOfWork, ground: Ground) -> None:
    user_id, site = a_user(uow, ground), ground.site
    owner = Membership(user_id, site.organisation_id, None, Role.OWNER)
    operator = Membership(user_id, site.organisation_id, site.id, Role.OPERATOR)
    for membership in (owner, operator, operator):
        uow.people.add_membership(membership)
    assert uow.people.memberships(user_id) == (owner, operator)
    manager = replace(operator, role=Role.MANAGER)
    uow.people.add_membership(manager)
    assert uow.people.memberships(user_id) == (owner, manager)
    assert uow.people.memberships(a_user(uow, ground)) == ()


def test_a_number_leads_to_handles_first_then_verified_phones_then_users(
    uow: UnitOfWork, ground: Ground
) -> None:
    number, channels = "+919800000001", ["sim-sms", "sim-telegram", "sim-whatsapp"]
    of_user = an_address(uow, handle="1", channel="sim-telegram")
    user = _stands_for(uow, ground, of_user)
    verified = an_address(uow, handle="2", channel="sim-telegram")
    uow.people.save_address(replace(verified, phone=number, verified_at=NOW))
    claimed = an_address(uow, handle="3", channel="sim-telegram")
    uow.people.save_address(replace(claimed, phone=number))
    sms = an_address(uow, handle=number)
    whatsapp = uow.people.address(channel="sim-whatsapp", handle=number, now=NOW + timedelta(minutes=1))
    an_address(uow, handle=number, channel="gone")
    uow.people.give_phone(of_user.id, number)
    found = uow.people.known_by_phone(number, channels=channels)
    assert [a.id for a in found] == [whatsapp.id, sms.id, verified.id, of_user.id]
    assert uow.people.known_by_phone("+1", channels=channels) == []
    assert uow.people.known_by_phone(number, channels=[]) == []
    uow.people.give_phone(of_user.id, "+2")
    kept = uow.people.user(user.id)
    assert kept is not None
    assert kept.phone == number


def test_addresses_of_one_person_stand_for_them_at_every_organisation(
    uow: UnitOfWork, ground: Ground
) -> None:
    asha, sms, other = an_address(uow), an_address(uow, handle="+91"), an_address(uow, handle="x")
    user, stranger = _stands_for(uow, ground, asha), _stands_for(uow, ground, other)
    uow.people.let_stand_for(user, address_ids=[asha.id, sms.id, other.id])
    assert [uow.people.users_of(a.id) for a in (asha, sms, other)] == [[user], [user], [stranger]]
    elsewhere = prepare(uow, slug="elsewhere")
    there = _stands_for(uow, elsewhere, sms)
    assert there != user
    assert _stands_for(uow, elsewhere, asha) == there
    assert _stands_for(uow, elsewhere, other) != there
    uow.people.lock_users([user.id, stranger.id])
    uow.people.replace_user(user.id, by=stranger.id)
    assert [uow.people.users_of(a.id) for a in (asha, sms)] == [[stranger, there]] * 2


def _stands_for(uow: UnitOfWork, ground: Ground, address: Address) -> User:
    return uow.people.user_of(
        address_id=address.id, organisation_id=ground.site.organisation_id, name="Asha", language=None
    )


def test_the_others_of_a_person_are_those_that_stand_for_them_there_the_last_heard_of_first(
    uow: UnitOfWork, ground: Ground
) -> None:
    organisation_id, elsewhere = ground.site.organisation_id, uow.places.add_organisation(name="Elsewhere")
    first, of_another, of_elsewhere = (
        an_address(uow, handle=handle) for handle in ("first", "another", "elsewhere")
    )
    long_ago, lately = (
        uow.people.address(channel="sim-sms", handle=handle, now=NOW, wrote_at=NOW - minutes * MINUTE)
        for handle, minutes in (("long ago", 9), ("lately", 1))
    )
    user = uow.people.user_of(
        address_id=first.id, organisation_id=organisation_id, name="Asha", language=None
    )
    there = uow.people.user_of(address_id=first.id, organisation_id=elsewhere, name="Asha", language=None)
    uow.people.user_of(address_id=of_another.id, organisation_id=organisation_id, name="Ravi", language=None)
    uow.people.let_stand_for(user, address_ids=[long_ago.id, lately.id])
    uow.people.let_stand_for(there, address_ids=[of_elsewhere.id])
    others = uow.people.others_of(first.id, organisation_id=organisation_id)
    assert [other.handle for other in others] == ["lately", "long ago"]
    assert [other.handle for other in uow.people.others_of(first.id, organisation_id=elsewhere)] == [
        "elsewhere"
    ]
    assert uow.people.others_of(NOBODY, organisation_id=organisation_id) == []


LIKE = Address(AddressId(0), "whatsapp", "+919800000041", display_name="Asha Rao", language="hi")


def agrees(uow: UnitOfWork, phone: str = "+919800000041") -> Address | None:
    found = uow.people.agree_for(phone, channel="sms", like=LIKE, version="2026-11", now=NOW)
    return None if found is None else uow.people.address_by_id(found)


def test_a_phone_agrees_by_sms_without_having_written(uow: UnitOfWork) -> None:
    address = agrees(uow)
    assert address is not None
    assert address == Address(
        address.id,
        "sms",
        "+919800000041",
        display_name="Asha Rao",
        language="hi",
        consent_at=NOW,
        consent_version="2026-11",
        phone="+919800000041",
        verified_at=NOW,
    )
    assert agrees(uow) == address


def test_a_phone_that_is_known_by_sms_keeps_its_name_and_language(uow: UnitOfWork) -> None:
    known = uow.people.address(channel="sms", handle="+919800000041", now=NOW)
    uow.people.save_address(replace(known, display_name="Ravi", language="en"))
    address = agrees(uow)
    assert address is not None
    assert (address.id, address.display_name, address.language) == (known.id, "Ravi", "en")
    assert (address.consent_at, address.last_inbound_at) == (NOW, NOW)


def test_a_phone_that_has_said_stop_by_sms_never_agrees_by_another_chat(uow: UnitOfWork) -> None:
    known = uow.people.address(channel="sms", handle="+919800000041", now=NOW)
    stopped = replace(known, stopped_at=NOW)
    uow.people.save_address(stopped)
    assert agrees(uow) is None
    assert uow.people.address_by_id(known.id) == stopped


def test_an_agreement_is_taken_back_elsewhere_only_where_nobody_writes(uow: UnitOfWork) -> None:
    address = agrees(uow)
    assert address is not None
    assert uow.people.agree_no_more(address.id)
    taken_back = uow.people.address_by_id(address.id)
    assert taken_back is not None
    assert (taken_back.consent_at, taken_back.consent_version) == (None, None)
    agrees(uow)
    uow.people.address(channel="sms", handle=address.handle, now=NOW)
    assert not uow.people.agree_no_more(address.id)
    kept = uow.people.address_by_id(address.id)
    assert kept is not None
    assert kept.consent_at == NOW


def test_what_a_channel_says_of_an_address_is_kept_with_its_first_time_and_changes_nothing_else(
    uow: UnitOfWork,
) -> None:
    address = an_address(uow)
    for at in (NOW, NOW + timedelta(minutes=1)):
        uow.people.block(address.id, now=at)
    assert uow.people.address_by_id(address.id) == replace(address, blocked_at=NOW)
    for at in (NOW + timedelta(minutes=1), NOW):
        uow.people.stop(address.id, now=at)
    stopped = replace(address, blocked_at=NOW, stopped_at=NOW + timedelta(minutes=1))
    assert uow.people.address_by_id(address.id) == stopped
