"""From process start to the first 200 on an up-to-date database, and the memory at rest after it.

Ours against the bare app, one worker, interleaved. Ours checks its settings and the revision of its
database; the bare app lets SQLAlchemy look for its tables. Byte code is cached for both. Memory is
the resident set of the one process, ``--rest`` seconds after the first answer.
"""

import argparse
import time

from databases import scratch
from ratios import Series
from ratios import Target
from ratios import table
from ratios import verdict
from servers import NAMES
from servers import OURS
from servers import REFERENCE
from servers import serving

TARGET = Target(1.25)
START, MEMORY = "start, s", "memory, MB"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="long: 25 (default: %(default)s)")
    parser.add_argument("--rest", type=float, default=1.5, help="seconds before memory is read")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    for database in arguments.database or ["postgresql", "sqlite"]:
        series = compare(database, arguments.rounds, arguments.rest)
        rows += [row_of(f"{database}: {row}", row, series) for row in (START, MEMORY)]
    print(table(["", *NAMES, "ratio", "target"], rows))


def compare(database: str, rounds: int, rest: float) -> Series:
    """Start one after the other, round after round; the first does not count."""
    series = Series()
    with scratch(database) as url:
        for number in range(rounds + 1):
            for name in NAMES:
                with serving(name, url) as server:
                    time.sleep(rest if number else 0)
                    if number:
                        series.add(START, name, server.start_seconds)
                        series.add(MEMORY, name, server.resident_bytes() / 2**20)
    return series


def row_of(label: str, row: str, series: Series) -> list[str]:
    """One line of the table."""
    ratio = series.ratio(row, OURS, REFERENCE)
    medians = [f"{series.median(row, name):.2f}" for name in NAMES]
    return [label, *medians, f"{ratio:.2f}", verdict(ratio, TARGET)]


if __name__ == "__main__":
    main()
