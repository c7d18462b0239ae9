"""Codes and links at the same instant, on PostgreSQL, each beside a naive twin that has to fail."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine, func, select, text, update

from domain.events import SYSTEM, Actor
from domain.ids import AddressId
from domain.people import Address, User
from domain.ports import UnitOfWork
from domain.queue import TicketState
from domain.use_cases import link
from domain.use_cases.book import book
from domain.use_cases.link import Tried, try_code
from domain.use_cases.ticket_links import follow_by_link, offer_link
from persistence.tables import link_codes, ticket_links
from tests.contract.ground import (
    MINUTE,
    NOW,
    Uows,
    a_new_ticket,
    a_ticket,
    a_visit,
    an_address,
    prepare,
)
from tests.processes import eventually
from tests.races.race import race

HOUR = timedelta(hours=1)
ROUNDS = 10


def done(uows: Uows, act: Callable[[UnitOfWork], object]) -> object:
    with uows() as uow:
        answer = act(uow)
        uow.commit()
    return answer


def together(uows: Uows, *acts: Callable[[UnitOfWork], object]) -> list[object]:
    return race([partial(done, uows, act) for act in acts])


def an_asked_code(uow: UnitOfWork, asker: str = "asha", target: str = "+91") -> int | None:
    return uow.link_codes.add(
        address_id=an_address(uow, handle=asker).id,
        target_id=an_address(uow, handle=target).id,
        most=3,
        since=NOW - HOUR,
        now=NOW,
        expires_at=NOW + 10 * MINUTE,
    )


def a_code(uows: Uows) -> int:
    code_id = done(uows, an_asked_code)
    assert isinstance(code_id, int)
    return code_id


def test_of_thirty_guesses_at_once_five_count(uows: Uows) -> None:
    code_id = a_code(uows)
    guesses = together(uows, *[lambda uow: uow.link_codes.count_try(code_id, most=5, now=NOW)] * 30)
    assert len([guess for guess in guesses if guess is not None]) == 5


def test_a_count_before_the_write_lets_more_guesses_through(uows: Uows, engine: Engine) -> None:
    code_id = a_code(uows)

    def naive_try() -> bool:
        with engine.begin() as connection:
            of_code = link_codes.c.id == code_id
            tries = connection.scalar(select(link_codes.c.tries).where(of_code))
            if tries is None or tries >= 5:
                return False
            connection.execute(update(link_codes).where(of_code).values(tries=tries + 1))
            return True

    def counted() -> int:
        with engine.begin() as connection:
            connection.execute(update(link_codes).values(tries=0))
        return race([naive_try] * 30).count(True)

    assert any(counted() > 5 for _ in range(ROUNDS))


def test_a_code_that_is_typed_twice_at_once_is_used_once(uows: Uows) -> None:
    code_id = a_code(uows)
    used = together(uows, *[lambda uow: uow.link_codes.use(code_id, now=NOW)] * 20)
    assert used.count(True) == 1


def test_many_who_ask_of_one_target_at_once_get_three_codes(uows: Uows) -> None:
    for asker in range(20):
        done(uows, partial(an_address, handle=f"a{asker}"))
    asks = [partial(an_asked_code, asker=f"a{n}") for n in range(20)]
    assert len([code for code in together(uows, *asks) if code is not None]) == 3


def test_two_chats_that_ask_codes_of_each_other_at_once_both_get_one(uows: Uows, engine: Engine) -> None:
    """Each holds the row of its own address by its message; were the other's locked too, one of them would fail."""
    for handle in ("asha", "+91"):
        done(uows, partial(an_address, handle=handle))

    def ask(uow: UnitOfWork, asker: Address, target: Address) -> int | None:
        expires_at = NOW + 10 * MINUTE
        return uow.link_codes.add(
            address_id=asker.id,
            target_id=target.id,
            most=3,
            since=NOW - HOUR,
            now=NOW,
            expires_at=expires_at,
        )

    with ThreadPoolExecutor(1) as pool, uows() as first, uows() as second:
        asha, other = an_address(first, handle="asha"), an_address(second, handle="+91")
        asked = pool.submit(ask, first, asha, other)
        eventually(lambda: asked.done() or _somebody_waits(engine), otherwise=lambda: "nobody asks")
        assert ask(second, other, asha) is not None
        assert asked.result(timeout=30) is not None


