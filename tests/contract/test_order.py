"""THE order: SQL's twin agrees with the domain's function, whatever the tickets are."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ports import UnitOfWork
from domain.queue import IN_LINE, TicketState, in_order
from tests.contract.ground import NOW, Uows, a_new_ticket, a_visit, prepare

# Few values, so that ties at every level are common; microseconds, because SQLite compares texts.
_INSTANTS = st.sampled_from([NOW + timedelta(microseconds=n) for n in (-1, 0, 1, 999_999, 1_000_000)])
Place = tuple[int, datetime, datetime, int, bool]
_PLACES = st.lists(
    st.tuples(st.integers(-1, 2), _INSTANTS, _INSTANTS, st.integers(1, 3), st.booleans()), max_size=12
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(places=_PLACES)
def test_lines_stand_in_the_order_of_the_domain(uows: Uows, places: list[Place]) -> None:
    with uows() as uow:
        _check(uow, places)


def _check(uow: UnitOfWork, places: list[Place]) -> None:
    ground = prepare(uow)
    queue_id = ground.queue.id
    tickets = []
    for token, (priority, due_at, arrived_at, number, waits) in enumerate(places):
        new = a_new_ticket(
            ground,
            a_visit(uow, ground),
            number=number,
            state=TicketState.WAITING if waits else TicketState.EXPECTED,
            due_at=due_at,
            arrived_at=arrived_at,
            priority=priority,
        )
        tickets.append(uow.tickets.add(replace(new, token=f"T-{token}"), at=NOW))
    right = in_order(random.Random(len(places)).sample(tickets, len(tickets)))
    assert uow.tickets.live_in(queue_id, limit=99) == right
    assert uow.tickets.head(queue_id, limit=99) == [t for t in right if t.state is TicketState.WAITING]
    assert [uow.tickets.ahead(t) for t in right] == [*range(len(right))]
    shown = uow.tickets.lines(queue_id, states=IN_LINE, limit=99)
    assert [line.ticket_id for line in shown] == [t.id for t in right]
    assert [line.ahead for line in shown] == [*range(len(right))]
