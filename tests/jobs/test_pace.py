"""The buckets of the pace: in one process and shared by Redis alike."""

from dataclasses import dataclass

import pytest

from domain.ports import Bucket, Pace
from jobs.pace import LocalPace, RedisPace
from tests.jobs.mortal_valkey import MortalValkey
from tests.processes import at_once

TEN = Bucket("bot", rate=10, burst=5)
POLITE = Bucket("bot", rate=10, burst=5, reserve=2)


@dataclass(slots=True)
class Seconds:
    at: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Seconds:
    return Seconds()


@pytest.fixture(params=["local", "redis"])
def pace(request: pytest.FixtureRequest, now: Seconds) -> Pace:
    if request.param == "local":
        return LocalPace(now=now)
    return RedisPace(request.getfixturevalue("redis_url"), now=now)


def _taken(pace: Pace, bucket: Bucket, *, times: int) -> int:
    return sum(pace.take(bucket) == 0 for _ in range(times))


def test_a_rested_bucket_gives_its_burst_and_then_its_rate(pace: Pace, now: Seconds) -> None:
    assert _taken(pace, TEN, times=8) == 5
    now.at += 0.3
    assert _taken(pace, TEN, times=8) == 3
    now.at += 60
    assert _taken(pace, TEN, times=8) == 5


def test_who_has_to_wait_is_told_a_turn_of_its_own(pace: Pace) -> None:
    _taken(pace, TEN, times=5)
    waits = [pace.take(TEN) for _ in range(4)]
    assert waits == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-4)


def test_who_comes_back_at_its_turn_is_let_in(pace: Pace, now: Seconds) -> None:
    _taken(pace, TEN, times=5)
    turns = [now.at + pace.take(TEN) for _ in range(30)]
    came = []
    for turn in turns:
        now.at = turn
        came.append(pace.take(TEN))
    assert came == [0] * 30


def test_a_word_that_can_wait_leaves_the_reserve_to_those_that_cannot(pace: Pace) -> None:
    assert _taken(pace, POLITE, times=3) == 3
    assert pace.take(POLITE) == pytest.approx(0.1, abs=1e-4)
    assert _taken(pace, TEN, times=5) == 2


def test_the_turns_of_those_that_can_wait_hold_up_no_urgent_one(pace: Pace) -> None:
    _taken(pace, TEN, times=5)
    for _ in range(100):
        pace.take(POLITE)
    assert pace.take(TEN) == pytest.approx(0.1, abs=1e-4)


def test_each_key_has_a_bucket_of_its_own(pace: Pace) -> None:
    _taken(pace, TEN, times=5)
    assert pace.take(Bucket("another", rate=10, burst=5)) == 0


def test_several_tokens_are_taken_together_or_not_at_all(pace: Pace) -> None:
    assert pace.take(TEN, tokens=3) == 0
    assert pace.take(TEN, tokens=3) == pytest.approx(0.1, abs=1e-4)
    assert _taken(pace, TEN, times=5) == 2


def test_more_than_a_bucket_ever_holds_is_all_that_it_holds(pace: Pace) -> None:
    assert pace.take(TEN, tokens=50) == 0
    assert pace.take(TEN) > 0


def test_a_hold_stops_everybody_and_lets_them_back_one_by_one(pace: Pace, now: Seconds) -> None:
    pace.hold("bot", 7)
    waits = [pace.take(TEN), pace.take(TEN), pace.take(POLITE)]
    assert waits == pytest.approx([7.1, 7.2, 7.3], abs=1e-4)
    now.at += 6.9
    assert pace.take(TEN) > 0
    now.at += 0.3
    assert _taken(pace, TEN, times=5) == 2


def test_a_shorter_hold_does_not_end_a_longer_one(pace: Pace, now: Seconds) -> None:
    pace.hold("bot", 7)
    pace.hold("bot", 1)
    now.at += 6
    assert pace.take(TEN) > 0


def test_an_untouched_bucket_can_be_held(pace: Pace, now: Seconds) -> None:
    _taken(pace, TEN, times=2)
    pace.hold("bot", 3)
    assert pace.take(TEN) == pytest.approx(3.1, abs=1e-4)
    now.at += 3
    assert pace.take(TEN) > 0


def take_many(redis_url: str, times: int) -> int:
    pace = RedisPace(redis_url)
    slow = Bucket("shared", rate=0.01, burst=20)
    return sum(pace.take(slow) == 0 for _ in range(times))


def test_processes_share_a_bucket_in_redis(redis_url: str) -> None:
    assert sum(at_once(take_many, redis_url, 15, runners=3)) == 20


def test_without_redis_a_process_keeps_its_own_pace_and_waits_for_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = MortalValkey()  # never started
    pace = RedisPace(away.url)
    slow = Bucket("bot", rate=0.01, burst=5)
    assert _taken(pace, slow, times=50) == 5
    assert caplog.text.count("Redis keeps no pace") == 1


def test_a_hold_is_kept_when_redis_is_lost() -> None:
    with MortalValkey() as valkey:
        pace: Pace = RedisPace(valkey.url)
        pace.hold("bot", 100)
    assert pace.take(TEN) > 90


def test_nothing_stays_in_redis_for_long(redis_url: str, now: Seconds) -> None:
    pace = RedisPace(redis_url, now=now)
    _taken(pace, TEN, times=8)
    pace.hold("other", 5)
    keys = pace._redis.keys("*")
    assert len(keys) == 2
    assert all(0 < pace._redis.pttl(key) < 70_000 for key in keys)


def test_a_process_forgets_buckets_that_are_full_again(monkeypatch: pytest.MonkeyPatch, now: Seconds) -> None:
    monkeypatch.setattr("jobs.pace._MOST_KEPT", 3)
    pace = LocalPace(now=now)
    for number in range(4):
        pace.take(Bucket(f"chat:{number}", rate=1, burst=3))
    now.at += 61
    pace.take(TEN)
    assert [*pace._buckets] == ["bot"]