def test_without_the_target_s_lock_they_get_more(uows: Uows, engine: Engine) -> None:
    """The naive twin: count, then add."""
    with uows() as uow:
        target = an_address(uow, handle="+91").id
        askers = [an_address(uow, handle=f"a{n}").id for n in range(20)]
        uow.commit()

    def naive_ask(asker: int) -> None:
        with engine.begin() as connection:
            asked = connection.scalar(select(func.count()).where(link_codes.c.target_id == target))
            if asked is not None and asked < 3:
                values = {"address_id": asker, "target_id": target, "created_at": NOW, "expires_at": NOW}
                connection.execute(link_codes.insert(), values)

    def asked() -> int:
        with engine.begin() as connection:
            connection.execute(link_codes.delete())
        race([partial(naive_ask, asker) for asker in askers])
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(link_codes)).scalar_one()

    assert any(asked() > 3 for _ in range(ROUNDS))


def _a_ticket_link(uows: Uows) -> tuple[int, list[AddressId]]:
    with uows() as uow:
        ground = prepare(uow)
        visit = a_visit(uow, ground)
        uow.ticket_links.offer(visit, key="key", expires_at=NOW + HOUR)
        addresses = [an_address(uow, handle=f"a{n}").id for n in range(20)]
        uow.commit()
    return visit.id, addresses


def test_of_many_who_scan_one_token_at_once_one_is_bound(uows: Uows) -> None:
    visit, addresses = _a_ticket_link(uows)

    def scan(address_id: int, uow: UnitOfWork) -> bool:
        return uow.ticket_links.bind(visit, address_id=address_id, now=NOW)

    assert together(uows, *[partial(scan, each) for each in addresses]).count(True) == 1


def test_a_look_before_the_write_binds_several(uows: Uows, engine: Engine) -> None:
    _, addresses = _a_ticket_link(uows)

    def naive_bind(address_id: int) -> bool:
        with engine.begin() as connection:
            if connection.scalar(select(ticket_links.c.address_id)) is not None:
                return False
            connection.execute(update(ticket_links).values(address_id=address_id))
            return True

    def bound() -> int:
        with engine.begin() as connection:
            connection.execute(update(ticket_links).values(address_id=None))
        return race([partial(naive_bind, each) for each in addresses]).count(True)

    assert any(bound() > 1 for _ in range(ROUNDS))


class Family:
    """Two chats of one person, a third of the same number that nobody has joined to them yet."""

    def __init__(self, uows: Uows, name: str) -> None:
        with uows() as uow:
            self.ground = prepare(uow, slug=name)
            at = self.ground.site.organisation_id
            self.mine, self.other, self.target = (
                an_address(uow, handle=f"{name} {n}") for n in ("mine", "other", "target")
            )
            known = uow.people.user_of(
                address_id=self.mine.id, organisation_id=at, name="Asha", language=None
            )
            uow.people.let_stand_for(known, address_ids=[self.other.id])
            uow.people.user_of(address_id=self.target.id, organisation_id=at, name="Asha", language=None)
            self._ask(uow, self.mine, self.target)
            self._ask(uow, self.target, self.mine)
            uow.commit()

    def _ask(self, uow: UnitOfWork, asker: Address, target: Address) -> None:
        code_id = uow.link_codes.add(
            address_id=asker.id,
            target_id=target.id,
            most=3,
            since=NOW - HOUR,
            now=NOW,
            expires_at=NOW + MINUTE,
        )
        assert code_id is not None
        uow.link_codes.keep_hash(code_id, link._hashed("123456"), now=NOW)

    def types_it(self, address: Address, uow: UnitOfWork) -> Tried:
        at = self.ground.site.organisation_id
        return try_code(uow, address, "123456", at=at, actor=Actor(address_id=address.id), now=NOW)

    def books(self, user: User, uow: UnitOfWork) -> None:
        slot = self.ground.slots[0].id
        book(
            uow,
            slot_id=slot,
            patient_id=user.id,
            booker_id=user.id,
            address_id=self.other.id,
            actor=SYSTEM,
            now=NOW,
        )

    def reaches(self, uow: UnitOfWork) -> list[int]:
        """How many visits each chat sees."""
        return [
            len(
                uow.appointments.upcoming(
                    user_ids=[user.id for user in uow.people.users_of(address.id)], now=NOW
                )
            )
            for address in (self.mine, self.other, self.target)
        ]


def _reached(uows: Uows, engine: Engine, *, who: Callable[[UnitOfWork, Family], User]) -> list[int]:
    """A visit booked in one chat of a person while another chat is joined with a third: how many each chat sees."""
    family = Family(uows, "family")
    with ThreadPoolExecutor(1) as pool, uows() as booking:
        user = who(booking, family)
        join = pool.submit(done, uows, partial(family.types_it, family.mine))
        eventually(lambda: join.done() or _somebody_waits(engine), otherwise=lambda: "the join does nothing")
        family.books(user, booking)
        booking.commit()
        assert join.result(timeout=30) is Tried.JOINED
    with uows() as uow:
        return family.reaches(uow)


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return connection.execute(waiting).scalar_one() > 0


