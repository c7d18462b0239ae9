"""The double in a process of its own, until that is ended: `python -m tests.twilio --port 8123`."""

import argparse
import signal

from tests.twilio.twilio_api import TwilioApi


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.twilio", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with TwilioApi(port=parser.parse_args().port):
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
