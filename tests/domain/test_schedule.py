"""Slots stand in wall time: at the change of clocks none is an hour off, doubled or in the gap."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.schedule import business_date, slot_times

LONDON = ZoneInfo("Europe/London")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # moves its clocks by half an hour
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5:45 ahead of UTC
ZONES = st.sampled_from([LONDON, LORD_HOWE, KATHMANDU, ZoneInfo("America/Vancouver")])


def day_of(day: date, zone: ZoneInfo, *, minutes: int = 30) -> list[time]:
    times = slot_times(day=day, opens=time(0), closes=time(0), slot_minutes=minutes, zone=zone)
    return [t.start_time for t in times]


def test_an_ordinary_day_of_half_hours_has_48_slots() -> None:
    assert len(day_of(date(2026, 6, 1), LONDON)) == 48


def test_the_hour_that_spring_skips_has_no_slots() -> None:
    spring = day_of(date(2027, 3, 28), LONDON)
    assert time(1) not in spring
    assert time(1, 30) not in spring
    assert len(spring) == 46


def test_the_hour_that_autumn_repeats_is_offered_once() -> None:
    autumn = list(
        slot_times(day=date(2026, 10, 25), opens=time(0), closes=time(0), slot_minutes=30, zone=LONDON)
    )
    assert len(autumn) == 48
    starts = [t.starts_at for t in autumn]
    assert len(set(starts)) == 48
    assert starts == sorted(starts)


def test_a_zone_that_moves_by_half_an_hour_loses_half_an_hour() -> None:
    assert len(day_of(date(2026, 10, 4), LORD_HOWE)) == 47


@given(
    day=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    zone=ZONES,
    minutes=st.sampled_from([5, 15, 30, 60, 90]),
)
def test_every_slot_ends_after_it_starts_and_starts_at_its_wall_time(
    day: date, zone: ZoneInfo, minutes: int
) -> None:
    for slot in slot_times(day=day, opens=time(0), closes=time(0), slot_minutes=minutes, zone=zone):
        assert slot.starts_at < slot.ends_at
        assert slot.starts_at.astimezone(zone).time() == slot.start_time
        assert slot.starts_at.astimezone(zone).date() == day


def test_slots_that_do_not_fit_whole_are_left_out() -> None:
    times = list(
        slot_times(day=date(2026, 6, 1), opens=time(9), closes=time(10), slot_minutes=25, zone=LONDON)
    )
    assert [t.start_time for t in times] == [time(9), time(9, 25)]


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        (datetime(2026, 11, 23, 0, 30, tzinfo=UTC), "America/Vancouver", date(2026, 11, 22)),
        (datetime(2026, 11, 22, 18, 31, tzinfo=UTC), "Asia/Kolkata", date(2026, 11, 23)),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "Europe/London", date(2026, 11, 22)),
    ],
)
def test_the_business_date_is_the_sites_own(now: datetime, zone: str, day: date) -> None:
    assert business_date(now, ZoneInfo(zone)) == day
    assert business_date(now + timedelta(days=1), ZoneInfo(zone)) == day + timedelta(days=1)
