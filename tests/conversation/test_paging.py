"""Pages of choices: nothing lost, nothing doubled, never more than fits."""

from hypothesis import given
from hypothesis import strategies as st

from domain.conversation.messages import Choice, Text
from domain.conversation.paging import MORE, paged, per_page
from domain.texts.compose import BACK


def choices(count: int) -> list[Choice]:
    return [Choice(f"c{n}", Text("label", {"words": str(n)})) for n in range(count)]


def test_what_fits_is_shown_whole() -> None:
    page = paged(choices(8), start=0, size=8, back=False)
    assert [c.key for c in page.shown] == [f"c{n}" for n in range(8)]


def test_back_takes_one_place() -> None:
    assert [c.key for c in paged(choices(8), start=0, size=8, back=True).shown] == [
        *(f"c{n}" for n in range(6)), MORE, BACK,
    ]  # fmt: skip


def test_a_page_that_is_gone_is_the_last_one() -> None:
    page = paged(choices(9), start=700, size=8, back=True)
    assert [c.key for c in page.shown] == ["c6", "c7", "c8", BACK]
    assert page.start == 7


@given(count=st.integers(0, 200), size=st.integers(4, 24), back=st.booleans())
def test_walking_through_all_pages_shows_every_choice_once(count: int, size: int, back: bool) -> None:
    seen: list[str] = []
    start = 0
    while True:
        page = paged(choices(count), start=start, size=size, back=back)
        assert len(page.shown) <= size
        on_page = [c.key for c in page.shown if c.key != BACK]
        assert [c.key for c in page.numbered][page.start : page.start + len(on_page)] == on_page
        seen += [key for key in on_page if key != MORE]
        if MORE not in on_page:
            break
        start += per_page(size)
    assert seen == [f"c{n}" for n in range(count)]
