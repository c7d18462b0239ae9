"""The embedded Valkey answers, keeps what it was told to keep, and never outlives us."""

from pathlib import Path

import redis

from embedded.valkey import start_valkey


def test_it_is_flushed_between_tests(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_it_is_flushed_between_tests_again(redis_url: str) -> None:
    test_it_is_flushed_between_tests(redis_url)


def test_what_it_holds_survives_a_restart(tmp_path: Path) -> None:
    with start_valkey(data=tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("token", "10-04")
    with start_valkey(data=tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("token") == b"10-04"
