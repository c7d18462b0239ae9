"""How much is measured: the whole run in minutes, the quick one in seconds. Never what is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    people: int  # each waits today, and has tomorrow free
    block: int  # operations that one side does before it is the other's turn
    blocks: int  # in a round
    rounds: int
    presses_by_http: int  # of each caller, and the same number again with the page that follows
    presses_for_alerts: int
    people_on_telegram: int  # each writes four times
    seconds_on_telegram: float  # at Telegram's own pace
    rounds_of_twilio: int  # in each, ours and the floor by turns
    messages_from_twilio: int  # of a round
    seconds_of_twilio: float  # at a steady rate
    sends_to_twilio: int  # of a round, of which there is one more to be warm: fewer than people in all
    histories: tuple[int, ...]  # tickets of past days
    history_block: int
    history_rounds: int


FULL = Sizes(
    people=2400,
    block=20,
    blocks=15,
    rounds=2,
    presses_by_http=120,
    presses_for_alerts=150,
    people_on_telegram=600,
    seconds_on_telegram=15,
    rounds_of_twilio=7,
    messages_from_twilio=800,
    seconds_of_twilio=20,
    sends_to_twilio=300,
    histories=(100, 10_000, 100_000),
    history_block=15,
    history_rounds=20,
)
QUICK = Sizes(
    people=320,
    block=8,
    blocks=5,
    rounds=1,
    presses_by_http=15,
    presses_for_alerts=60,
    people_on_telegram=60,
    seconds_on_telegram=1,
    rounds_of_twilio=1,
    messages_from_twilio=200,
    seconds_of_twilio=1,
    sends_to_twilio=100,
    histories=(100, 2_000),
    history_block=5,
    history_rounds=4,
)
