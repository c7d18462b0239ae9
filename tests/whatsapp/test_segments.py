"""Segments, at the edges of both alphabets."""

import pytest

from whatsapp.segments import in_gsm, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 152, 3),
        ("ह" * 70, 1),
        ("ह" * 71, 2),
        ("ह" * 134, 2),
        ("ह" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("x" * 66 + "😀" + "x" * 66, 3),
    ],
)
def test_a_text_takes_as_many_segments_as_the_network_says(text: str, count: int) -> None:
    assert segments(text) == count


def test_a_script_outside_the_alphabet_is_left_as_it_is() -> None:
    assert in_gsm("आपकी बारी \u2014 10") == "आपकी बारी \u2014 10"


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_marks_go_where_a_language_is_read_without_them(language: str) -> None:
    assert in_gsm("Dr. Ángel Núñez, Peñarán: mañana a las tres", language=language) == (
        "Dr. Angel Nuñez, Peñaran: mañana a las tres"
    )


def test_letters_that_the_alphabet_has_keep_their_marks() -> None:
    assert in_gsm("Café à Genève, Köln, Málaga", language="fr") == "Café à Genève, Köln, Malaga"


@pytest.mark.parametrize("language", ["vi", "pl", "tr", ""])
def test_marks_stay_where_they_make_another_letter(language: str) -> None:
    assert in_gsm("Bệnh viện Ánh Sáng", language=language) == "Bệnh viện Ánh Sáng"
