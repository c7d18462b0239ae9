"""What is done aside: nobody waits for it, and never is it done twice at once."""

from threading import Event

import pytest

from domain.ports import Services
from jobs.aside import Aside
from jobs.clock import Step, tick


def test_a_slow_round_keeps_no_other_step_from_its_turn_and_is_not_begun_twice(services: Services) -> None:
    begun, go_on, done = Event(), Event(), list[str]()

    def slow(_: Services) -> None:
        done.append("begun")
        begun.set()
        assert go_on.wait(timeout=30)

    aside = Aside(slow)
    both = [Step("slow", 1, aside), Step("quick", 1, lambda _: done.append("quick"))]
    tick(services, steps=both, at=1.0, stop=Event())
    assert begun.wait(timeout=30)
    tick(services, steps=both, at=2.0, stop=Event())
    assert sorted(done) == ["begun", "quick", "quick"]
    go_on.set()
    aside.wait()
    tick(services, steps=both, at=3.0, stop=Event())
    aside.wait()
    assert done.count("begun") == 2


def test_a_round_that_fails_is_logged_and_the_next_has_its_turn(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    def fails(_: Services) -> None:
        done.append("once")
        raise RuntimeError("a bug")

    aside = Aside(fails)
    for _ in range(2):
        aside(services)
        aside.wait()
    assert done == ["once", "once"]
    assert "a round aside failed" in caplog.text
