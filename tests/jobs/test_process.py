"""What a process of jobs writes into its log while something it needs is away."""

import logging
import sys

import pytest

from jobs.process import OncePerMinute


def fault(error: Exception, *, at: float, said: str = "the outbox can't be swept") -> logging.LogRecord:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("jobs.sweep", logging.ERROR, __file__, 1, said, (), sys.exc_info())
    record.created = at
    return record


def test_the_same_fault_is_told_once_a_minute() -> None:
    told = OncePerMinute()
    heard = [at for at in range(150) if told.filter(fault(OSError("away"), at=float(at)))]
    assert heard == [0, 60, 120]


@pytest.mark.parametrize("other", [fault(ValueError(), at=1), fault(OSError(), at=1, said="row 7 failed")])
def test_another_fault_is_told_at_once(other: logging.LogRecord) -> None:
    told = OncePerMinute()
    assert told.filter(fault(OSError(), at=0))
    assert told.filter(other)


def test_what_is_no_fault_is_always_told() -> None:
    told = OncePerMinute()
    line = logging.LogRecord("jobs.clock", logging.INFO, __file__, 1, "closed 2 queues", (), None)
    assert [told.filter(line), told.filter(line)] == [True, True]
