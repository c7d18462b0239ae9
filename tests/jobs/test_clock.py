"""The clock's steps: each at its own pace, none in another's way."""

from threading import Event

import pytest

from domain.ports import Services
from jobs.clock import Step, run, steps, tick


def counting(name: str, every: float, done: list[str]) -> Step:
    return Step(name, every, lambda _: done.append(name))


def test_each_step_has_its_own_pace(services: Services) -> None:
    done: list[str] = []
    paced = [counting("often", 1, done), counting("seldom", 10, done)]
    for second in range(1, 12):
        tick(services, steps=paced, at=float(second), stop=Event())
    assert (done.count("often"), done.count("seldom")) == (11, 2)


def test_a_step_that_fails_keeps_no_other_from_its_turn(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fail(_: Services) -> None:
        raise RuntimeError("a bug")

    tick(services, steps=[Step("bad", 1, fail), counting("good", 1, done)], at=1.0, stop=Event())
    assert done == ["good"]
    assert "bad failed" in caplog.text


def test_no_step_begins_once_the_clock_is_to_stop(services: Services) -> None:
    done: list[str] = []
    stop = Event()
    stopping = Step("stopping", 1, lambda _: stop.set())
    run(services, steps=[stopping, counting("after", 1, done)], stop=stop)
    assert done == []


def test_all_the_clock_does_can_be_done(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    tick(services, steps=steps(), at=1.0, stop=Event())
    assert "failed" not in caplog.text
    with services.uow() as uow:
        assert "clock" in uow.heartbeats.last()
