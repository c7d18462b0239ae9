"""Many looks at once: whatever a look does, there is a finding, and in time."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event, Thread

import pytest

from checks.examination import Check, Examiner, Finding, Report, examine

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WELL = Finding(name="Well", ok=True, told="It is.")


class Clock:
    def now(self) -> datetime:
        return AT


@pytest.fixture
def never() -> Iterator[Event]:
    """What a hanging look waits for; set at the end, so that no thread is left."""
    event = Event()
    yield event
    event.set()


def hangs(never: Event) -> Check:
    return Check("Hangs", lambda: [WELL] if never.wait(30) else [])


def test_findings_come_in_the_order_of_the_checks_with_the_time() -> None:
    slow_is_done = Event()

    def slow() -> list[Finding]:
        slow_is_done.wait(5)
        return [Finding(name="Slow", ok=False, told="Late.", todo="Hurry.")]

    def quick() -> list[Finding]:
        slow_is_done.set()
        return [WELL, WELL]

    report = examine([Check("Slow", slow), Check("Quick", quick)], clock=Clock())
    assert [finding.name for finding in report.findings] == ["Slow", "Well", "Well"]
    assert report.at == AT
    assert report.todos == 1
    assert report.summary == "1 thing to do."


def test_those_that_hang_are_findings_and_hold_up_nobody(never: Event) -> None:
    began = time.monotonic()
    checks = [hangs(never)] * 20
    report = examine([*checks, Check("Well", lambda: [WELL])], clock=Clock(), within=0.2)
    assert time.monotonic() - began < 2
    assert [finding.ok for finding in report.findings] == [False] * 20 + [True]
    assert report.findings[0].name == "Hangs"
    assert report.findings[0].told == "No answer within 0.2 seconds."


def test_one_that_fails_is_a_finding_and_its_trace_goes_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails() -> Iterator[Finding]:
        yield WELL
        raise LookupError("nothing there")

    with caplog.at_level(logging.ERROR):
        report = examine([Check("Fails", fails)], clock=Clock())
    assert [(finding.name, finding.ok) for finding in report.findings] == [("Well", True), ("Fails", False)]
    assert "nothing there" in caplog.text
    assert "nothing there" not in report.findings[1].told


def test_nothing_to_look_at_is_well() -> None:
    assert examine([], clock=Clock()) == Report((), AT)
    assert Report((), AT).summary == "All is well."


def test_reloads_within_a_moment_get_the_same_report() -> None:
    looks: list[int] = []

    def look() -> list[Finding]:
        looks.append(1)
        return [WELL]

    examiner = Examiner([Check("Counts", look)], clock=Clock(), fresh_for=60)
    assert examiner.report() is examiner.report()
    assert len(looks) == 1
    stale_at_once = Examiner([Check("Counts", look)], clock=Clock(), fresh_for=0)
    stale_at_once.report()
    stale_at_once.report()
    assert len(looks) == 3


def test_who_comes_while_one_is_under_way_waits_for_that_one() -> None:
    looks: list[int] = []
    begun, go_on = Event(), Event()

    def look() -> list[Finding]:
        looks.append(1)
        begun.set()
        go_on.wait(5)
        return [WELL]

    examiner = Examiner([Check("Slow", look)], clock=Clock())
    reports: list[Report] = []
    people = [Thread(target=lambda: reports.append(examiner.report())) for _ in range(3)]
    for person in people:
        person.start()
    assert begun.wait(5)
    go_on.set()
    for person in people:
        person.join(5)
    assert len(reports) == 3
    assert len(looks) == 1
