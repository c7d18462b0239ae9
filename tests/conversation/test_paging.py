"""Pages of choices: nothing lost, nothing doubled, never more than fits, also when the list changes on the way."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.conversation.messages import Choice, Text
from domain.conversation.paging import MORE, Paged, page_after, page_before, paged, ways
from domain.texts.compose import BACK

BELOW = ways(earlier=False, back=True, out=False)
NAMES = st.lists(st.integers(0, 60), unique=True, max_size=60)


def choices(names: list[int] | range) -> list[Choice]:
    return [Choice(f"c{n}", Text("label", {"words": str(n)})) for n in names]


def days(count: int) -> list[Choice]:
    first = date(2026, 11, 24)
    found = [first + timedelta(days=n) for n in range(count)]
    return [Choice(f"day:{day}", Text("label", {"words": str(day)}), day=day) for day in found]


def keys(page: Paged) -> list[str]:
    return [choice.key for choice in page.shown if choice not in BELOW]


def kept(before: list[str], page: Paged) -> list[str]:
    """What the conversation keeps after this page was shown."""
    return [*before[: page.start], *(choice.key for choice in page.rest)]


def test_what_fits_is_shown_whole() -> None:
    page = paged(choices(range(8)), before=[], size=8, below=())
    assert keys(page) == [f"c{n}" for n in range(8)]


def test_back_takes_one_place() -> None:
    shown = paged(choices(range(8)), before=[], size=8, below=BELOW).shown
    assert [c.key for c in shown] == [*(f"c{n}" for n in range(6)), MORE, BACK]


def test_a_page_with_nothing_left_is_the_one_before_it() -> None:
    before = ["c0", "c1", MORE, "c7", "c8", MORE]
    page = paged(choices([0, 1, 7, 8]), before=before, size=8, below=BELOW)
    assert (page.start, keys(page)) == (3, ["c7", "c8"])


def test_a_page_begins_after_the_last_choice_that_was_shown_and_is_still_there() -> None:
    before = ["c0", "c1", "c2", MORE]
    page = paged(choices([0, 9, 1, 3, 4]), before=before, size=8, below=BELOW)
    assert keys(page) == ["c3", "c4"]


def test_a_choice_that_moved_to_the_end_is_not_shown_again_and_hides_no_other() -> None:
    page = paged(choices([1, 2, 3, 4, 0]), before=["c0", "c1", "c2", MORE], size=8, below=BELOW)
    assert keys(page) == ["c3", "c4"]


def test_pages_are_found_by_the_more_that_ends_each() -> None:
    numbered = ["a", MORE, "b", "c", MORE, "d"]
    assert [page_after(numbered, start) for start in (0, 2, 5)] == [2, 5, None]
    assert [page_before(numbered, start) for start in (5, 2, 0)] == [2, 0, 0]


def test_days_are_paged_by_month_and_the_earliest_time_stands_with_the_first() -> None:
    earliest = Choice("slot:9", Text("label"))
    offered = [earliest, *days(40)]
    first = paged(offered, before=[], size=8, below=BELOW, by_month=True)
    assert keys(first) == ["slot:9", *(f"day:2026-11-{n}" for n in range(24, 31)), MORE]
    numbered = [choice.key for choice in first.rest]
    then = page_after(numbered, 0)
    second = paged(offered, before=numbered[:then], size=8, below=BELOW, by_month=True)
    assert keys(second) == [*(f"day:2026-12-{n:02}" for n in range(1, 32)), MORE]


@settings(deadline=None)
@given(count=st.integers(0, 200), size=st.integers(4, 24), back=st.booleans())
def test_walking_through_all_pages_shows_every_choice_once(count: int, size: int, back: bool) -> None:
    seen, before = [], list[str]()
    while True:
        below = BELOW if back or before else ()
        page = paged(choices(range(count)), before=before, size=size, below=below)
        assert len(page.shown) <= size
        numbered = kept(before, page)
        assert numbered[page.start : page.start + len(keys(page))] == keys(page)
        seen += [key for key in keys(page) if key != MORE]
        then = page_after(numbered, page.start)
        if then is None:
            break
        assert page_before(numbered, then) == page.start
        before = numbered[:then]
    assert seen == [f"c{n}" for n in range(count)]


@settings(deadline=None)
@given(lists=st.lists(NAMES.map(sorted), min_size=1, max_size=8), size=st.integers(4, 9))
def test_a_list_that_changes_between_pages_skips_and_doubles_nothing(
    lists: list[list[int]], size: int
) -> None:
    always = set(lists[0]).intersection(*lists[1:])
    seen, before = list[str](), list[str]()
    for names in [*lists, *([lists[-1]] * 60)]:
        page = paged(choices(names), before=before, size=size, below=BELOW)
        if page.start < len(before):
            break  # there was no page after this one any more
        seen += [key for key in keys(page) if key != MORE]
        numbered = kept(before, page)
        then = page_after(numbered, page.start)
        if then is None:
            break
        before = numbered[:then]
    assert len(seen) == len(set(seen))
    assert {f"c{n}" for n in always} <= set(seen)
