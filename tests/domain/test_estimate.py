"""The estimate is a range that leans high, never 0, never negative, and learns."""

from hypothesis import given
from hypothesis import strategies as st

from domain.estimate import Pace, pace, wait_range

minutes = st.floats(min_value=0, max_value=600, allow_nan=False)


@given(
    ahead=st.integers(0, 500),
    counters=st.integers(0, 30),
    mean=st.floats(min_value=0.5, max_value=120),
    sd=st.floats(min_value=0, max_value=120),
    in_service=st.lists(minutes, max_size=10),
    due=minutes,
)
def test_a_range_is_in_steps_of_five_and_never_empty_or_negative(
    ahead: int, counters: int, mean: float, sd: float, in_service: list[float], due: float
) -> None:
    told = wait_range(
        ahead=ahead,
        counters=counters,
        pace=Pace(mean, sd),
        in_service_minutes=in_service,
        minutes_until_due=due,
    )
    assert 0 <= told.low < told.high
    assert told.low % 5 == told.high % 5 == 0
    assert told.high >= due


@given(ahead=st.integers(0, 100))
def test_one_more_ahead_never_shortens_the_wait(ahead: int) -> None:
    now, more = (
        wait_range(ahead=a, counters=2, pace=Pace(8, 4), in_service_minutes=[1.0, 2.0])
        for a in (ahead, ahead + 1)
    )
    assert more.low >= now.low
    assert more.high >= now.high


def test_without_history_the_configured_minutes_count() -> None:
    assert pace(recent_minutes=[], configured_minutes=8).mean == 8


def test_the_pace_is_learned_from_what_happened() -> None:
    learned = pace(recent_minutes=[20.0] * 20, configured_minutes=8)
    assert 16 < learned.mean < 20


def test_a_forgotten_button_counts_as_four_times_the_expected_length() -> None:
    assert pace(recent_minutes=[900.0], configured_minutes=10) == pace(
        recent_minutes=[40.0], configured_minutes=10
    )


def test_three_ahead_of_one_doctor_at_eight_minutes_is_about_half_an_hour() -> None:
    told = wait_range(ahead=3, counters=1, pace=Pace(8, 4), in_service_minutes=[2.0])
    assert (told.low, told.high) == (20, 45)


def test_a_free_counter_does_not_wait_for_the_busy_one() -> None:
    busy = wait_range(ahead=0, counters=1, pace=Pace(30, 0), in_service_minutes=[0.0])
    one_free = wait_range(ahead=0, counters=2, pace=Pace(30, 0), in_service_minutes=[0.0])
    assert (busy.low, busy.high) == (30, 35)
    assert (one_free.low, one_free.high) == (0, 5)