def _user_shared(uow: UnitOfWork, family: Family) -> User:
    at = family.ground.site.organisation_id
    return uow.people.user_of(address_id=family.other.id, organisation_id=at, name="", language=None)


def _user_just_read(uow: UnitOfWork, family: Family) -> User:
    (user,) = uow.people.users_of(family.other.id)
    return user


def test_a_visit_booked_while_chats_are_joined_is_seen_in_all_of_them(uows: Uows, engine: Engine) -> None:
    assert _reached(uows, engine, who=_user_shared) == [1, 1, 1]


def test_without_the_shared_lock_it_is_lost_to_all_of_them(uows: Uows, engine: Engine) -> None:
    assert _reached(uows, engine, who=_user_just_read) == [0, 0, 0]


def test_codes_typed_crosswise_at_once_make_one_person(uows: Uows) -> None:
    for n in range(ROUNDS):
        family = Family(uows, f"round-{n}")
        answers = together(
            uows, partial(family.types_it, family.mine), partial(family.types_it, family.target)
        )
        assert answers == [Tried.JOINED, Tried.JOINED]
        with uows() as uow:
            chats = (family.mine, family.other, family.target)
            users = {user.id for address in chats for user in uow.people.users_of(address.id)}
            assert len(users) == 1


def test_who_scans_a_token_while_staff_press_next_comes_after_the_press(uows: Uows, engine: Engine) -> None:
    """Else the press, which has read the line already, would alert nobody, and the scan show the line before it."""
    with uows() as uow:
        ground = prepare(uow)
        ticket = a_ticket(uow, ground, number=1)
        visit = uow.appointments.visit(ticket.visit_id)
        assert visit is not None
        offer_link(uow, visit, ticket, site=ground.site)
        asha = an_address(uow).id
        uow.commit()

    def scan(uow: UnitOfWork) -> object:
        actor = Actor(address_id=asha)
        return follow_by_link(uow, visit.id, address_id=asha, actor=actor, now=NOW)

    with ThreadPoolExecutor(1) as pool, uows() as press:
        press.queues.lock([ground.queue.id])
        scanned = pool.submit(done, uows, scan)
        eventually(lambda: scanned.done() or _somebody_waits(engine), otherwise=lambda: "nobody scans")
        called = press.tickets.move(ticket, to=TicketState.CALLED, at=NOW, counter_id=ground.counter.id)
        assert called is not None
        assert called.address_id is None
        press.commit()
        assert scanned.result(timeout=30) == replace(called, address_id=asha)


def test_who_scans_a_token_while_staff_move_it_comes_before_a_press_in_the_other_queue(
    uows: Uows, engine: Engine
) -> None:
    """Only the first queue's lock would let a press there read the line without the address."""
    with uows() as uow:
        ground = prepare(uow)
        moved = a_ticket(uow, ground, number=1)
        visit = uow.appointments.visit(moved.visit_id)
        assert visit is not None
        offer_link(uow, visit, moved, site=ground.site)
        asha = an_address(uow).id
        tomorrow = uow.queues.ensure(service=ground.service, day=moved.business_date + timedelta(days=1))
        uow.commit()
    with ThreadPoolExecutor(1) as pool, uows() as scan, uows() as staff:
        staff.queues.lock([ground.queue.id, tomorrow.id])
        actor = Actor(address_id=asha)
        scanned = pool.submit(follow_by_link, scan, visit.id, address_id=asha, actor=actor, now=NOW)
        eventually(lambda: scanned.done() or _somebody_waits(engine), otherwise=lambda: "nobody scans")
        assert staff.tickets.move(moved, to=TicketState.VOID, at=NOW) is not None
        staff.tickets.add(replace(a_new_ticket(ground, visit, number=2), queue_id=tomorrow.id), at=NOW)
        staff.commit()
        followed = scanned.result(timeout=30)
        assert followed is not None
        assert followed.queue_id == tomorrow.id
        pressed = pool.submit(done, uows, lambda uow: uow.queues.lock([tomorrow.id]))
        eventually(lambda: pressed.done() or _somebody_waits(engine), otherwise=lambda: "nobody presses")
        assert not pressed.done()
        scan.commit()
        pressed.result(timeout=30)
