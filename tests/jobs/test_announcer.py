"""Hints reach Redis, and a Redis that is away costs a request next to nothing."""

import socket
import time

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from domain.notices import Lane
from embedded.process import free_port
from jobs.announcer import LIVE_CHANNEL, NullAnnouncer, OwnHandsFirst, RedisAnnouncer
from jobs.hints import Hints
from tests.delivery.world import KeptHints
from tests.jobs.mortal_valkey import MortalValkey


def jobs_of(redis_url: str, lane: str) -> list[str]:
    with redis.Redis.from_url(redis_url) as client:
        queue = Queue(lane, connection=client, serializer=JSONSerializer)
        return [f"{job.func_name} {job.args[0]}" for job in queue.jobs]


def piles_of(redis_url: str, lane: str) -> list[list[object]]:
    with redis.Redis.from_url(redis_url) as client:
        return [*Hints(client).piles(lane)]


@pytest.fixture
def announcer(redis_url: str) -> RedisAnnouncer:
    return RedisAnnouncer(redis_url)


def test_rows_are_piled_up_in_their_lane_and_wake_its_workers(
    announcer: RedisAnnouncer, redis_url: str
) -> None:
    assert announcer.outbox_due(Lane.ALERTS, [3, 4])
    assert announcer.outbox_due(Lane.BULK, [5])
    assert jobs_of(redis_url, "alerts") == ["jobs.deliver.work alerts"]
    assert jobs_of(redis_url, "bulk") == ["jobs.deliver.work bulk"]
    assert piles_of(redis_url, "alerts") == [[3, 4]]
    assert piles_of(redis_url, "bulk") == [[5]]


def test_many_hints_wake_a_worker_once_until_it_has_looked(announcer: RedisAnnouncer, redis_url: str) -> None:
    for number in range(100):
        announcer.outbox_due(Lane.ALERTS, [number])
    assert len(jobs_of(redis_url, "alerts")) == 1
    assert [row for pile in piles_of(redis_url, "alerts") for row in pile] == [*range(100)]
    announcer.outbox_due(Lane.ALERTS, [100])
    assert len(jobs_of(redis_url, "alerts")) == 2


def test_a_worker_that_died_before_it_looked_keeps_nobody_asleep_for_long(
    announcer: RedisAnnouncer, redis_url: str
) -> None:
    announcer.outbox_due(Lane.ALERTS, [1])
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.pttl("threeaway:woken:alerts") <= 1000
        client.delete("threeaway:woken:alerts")
    announcer.outbox_due(Lane.ALERTS, [2])
    assert len(jobs_of(redis_url, "alerts")) == 2
    assert piles_of(redis_url, "alerts") == [[1, 2]]


def test_a_large_pile_is_taken_in_parts(announcer: RedisAnnouncer, redis_url: str) -> None:
    announcer.outbox_due(Lane.BULK, range(120))
    assert [len(pile) for pile in piles_of(redis_url, "bulk")] == [50, 50, 20]


def test_a_pile_that_nobody_takes_from_stays_bounded(announcer: RedisAnnouncer, redis_url: str) -> None:
    announcer.outbox_due(Lane.BULK, range(9_000))
    announcer.outbox_due(Lane.BULK, range(9_000))
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen("threeaway:hints:bulk") == 10_000


def test_a_job_that_ran_long_leaves_the_rest_to_the_next_one(
    announcer: RedisAnnouncer, redis_url: str
) -> None:
    announcer.outbox_due(Lane.BULK, range(120))
    with redis.Redis.from_url(redis_url) as client:
        assert [len(pile) for pile in Hints(client, longest_job=0).piles("bulk")] == [50]
    assert len(jobs_of(redis_url, "bulk")) == 2
    assert [len(pile) for pile in piles_of(redis_url, "bulk")] == [50, 20]


def test_senders_go_to_the_inbox_queue(announcer: RedisAnnouncer, redis_url: str) -> None:
    assert announcer.inbox_due([("sim-sms", "+91 98"), ("sim-telegram", "7")])
    assert jobs_of(redis_url, "inbox") == ["jobs.inbox.work inbox"]
    assert piles_of(redis_url, "inbox") == [[["sim-sms", "+91 98"], ["sim-telegram", "7"]]]


def test_a_hint_forgets_itself(announcer: RedisAnnouncer, redis_url: str) -> None:
    announcer.outbox_due(Lane.ALERTS, [3])
    with redis.Redis.from_url(redis_url) as client:
        job = Queue("alerts", connection=client, serializer=JSONSerializer).jobs[0]
        assert 0 < client.ttl(job.key) <= 60
        assert 0 < client.ttl("threeaway:hints:alerts") <= 60
        assert job.result_ttl == 0


def test_pokes_are_published_by_topic(announcer: RedisAnnouncer, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, client.pubsub(ignore_subscribe_messages=True) as live:
        live.subscribe(LIVE_CHANNEL)
        live.get_message(timeout=1)
        assert announcer.queue_changed([7])
        assert announcer.phone_changed("sim-sms", "+91 98")
        heard = [live.get_message(timeout=1) for _ in range(2)]
    assert [message and message["data"] for message in heard] == [b"queue:7", b"phone:sim-sms:+91 98"]


def test_without_redis_a_hint_is_refused_at_once() -> None:
    announcer = RedisAnnouncer(f"redis://127.0.0.1:{free_port()}/0")
    started = time.monotonic()
    assert [announcer.outbox_due(Lane.ALERTS, [n]) for n in range(100)] == [False] * 100
    assert not announcer.queue_changed([1])
    assert time.monotonic() - started < 0.5


def test_a_redis_that_accepts_and_never_answers_costs_one_second_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        announcer = RedisAnnouncer(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        started = time.monotonic()
        assert [announcer.outbox_due(Lane.ALERTS, [n]) for n in range(10)] == [False] * 10
        assert not announcer.inbox_due([("sim-sms", "a")])
        assert time.monotonic() - started < 2.5


def test_hints_are_taken_again_soon_after_redis_has_come_back() -> None:
    with MortalValkey() as valkey:
        announcer = RedisAnnouncer(valkey.url)
        assert announcer.outbox_due(Lane.ALERTS, [1])
        valkey.kill()
        assert not announcer.outbox_due(Lane.ALERTS, [2])
        valkey.start()
        time.sleep(1.1)
        assert announcer.outbox_due(Lane.ALERTS, [3])
        assert piles_of(valkey.url, "alerts") == [[3]]


def test_the_null_announcer_takes_nothing() -> None:
    announcer = NullAnnouncer()
    assert not announcer.outbox_due(Lane.ALERTS, [1])
    assert not announcer.inbox_due([("sim-sms", "a")])
    assert not announcer.queue_changed([1])
    assert not announcer.phone_changed("sim-sms", "a")


def test_a_worker_sends_what_it_has_hands_for_and_hints_of_the_rest() -> None:
    others, taken = KeptHints(), list[int]()

    def offer(row: int) -> bool:
        if len(taken) < 2:
            taken.append(row)
            return True
        return False

    announcer = OwnHandsFirst(others, offer=offer)
    assert announcer.outbox_due(Lane.BULK, [1])
    assert announcer.outbox_due(Lane.ALERTS, [2, 3])
    assert announcer.outbox_due(Lane.ALERTS, [4, 5])
    assert announcer.inbox_due([("sim-sms", "a")])
    assert taken == [2, 3]
    assert others.outbox == [(Lane.BULK, [1]), (Lane.ALERTS, [4, 5])]
    assert others.inbox == [("sim-sms", "a")]
