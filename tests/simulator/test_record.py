"""What a recorded session keeps, and what it leaves out because it is another one tomorrow."""

from simulator.record import Said, Step, as_test


def recorded(text: str, did: Said | None = None) -> str:
    """The lines of the written test's body."""
    written = as_test("sim-sms", [Step(did or Said("says", "hi"), ({"type": "sms", "body": text},))])
    return written.rpartition('Chat(demo_town, "sms")\n')[2].strip()


def test_the_last_steady_line_is_heard() -> None:
    assert recorded("Dr Rao: booked.\nFee: Rs 200") == 'chat.says("hi").hears("Dr Rao: booked.")'


def test_codes_and_links_are_not_kept_even_without_a_digit() -> None:
    said = "Booked.\nYour code at the desk: CWFBKQ\nMap: https://maps.example.org"
    assert recorded(said) == 'chat.says("hi").hears("Booked.")'


def test_a_long_line_is_heard_by_its_last_words() -> None:
    assert recorded("word " * 40 + "Do you agree?").endswith('word Do you agree?")')
    assert len(recorded("word " * 40 + "Do you agree?")) < 100


def test_a_label_with_a_date_is_picked_by_its_number() -> None:
    assert recorded("Book it?", Said("picks", "Mon 23 Nov", "4")) == 'chat.picks(4).hears("Book it?")'


def test_quotes_and_scripts_are_written_as_they_were() -> None:
    assert recorded('Say "yes"', Said("says", 'हाँ "ok"')) == r'chat.says("हाँ \"ok\"").hears("Say \"yes\"")'
