"""How long a wait will be, as an honest range. Never a promise of a single minute, never 0, never negative."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

PRIOR_WEIGHT = 5  # services' worth of trust in the configured minutes
PRIOR_SPREAD = 0.6  # standard deviation of one service as a share of its length, before any was seen
Z80 = 1.2816  # the 10th and 90th percentile of a normal, in standard deviations
STEP = 5  # minutes


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes that one service takes: mean and standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class WaitRange:
    """Minutes from now, both multiples of 5, `low` < `high`. `low` 0 is said as "less than `high` minutes"."""

    low: int
    high: int


def pace(*, recent_minutes: Sequence[float], configured_minutes: float) -> Pace:
    """The service's pace learned from its recent visits, shrunk to the configured minutes (weight 5 visits).

    A visit over four times the expected length is a forgotten button, and counts as that much.
    """
    cap = 4 * configured_minutes
    seen = [min(max(m, 0.0), cap) for m in recent_minutes]
    weight = PRIOR_WEIGHT + len(seen)
    mean = (PRIOR_WEIGHT * configured_minutes + sum(seen)) / weight
    prior = PRIOR_WEIGHT * (PRIOR_SPREAD * configured_minutes) ** 2
    variance = (prior + sum((m - mean) ** 2 for m in seen)) / weight
    return Pace(mean=mean, sd=math.sqrt(variance))


def wait_range(
    *,
    ahead: int,
    counters: int,
    pace: Pace,
    in_service_minutes: Sequence[float],
    minutes_until_due: float = 0.0,
) -> WaitRange:
    """The minutes until somebody with `ahead` people before them is called.

    `counters` are those working on the queue; `in_service_minutes` how long each of them has had its present person.
    The lower end lies half-way between the 10th percentile and the median, rounded down; the upper end is the 90th
    percentile, rounded up: nine of ten are called by then. Nobody is told a time before their own slot starts.
    """
    working = max(1, counters)
    left = [max(pace.mean - gone, pace.mean / 4) for gone in in_service_minutes]
    first_free = min(left) if len(left) >= working else 0.0
    mean = first_free + ahead * pace.mean / working
    sd = pace.sd * math.sqrt(ahead + (1 if left else 0)) / working
    low = max(mean - Z80 * sd / 2, minutes_until_due)
    high = max(mean + Z80 * sd, minutes_until_due)
    rounded_low = STEP * math.floor(low / STEP)
    rounded_high = max(STEP * math.ceil(high / STEP), rounded_low + STEP)
    return WaitRange(low=max(0, rounded_low), high=rounded_high)
