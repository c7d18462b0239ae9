"""Figures, told as a table and kept as JSON. Never a path, a host's name or an address."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg
import sqlalchemy

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """`against` is the floor or the aim, `ratio` the figure over it; `met` is None where nothing is aimed at."""

    what: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    met: bool | None = None
    rounds: list[float] = field(default_factory=list)


def rate_against(what: str, pairs: Sequence[tuple[float, float]], *, floor: str, at_least: float) -> Figure:
    """A rate and its floor, measured round by round side by side: the ratio is the median of the rounds' ratios."""
    ratios = [ours / bare for ours, bare in pairs]
    ratio = median(ratios)
    return Figure(
        what,
        value=round(median(ours for ours, _ in pairs), 1),
        unit="/s",
        against=f"{median(bare for _, bare in pairs):,.0f}/s {floor}; ratio >= {at_least}",
        ratio=round(ratio, 3),
        met=ratio >= at_least,
        rounds=[round(one, 3) for one in ratios],
    )


def at_most(what: str, value: float, *, unit: str, most: float) -> Figure:
    return Figure(
        what,
        round(value, 2),
        unit,
        against=f"<= {most:g} {unit}",
        ratio=round(value / most, 3),
        met=value <= most,
    )


def at_least(what: str, value: float, *, unit: str, least: float) -> Figure:
    return Figure(
        what,
        round(value, 1),
        unit,
        against=f">= {least:g} {unit}",
        ratio=round(value / least, 3),
        met=value >= least,
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many per cent are at or below: one that was measured, never one in between."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def table(figures: Sequence[Figure]) -> str:
    rows = [("what", "figure", "floor or aim", "ratio", "")]
    rows += [
        (
            figure.what,
            f"{figure.value:,g} {figure.unit}",
            figure.against,
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            {True: "met", False: "MISSED", None: ""}[figure.met],
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def write(
    figures: Sequence[Figure], *, sizes: Mapping[str, object], postgres: Mapping[str, str], to: Path
) -> None:
    kept = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
            "psycopg": psycopg.__version__,
            "sqlalchemy": sqlalchemy.__version__,
        },
        "postgres": dict(postgres),
        "sizes": dict(sizes),
        "figures": [asdict(figure) for figure in figures],
    }
    to.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
