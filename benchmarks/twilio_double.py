"""The double of Twilio in a process of its own: says its address, and at each line when messages have come since.

`python -m benchmarks.twilio_double`. The times are those of the machine's monotonic clock, which all processes share.
"""

import json
import sys

from tests.twilio.twilio_api import TwilioApi


def main() -> None:
    with TwilioApi() as api:
        print(json.dumps({"root": api.root}), flush=True)
        told = 0
        for _ in sys.stdin:
            with api.changing:
                calls = [
                    call for call in api.calls if call.operation == "messages.create" and not call.refusal
                ]
            print(json.dumps([call.at for call in calls[told:]]), flush=True)
            told = len(calls)


if __name__ == "__main__":
    main()
