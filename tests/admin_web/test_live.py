"""Pages that move by themselves: the feed from Redis, streams and polls, with and without all they need."""

import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
import redis
from sqlalchemy import Engine

from admin_web import create_app, live_pages, streams
from admin_web.live import CHANNEL, RedisLiveFeed
from admin_web.streams import LivePage, StreamPlaces
from domain.people import Role
from jobs.announcer import RedisAnnouncer
from persistence.unit_of_work import SqlUnitOfWork
from settings import Settings
from tests.admin_web.world import Page, World, build_world
from tests.jobs.mortal_valkey import MortalValkey
from tests.processes import eventually


@pytest.fixture
def feed(redis_url: str) -> Iterator[RedisLiveFeed]:
    with closing(RedisLiveFeed(redis_url)) as feed:
        with feed.listen(["warm-up"], timeout=5) as changes:
            assert next(changes) == "warm-up"
        yield feed


def publish(redis_url: str, *topics: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        for topic in topics:
            client.publish(CHANNEL, topic)


def events(page: Page, path: str) -> Generator[tuple[str, dict[str, str]], None, None]:
    """What a browser's EventSource would hand out."""
    answer = page.get(path, buffered=False)
    assert answer.status_code == 200, answer.status
    assert answer.mimetype == "text/event-stream"
    try:
        for chunk in answer.iter_encoded():
            lines = dict(line.split(": ", 1) for line in chunk.decode().strip().split("\n"))
            if "event" in lines:
                yield lines["event"], json.loads(lines["data"])
    finally:
        answer.close()


def test_a_viewer_hears_of_its_own_topics_only(feed: RedisLiveFeed, redis_url: str) -> None:
    with feed.listen(["queue:1"], timeout=0.3) as changes:
        publish(redis_url, "queue:2", "phone:sim-sms:1")
        assert next(changes) is None
        publish(redis_url, "queue:1")
        assert next(changes) == "queue:1"


def test_what_changes_before_a_viewer_looks_is_heard_once(feed: RedisLiveFeed, redis_url: str) -> None:
    with feed.listen(["queue:1"], timeout=0.5) as changes:
        publish(redis_url, *["queue:1"] * 50)
        time.sleep(0.2)
        assert next(changes) == "queue:1"
        assert next(changes) is None


def test_a_change_reaches_a_hundred_viewers_at_once(feed: RedisLiveFeed, redis_url: str) -> None:
    heard: list[str | None] = []
    listening = threading.Barrier(101)

    def view() -> None:
        with feed.listen(["queue:1"], timeout=5) as changes:
            listening.wait()
            heard.append(next(changes))

    viewers = [threading.Thread(target=view) for _ in range(100)]
    for viewer in viewers:
        viewer.start()
    listening.wait()
    publish(redis_url, "queue:1")
    for viewer in viewers:
        viewer.join(5)
    assert heard == ["queue:1"] * 100


def test_a_viewer_who_left_is_forgotten(feed: RedisLiveFeed) -> None:
    with feed.listen(["queue:1", "queue:2"], timeout=1):
        assert len(feed._viewers) == 2
    assert not feed._viewers


def test_while_redis_is_away_viewers_look_for_themselves_and_hear_again_when_it_is_back() -> None:
    with (
        MortalValkey() as valkey,
        closing(RedisLiveFeed(valkey.url, degraded_tick=0.2)) as feed,
        feed.listen(["queue:1"], timeout=30) as changes,
    ):
        assert next(changes) == "queue:1"  # the first connection: look once
        valkey.kill()
        eventually(lambda: not feed._connected.is_set(), otherwise=lambda: "the loss went unseen")
        began = time.monotonic()
        assert [next(changes), next(changes)] == ["queue:1"] * 2
        assert time.monotonic() - began < 2
        valkey.start()
        eventually(feed._connected.is_set, otherwise=lambda: "no new connection")
        next(changes)
        threading.Timer(0.3, publish, (valkey.url, "queue:1")).start()
        began = time.monotonic()
        assert next(changes) == "queue:1"
        assert time.monotonic() - began < 5


def test_a_feed_with_no_redis_at_all_still_ticks() -> None:
    with (
        closing(RedisLiveFeed("redis://127.0.0.1:1/0", degraded_tick=0.05)) as feed,
        feed.listen(["queue:1"], timeout=30) as changes,
    ):
        assert [next(changes), next(changes)] == ["queue:1", "queue:1"]


def test_a_stream_begins_with_the_whole_page_and_tells_of_changes(world: World) -> None:
    ravi = [world.ours.book(name) for name in ("asha", "ravi")][1]
    world.ours.start()
    stream = events(world.browser(), f"/live/tickets/{ravi.visit.link}")
    kind, page = next(stream)
    assert kind == "page"
    assert "1 person is ahead of you" in page["html"]
    assert page["at"] == "09:00"
    assert next(stream)[0] == "alive"
    world.ours.next()
    kind, page = next(stream)
    assert kind == "page"
    assert "You are next" in page["html"]
    stream.close()


def test_a_staff_stream_ends_with_the_log_in(world: World, operator: Page) -> None:
    stream = events(operator, f"/live/queues/{world.ours.queue_id}")
    assert next(stream)[0] == "page"
    with world.make_uow() as uow:
        uow.staff_sessions.end_all(world.staff[world.email_of(Role.OPERATOR, world.ours)])
        uow.commit()
    assert next(stream)[0] == "gone"
    assert next(stream, None) is None


def test_a_stream_outlives_a_database_that_is_away(world: World) -> None:
    with world.app.test_request_context():
        answers: list[LivePage | Exception] = [page("one"), RuntimeError("away"), page("two")]

        def read() -> LivePage | None:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        stream = streams._events(read, page(""))
        said = [next(stream) for _ in range(4)]
    assert "one" in said[1]
    assert said[2].startswith(":")
    assert "two" in said[3]


def page(html: str) -> LivePage:
    return LivePage(html=html, at="09:00", topics=frozenset({"queue:1"}))


def test_a_poll_gives_the_same_page_and_304_until_it_changes(world: World) -> None:
    ravi = [world.ours.book(name) for name in ("asha", "ravi")][1]
    world.ours.start()
    browser = world.browser()
    path = f"/live/tickets/{ravi.visit.link}?poll"
    first = browser.get(path)
    assert first.json is not None
    assert "1 person is ahead" in first.json["html"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert browser.get(path, headers=tag).status_code == 304
    world.ours.next()
    assert browser.get(path, headers=tag).status_code == 200


def test_a_console_polled_twice_is_the_same_page(world: World, operator: Page) -> None:
    path = f"/live/queues/{world.ours.queue_id}?poll"
    tag = {"If-None-Match": operator.get(path).headers["ETag"]}
    world.clock.passes(seconds=20)
    assert operator.get(path, headers=tag).status_code == 304


def test_when_every_stream_is_taken_the_next_viewer_polls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_pages, "places", StreamPlaces(1))
    first, browser = world.browser(), world.browser()
    stream = events(first, "/live/boards/clinic")
    next(stream)
    refused = browser.get("/live/boards/clinic")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert browser.get("/live/boards/clinic?poll").status_code == 200
    stream.close()
    again = browser.get("/live/boards/clinic", buffered=False)
    assert again.status_code == 200
    again.close()


def test_a_place_is_given_back_once_only() -> None:
    places = StreamPlaces(1)
    give_back = places.take()
    assert give_back is not None
    give_back()
    give_back()
    assert places.take() is not None
    assert places.take() is None


@pytest.mark.parametrize(
    "path", ["/live/boards/nowhere", "/live/tickets/unknown", "/live/tickets/unknown?poll"]
)
def test_a_live_page_of_nothing_is_404(world: World, path: str) -> None:
    assert world.browser().get(path).status_code == 404


def test_a_commit_reaches_an_open_page_through_redis(
    engine: Engine, settings: Settings, redis_url: str
) -> None:
    """From the transaction's own poke to the viewer, with nothing in between replaced."""
    world = build_world(engine, settings)
    announcer = RedisAnnouncer(redis_url)
    with closing(RedisLiveFeed(redis_url)) as feed, closing(announcer):
        uow = partial(SqlUnitOfWork, engine, announcer=announcer, clock=world.clock)
        world.ours.uow = uow
        app = create_app(replace(world.services, uow=uow, announcer=announcer, live=feed))
        world.ours.book("asha")
        stream = events(Page(app.test_client()), "/live/boards/clinic")
        assert "Not started yet" in next(stream)[1]["html"]
        eventually(feed._connected.is_set, otherwise=lambda: "never connected")
        next(stream)
        threading.Timer(0.3, world.ours.start).start()
        began = time.monotonic()
        kind, page = next(stream)
        while kind == "alive":
            kind, page = next(stream)
        assert "1 person is waiting" in page["html"]
        assert time.monotonic() - began < 3
        stream.close()
