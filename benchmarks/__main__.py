"""`python -m benchmarks`: measures, prints a table, writes results.json. `--quick` shows that it all runs."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from benchmarks import hand_over, history, telegram, through_http, twilio, twilio_sends, use_cases
from benchmarks.databases import Databases, own_databases
from benchmarks.report import RESULTS, Figure, table, write
from benchmarks.running_day import RunningDay, open_day
from benchmarks.sizes import FULL, QUICK, Sizes

PARTS: dict[str, Callable[[Databases, RunningDay, Sizes], list[Figure]]] = {
    "use-cases": use_cases.measure,
    "http": through_http.measure,
    "alerts": hand_over.measure,
    "telegram": telegram.measure,
    "twilio": twilio.measure,
    "twilio-sends": twilio_sends.measure,
    "history": history.measure,
}


def main(arguments: Sequence[str] | None = None) -> None:
    wanted = _parser().parse_args(arguments)
    sizes = QUICK if wanted.quick else FULL
    parts = wanted.only or list(PARTS)
    figures: list[Figure] = []
    with own_databases() as databases:
        day = open_day(databases.create(), people=sizes.people)
        for part in parts:
            began = monotonic()
            figures += PARTS[part](databases, day, sizes)
            print(f"{part}: {monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        postgres = databases.settings()
    print(table(figures))
    whole = not wanted.quick and len(parts) == len(PARTS)
    to = wanted.results or (RESULTS if whole else None)
    if to:
        write(figures, sizes=asdict(sizes), postgres=postgres, to=to)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it runs, measures little"
    )
    parser.add_argument("--only", action="append", choices=[*PARTS], help="this part; may be repeated")
    parser.add_argument(
        "--results", type=Path, help="where to write the figures (default: only of a whole run)"
    )
    return parser


if __name__ == "__main__":
    main()
