"""Token labels and the refusals that come before a claim."""

from datetime import time

import pytest

from domain.booking import token_label, token_prefix


@pytest.mark.parametrize(
    ("start", "prefix"), [(time(10), "10"), (time(10, 30), "1030"), (time(9), "09"), (time(0, 5), "0005")]
)
def test_a_token_begins_with_its_slots_start(start: time, prefix: str) -> None:
    assert token_prefix(start, only_slot_of_the_day=False) == prefix


def test_the_only_slot_of_a_day_needs_no_prefix() -> None:
    assert token_label(token_prefix(time(10), only_slot_of_the_day=True), 4) == "04"


def test_numbers_have_two_digits_and_may_have_more() -> None:
    assert [token_label("10", n) for n in (1, 99, 100)] == ["10-01", "10-99", "10-100"]
